import { useNavigate, useSearch } from '@tanstack/react-router';
import { listQuery } from '../../lib/lists.ts';
import { parseLiveSearch } from '../../lib/live.ts';

/** Which streams are shown, kept in the address bar. */
export function useLiveSearch() {
  const search = parseLiveSearch(useSearch({ strict: false }));
  const { environmentId, q = '', page = 1 } = search;
  const navigate = useNavigate();
  const go = (next: Record<string, unknown>, replace: boolean) =>
    void navigate({ to: '.', search: parseLiveSearch(next), replace });
  return {
    ...{ environmentId, q, page },
    query: { ...listQuery({ q, page }), ...(environmentId ? { environmentId } : {}) },
    setQ: (text: string) => go({ ...search, q: text, page: 1 }, true),
    setEnvironment: (id: number | undefined) => go({ ...search, environmentId: id, page: 1 }, true),
    setPage: (next: number, isCorrection = false) => go({ ...search, page: next }, isCorrection),
  };
}
