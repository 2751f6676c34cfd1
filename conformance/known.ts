import type { KnownFailure } from './matrix.ts';

const NO_LABELS =
  'Before 1.22 a namespace does not reliably carry its name as a label, by which Sallyport has the list narrowed to those of a grant: the cluster’s 403 stays, and its no to whoever asks beforehand.';

/** What is known not to work, and why. The page shows it; it does not fail the run. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  ...['kubectl v1.20', 'kubectl v1.32'].map((client) => ({
    client,
    capability: 'get --raw',
    reason:
      'Before 1.34 kubectl drops the path of the server’s address from `--raw` calls, for every server that has one (kubernetes/kubernetes#115276). Asked for the whole path (the next row), or where environments are named in TLS (the row after), it works.',
  })),
  ...['client-go', 'kubernetes (Python)', '@kubernetes/client-node'].flatMap((client) =>
    ['namespaces (JSON)', 'namespaces (protobuf)'].map((capability) => ({
      client,
      capability,
      kubernetes: 'v1.20',
      reason: NO_LABELS,
    })),
  ),
  {
    client: 'k9s',
    capability: 'lists the namespaces of one’s grants, and goes into one',
    kubernetes: 'v1.20',
    reason: NO_LABELS,
  },
  {
    client: 'kubectl',
    capability: 'proxy',
    reason:
      '`kubectl proxy` drops the path of the server’s address, for every server that has one. With `--append-server-path` it works; with kubectl 1.20, which has no such flag, by asking it for the whole path. Where environments are named in TLS it works as it is.',
  },
];
