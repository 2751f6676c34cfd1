import { ApiError, type AuditItem } from '@sallyport/contract';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { call } from '../../app/client.ts';
import { type AuditSearch, prepend } from '../../lib/audit.ts';

const PAGE = 50;
/** How many events are kept in the page while new ones come in by themselves. */
const KEPT = 1000;
/** How long to wait after the server did not answer, in milliseconds. */
const PAUSE_MS = 5_000;

/**
 * The events that match, newest first, older ones on demand; and while it is on, new ones as they
 * are written.
 */
export function useAudit(search: AuditSearch, isLive: boolean) {
  const pages = useInfiniteQuery({
    queryKey: ['audit.list', 'pages', search],
    queryFn: ({ pageParam }) =>
      call('audit.list', {
        query: { ...search, limit: PAGE, ...(pageParam ? { before: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const first = pages.data?.pages[0];
  const tail = useTail(search, isLive && !pages.isPlaceholderData ? first?.tailCursor : undefined);
  const older = pages.data?.pages.flatMap(({ items }) => items);
  return {
    events: older && prepend(older, tail.items),
    error: pages.error ?? tail.error,
    hasOlder: pages.hasNextPage,
    isLoading: pages.isFetchingNextPage,
    loadOlder: () => void pages.fetchNextPage(),
    retry: pages.refetch,
  };
}

interface Tail {
  /** What it was asked for; what was found for another search is no longer wanted. */
  readonly search: AuditSearch;
  readonly items: readonly AuditItem[];
  readonly error?: unknown;
}

/**
 * What is written after a cursor, oldest first. Without a cursor it stops and keeps what it has.
 *
 * @param search the same object as long as it asks for the same
 */
function useTail(search: AuditSearch, start: string | undefined): Omit<Tail, 'search'> {
  const [tail, setTail] = useState<Tail>({ search, items: [] });

  useEffect(() => {
    if (start === undefined) return;
    const { from: _from, to: _to, ...filter } = search;
    let isOn = true;
    let cursor = start;
    const update = (change: (items: readonly AuditItem[]) => Omit<Tail, 'search'>) =>
      setTail((last) => ({ search, ...change(last.search === search ? last.items : []) }));

    async function follow() {
      while (isOn) {
        try {
          const { items, tailCursor } = await call('audit.tail', {
            query: { ...filter, after: cursor },
          });
          if (!isOn) return;
          cursor = tailCursor;
          update((earlier) => ({ items: [...earlier, ...items].slice(-KEPT) }));
        } catch (error) {
          if (!isOn) return;
          update((items) => ({ items, error }));
          // A refusal stays one however often it is asked.
          if (error instanceof ApiError) return;
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
      }
    }
    void follow();
    return () => {
      isOn = false;
    };
  }, [search, start]);

  return tail.search === search ? tail : { items: [] };
}
