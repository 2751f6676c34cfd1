import type { KnownFailure } from './matrix.ts';

/** What is known not to work, and why. The page shows it; it does not fail the run. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    client: 'kubectl',
    capability: 'proxy',
    reason:
      '`kubectl proxy` drops the path of the server’s address, for every server that has one. With `--append-server-path` (the next row) it works; with kubectl 1.20, which has no such flag, by asking it for the whole path (the row after).',
  },
];
