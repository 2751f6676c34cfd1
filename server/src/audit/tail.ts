import type { AuditTail } from '@sallyport/contract';
import type { AuditFilter, AuditSearch } from './search.ts';
import { viewItem } from './view.ts';

/** Shorter than the idle time after which proxies on the way give a request up. */
const WAIT_MS = 25_000;
/** How soon events that another process wrote are seen. */
const POLL_MS = 1_000;

/**
 * Follows the log by long polling: an answer comes as soon as there is something, or after a time
 * without. Nothing has to be kept open across a sign-out, and nothing is special on the way.
 */
export function createTail(
  search: Pick<AuditSearch, 'after' | 'lastId'>,
  { waitMs = WAIT_MS, pollMs = POLL_MS } = {},
) {
  const listeners = new Set<() => void>();
  let closed = false;

  function announce(): void {
    for (const listener of listeners) listener();
  }

  /** Until something was written here, some time has passed, or nobody waits any more. */
  function news(ms: number, gone: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    listeners.add(resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      listeners.delete(resolve);
    });
  }

  return {
    /** Something was written by this process. */
    announce,

    /**
     * The events after an id, oldest first.
     *
     * @param gone aborted when nobody waits for the answer any more
     * @returns at once where there are any, else when some come, or none after 25 s
     */
    async after(
      filter: AuditFilter,
      limit: number,
      id: number,
      gone: AbortSignal,
    ): Promise<AuditTail> {
      const deadline = performance.now() + waitMs;
      let cursor = id;
      for (;;) {
        const lastId = await search.lastId();
        // Looked for only in what is new, so that a rare filter does not read the log each time.
        const rows = lastId > cursor ? await search.after(filter, limit, cursor) : [];
        const items = rows.map(viewItem);
        const last = items.at(-1);
        cursor = last && items.length === limit ? last.id : Math.max(cursor, lastId, last?.id ?? 0);
        const left = deadline - performance.now();
        if (items.length > 0 || left <= 0 || closed || gone.aborted) {
          return { items, tailCursor: String(cursor) };
        }
        await news(Math.min(left, pollMs), gone);
      }
    },

    /** Lets everybody go who waits. */
    close(): void {
      closed = true;
      announce();
    },
  };
}
