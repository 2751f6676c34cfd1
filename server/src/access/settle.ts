import type { Reconciler } from './rbac/reconciler.ts';

/** How long an answer waits for clusters, in milliseconds; what is not done then goes on. */
const PATIENCE_MS = 8_000;

/** Makes a function that waits until clusters are up to date, but not longer than a person does. */
export function createSettle({ reconcile }: Pick<Reconciler, 'reconcile'>) {
  return async function settle(environmentIds: readonly number[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([Promise.all(environmentIds.map((id) => reconcile(id))), enough]);
    clearTimeout(timer);
  };
}
