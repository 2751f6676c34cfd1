import { useNavigate, useSearch } from '@tanstack/react-router';
import { type GrantSearch, parseGrantSearch } from '../../lib/grants.ts';
import { listQuery } from '../../lib/lists.ts';

type Change = { readonly [K in keyof GrantSearch]: GrantSearch[K] | undefined };

/** Which grants are shown, kept in the address bar. */
export function useGrantSearch() {
  const search = parseGrantSearch(useSearch({ strict: false }));
  const { q = '', page = 1, ...filters } = search;
  const navigate = useNavigate();
  const go = (next: Change, replace: boolean) =>
    void navigate({ to: '.', search: parseGrantSearch(next), replace });
  return {
    search,
    q,
    page,
    query: { ...listQuery({ q, page }), ...filters },
    setQ: (text: string) => go({ ...search, q: text, page: undefined }, true),
    setPage: (next: number, isCorrection = false) => go({ ...search, page: next }, isCorrection),
    change: (part: Change) => go({ ...search, page: undefined, ...part }, true),
    clear: () => go({}, true),
  };
}
