import type { KnownFailure } from './matrix.ts';

/** With a kubectl of 1.20 discovery itself fails where a group of APIs does; newer ones print a line. */
const OLD_AGGREGATION =
  'Sallyport sends `Impersonate-Uid`, which Kubernetes knows since 1.22. An older API server does not take it out, and hands it on to aggregated API servers; those of today (metrics-server 0.8) refuse a request that names a UID without a user. What the cluster itself serves is not affected.';

/** What is known not to work, and why. The page shows it; it does not fail the run. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  ...['kubectl v1.20', 'kubectl v1.32'].map((client) => ({
    client,
    capability: 'get --raw',
    reason:
      'Before 1.34 kubectl drops the path of the server’s address from `--raw` calls, for every server that has one (kubernetes/kubernetes#115276). Asked for the whole path (the next row) it works.',
  })),
  ...['client-go', 'kubernetes (Python)', '@kubernetes/client-node'].flatMap((client) =>
    ['namespaces (JSON)', 'namespaces (protobuf)'].map((capability) => ({
      client,
      capability,
      kubernetes: 'v1.20',
      reason:
        'Before 1.22 a namespace does not reliably carry its name as a label, by which Sallyport has the list narrowed to those of a grant: the cluster’s 403 stays.',
    })),
  ),
  ...[
    'api-resources',
    'get of what is not there',
    'top nodes',
    'top pods',
    'an aggregated API: discovery',
    'an aggregated API: create, get, list, change, delete',
    'an aggregated API: get -w',
  ].map((capability) => ({
    client: 'kubectl',
    capability,
    kubernetes: 'v1.20',
    reason: OLD_AGGREGATION,
  })),
  {
    client: 'k9s',
    capability: 'lists the namespaces of one’s grants, and goes into one',
    reason:
      'k9s asks first whether all namespaces may be listed (SelfSubjectAccessReview), and the cluster says no, which Sallyport passes on as it is. Going to a namespace by its name works (`:pods NAMESPACE`), and so does the list for those who may see all.',
  },
  {
    client: 'kubectl',
    capability: 'proxy',
    reason:
      '`kubectl proxy` drops the path of the server’s address, for every server that has one. With `--append-server-path` (the next row) it works; with kubectl 1.20, which has no such flag, by asking it for the whole path (the row after).',
  },
];
