import { readVersion } from './check.ts';
import type { KubeClient } from './kubeClient.ts';
import { isSince } from './versions.ts';

/** How long a cluster that is old, or did not say what it is, is not asked again. */
const AGAIN_MS = 60_000;

export interface ClusterVersionsDependencies {
  /** Sallyport's own client for an environment; another one when the environment is another cluster. */
  readonly kube: (environmentId: number) => KubeClient | undefined;
  /** The version as it is stored, from memory; it may be an earlier one of the same cluster. */
  readonly stored: (environmentId: number) => string | null;
  readonly now?: () => number;
}

interface Answer {
  /** null: it did not say. */
  readonly version: string | null;
  readonly at: number;
}

export type ClusterVersions = ReturnType<typeof createClusterVersions>;

/**
 * Says which Kubernetes the clusters are, to whom it makes a difference. A cluster is asked once; one
 * that may still lack something by its age again now and then, as it may have been upgraded.
 */
export function createClusterVersions({
  kube,
  stored,
  now = () => performance.now(),
}: ClusterVersionsDependencies) {
  const answers = new WeakMap<KubeClient, Answer>();
  const underWay = new WeakMap<KubeClient, Promise<string | null>>();

  function ask(client: KubeClient): Promise<string | null> {
    const asked = underWay.get(client);
    if (asked !== undefined) return asked;
    const asking = readVersion(client)
      .catch(() => null)
      .then((version) => {
        underWay.delete(client);
        answers.set(client, { version, at: now() });
        return version;
      });
    underWay.set(client, asking);
    return asking;
  }

  /** Whether what a cluster said still holds. */
  function holds({ version, at }: Answer): boolean {
    const complete = isSince(version, 'namespaceLabels') && isSince(version, 'impersonatedUid');
    return complete === true || now() - at < AGAIN_MS;
  }

  return {
    /** @returns null where the cluster does not say; then it is asked again the next time */
    ask(environmentId: number): string | null | Promise<string | null> {
      const client = kube(environmentId);
      if (client === undefined) return null;
      const known = answers.get(client);
      return known?.version != null && holds(known) ? known.version : ask(client);
    },

    /**
     * As far as it is known now; what is not, or may be out of date, is asked for meanwhile.
     *
     * @returns null where it is not known
     */
    known(environmentId: number): string | null {
      const client = kube(environmentId);
      if (client === undefined) return null;
      const answer = answers.get(client);
      // It never rejects.
      if (answer === undefined || !holds(answer)) void ask(client);
      return answer?.version ?? stored(environmentId);
    },
  };
}
