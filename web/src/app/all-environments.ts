import type { Environment } from '@sallyport/contract';
import { queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';

/** The most that one page of a list may hold. */
const PAGE = 1000;

/**
 * All environments, however many pages that takes: those that the person may enter, or for admins
 * every one that is registered.
 */
export function allEnvironmentsQuery(which: 'accessible' | 'registered') {
  return queryOptions({
    queryKey: ['environments.list', 'all', which],
    queryFn: async () => {
      const byId = new Map<number, Environment>();
      for (;;) {
        const { items, total } = await call('environments.list', {
          query: {
            limit: PAGE,
            offset: byId.size,
            accessible: which === 'accessible' ? 'true' : 'false',
          },
        });
        // By id: a list that shifts between two pages must not give one twice.
        for (const item of items) byId.set(item.id, item);
        if (items.length === 0 || byId.size >= total) return [...byId.values()];
      }
    },
  });
}
