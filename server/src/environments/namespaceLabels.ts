import { readVersion } from './check.ts';
import type { KubeClient } from './kubeClient.ts';

/** Kubernetes in which no feature gate can leave out the label any more (KEP-2161). */
const SINCE = [1, 22] as const;
/** How long a cluster that is older is not asked again. */
const OLD_FOR_MS = 60_000;

/**
 * Says whether every namespace of an environment carries its name as the label
 * `kubernetes.io/metadata.name`, written by the API server and changed by nobody: so from
 * Kubernetes 1.22 on. A cluster is asked for its version once, and an old one again now and then.
 *
 * @param kube Sallyport's own client for an environment
 */
export function createNamespaceLabels(
  kube: (environmentId: number) => KubeClient | undefined,
  now: () => number = () => performance.now(),
) {
  /** By client, which is another one when the environment is another cluster. */
  const answers = new WeakMap<KubeClient, { yes: boolean; at: number }>();

  /** @returns false also where the cluster does not say; then it is asked again the next time */
  return function labelsNamespaces(environmentId: number): boolean | Promise<boolean> {
    const client = kube(environmentId);
    if (client === undefined) return false;
    const known = answers.get(client);
    if (known?.yes) return true;
    if (known !== undefined && now() - known.at < OLD_FOR_MS) return false;
    return readVersion(client).then(
      (version) => {
        if (version === null) return false;
        const yes = isSince(version);
        answers.set(client, { yes, at: now() });
        return yes;
      },
      () => false,
    );
  };
}

/** @param version such as `v1.36.2` or `v1.27.3-gke.100` */
function isSince(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > SINCE[0] || (Number(major) === SINCE[0] && Number(minor) >= SINCE[1]);
}
