import type { Store } from '../store/store.ts';
import type { Caller } from './caller.ts';

export interface Use {
  readonly address: string;
  readonly userAgent: string | undefined;
}

export interface LastUseDependencies {
  readonly store: Store;
  readonly now?: () => number;
  /** Told of a failed write: last use is worth knowing, not worth failing for. */
  readonly onError: (error: unknown) => void;
}

/** How often one kubeconfig's last use is written, at the most. */
const EVERY_MS = 60_000;
const LONGEST_USER_AGENT = 200;

/** Keeps when, from where and by which client each kubeconfig was last used. */
export function createLastUse({ store, now = Date.now, onError }: LastUseDependencies) {
  const pending = new Map<number, Use & { at: number }>();
  const written = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();

  /** Notes a use; costs no query, and never waits. */
  function note({ kubeconfigId }: Caller, use: Use): void {
    const at = now();
    if (at - (written.get(kubeconfigId) ?? 0) < EVERY_MS) return;
    written.set(kubeconfigId, at);
    pending.set(kubeconfigId, { ...use, at });
    timer ??= setTimeout(() => {
      timer = undefined;
      flushing = flush();
    }, 1_000).unref();
  }

  /** Writes what was noted, in one transaction. Caches need not hear of it. */
  async function flush(): Promise<void> {
    const batch = [...pending];
    pending.clear();
    if (batch.length === 0) return;
    try {
      await store.write(async (tx) => {
        for (const [id, { at, address, userAgent }] of batch) {
          await tx
            .updateTable('kubeconfigs')
            .set({
              last_used_at: at,
              last_used_from: address,
              last_used_by: userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
            })
            .where('id', '=', id)
            .execute();
        }
      });
    } catch (error) {
      // Idle expiry goes by what is written: what was not is written with the next.
      for (const [id, use] of batch) if (!pending.has(id)) pending.set(id, use);
      onError(error);
    }
  }

  /** Writes what is still pending. */
  async function stop(): Promise<void> {
    clearTimeout(timer);
    await flushing;
    await flush();
  }

  return { note, stop };
}
