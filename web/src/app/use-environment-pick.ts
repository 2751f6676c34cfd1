import type { Environment } from '@sallyport/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { PickPage } from '../components/pick/PickMany.tsx';
import { listQuery } from '../lib/lists.ts';
import { type Picked, setPicked } from '../lib/picked.ts';
import { call, useRoute } from './client.ts';

/**
 * Environments to pick several of, searched and paged on the server.
 *
 * @param which those that the person may enter, or for admins every one that is registered
 * @returns `list` for the tick boxes, and `error`, with `refetch`, where it could not be read
 */
export function useEnvironmentPick(
  which: 'accessible' | 'registered',
  picked: Picked,
  onChange: (picked: Picked) => void,
) {
  const [query, setQuery] = useState('');
  const [page, setPage] = useState(1);
  const accessible = which === 'accessible' ? 'true' : 'false';
  const asked = listQuery({ q: query, page });
  const answer = useRoute('environments.list', { query: { ...asked, accessible } }, { keep: true });
  const summary = useRoute('environments.summary', { query: { accessible } });
  const all = useMutation({
    mutationFn: () =>
      call('environments.names', { query: { accessible, ...(query ? { q: query } : {}) } }),
    onSuccess: ({ items }) => onChange(setPicked(picked, items, true)),
  });

  const list: PickPage<Environment> = {
    items: answer.data?.items,
    total: answer.data?.total ?? 0,
    all: summary.data?.total,
    query,
    onQuery: (next) => {
      setQuery(next);
      setPage(1);
    },
    page,
    onPage: setPage,
    onAll: () => all.mutate(),
    isBusy: all.isPending || answer.isPlaceholderData,
  };
  return { list, error: answer.error ?? all.error, refetch: answer.refetch };
}
