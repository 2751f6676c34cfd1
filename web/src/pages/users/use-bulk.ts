import { type BulkResult, MAX_BULK, type UserBulk } from '@sallyport/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../app/client.ts';
import type { userQuery } from '../../lib/users.ts';

const STALE = ['users.', 'teams.', 'grants.', 'kubeconfigs.', 'auth.'];

/**
 * Does one thing to many users, so many at a time as the server takes.
 *
 * @returns `run`; `results`, of those done so far; and what goes on
 */
export function useBulk() {
  const cache = useQueryClient();
  const [results, setResults] = useState<readonly BulkResult[]>([]);
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: async ({ ids, ...what }: UserBulk) => {
      for (let at = 0; at < ids.length; at += MAX_BULK) {
        const body = { ...what, ids: ids.slice(at, at + MAX_BULK) };
        const answer = await call('users.bulk', { body });
        setResults((earlier) => [...earlier, ...answer.results]);
      }
    },
    // Also where it broke off: those before are done.
    onSettled: () =>
      cache.invalidateQueries({
        predicate: ({ queryKey: [key] }) => STALE.some((prefix) => String(key).startsWith(prefix)),
      }),
  });
  return { run: mutate, results, isPending, isSuccess, error };
}

/** Which users, whatever the page. */
export type UserQuery = ReturnType<typeof userQuery>;

/** The ids of all users that match, however many pages that takes. */
export async function idsMatching(filter: UserQuery): Promise<number[]> {
  const ids = new Set<number>();
  for (let offset = 0; ; ) {
    const query = { limit: 1000, offset, ...filter };
    const { items, total } = await call('users.list', { query });
    for (const { id } of items) ids.add(id);
    offset += items.length;
    if (items.length === 0 || offset >= total) return [...ids];
  }
}
