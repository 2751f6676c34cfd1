import type { ClusterVersions } from './clusterVersions.ts';
import { isSince } from './versions.ts';

/**
 * Says whether every namespace of an environment carries its name as the label
 * `kubernetes.io/metadata.name`, written by the API server and changed by nobody: so from
 * Kubernetes 1.22 on.
 *
 * @returns false also where the cluster does not say which one it is
 */
export function createNamespaceLabels(versions: Pick<ClusterVersions, 'ask'>) {
  const labelled = (version: string | null) => isSince(version, 'namespaceLabels') === true;

  return function labelsNamespaces(environmentId: number): boolean | Promise<boolean> {
    const version = versions.ask(environmentId);
    return version instanceof Promise ? version.then(labelled) : labelled(version);
  };
}
