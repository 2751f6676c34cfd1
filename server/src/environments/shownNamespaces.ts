import type { KubeClient } from './kubeClient.ts';
import { mayDo } from './permissions.ts';

/** How long what Sallyport may do in a cluster is not asked again. */
const FRESH_MS = 60_000;

export interface ShownNamespacesDependencies {
  /** Sallyport's own client for an environment. */
  readonly kube: (environmentId: number) => KubeClient | undefined;
  readonly labelsNamespaces: (environmentId: number) => boolean | Promise<boolean>;
  readonly now?: () => number;
}

/**
 * Says whether those who may see some of an environment's namespaces only are shown these: where
 * their names are labels, and Sallyport's credential may list and watch namespaces.
 */
export function createShownNamespaces({
  kube,
  labelsNamespaces,
  now = () => performance.now(),
}: ShownNamespacesDependencies) {
  const answers = new WeakMap<KubeClient, { readonly may: boolean; readonly at: number }>();

  function mayList(client: KubeClient): boolean | Promise<boolean> {
    const known = answers.get(client);
    if (known !== undefined && now() - known.at < FRESH_MS) return known.may;
    const asked = ['list', 'watch'].map((verb) =>
      mayDo(client, { verb, group: '', resource: 'namespaces' }),
    );
    return Promise.all(asked).then(
      (allowed) => {
        const may = allowed.every(Boolean);
        answers.set(client, { may, at: now() });
        return may;
      },
      () => false,
    );
  }

  /** @returns false also where the cluster does not say */
  return function showsNamespaces(environmentId: number): boolean | Promise<boolean> {
    const may = (labelled: boolean) => {
      const client = labelled ? kube(environmentId) : undefined;
      return client === undefined ? false : mayList(client);
    };
    const labelled = labelsNamespaces(environmentId);
    return labelled instanceof Promise ? labelled.then(may) : may(labelled);
  };
}
