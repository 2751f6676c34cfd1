import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ListSearch, listQuery, parseListSearch } from '../lib/lists.ts';

/** The search text and page of the list on this page, kept in the address bar. */
export function useList() {
  const { q = '', page = 1 } = parseListSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const go = (search: ListSearch, replace: boolean) =>
    void navigate({ to: '.', search: parseListSearch({ ...search }), replace });
  return {
    q,
    page,
    /** What to ask the API for. */
    query: listQuery({ q, page }),
    /** Searching begins at the first page, and each letter is no place to go back to. */
    setQ: (next: string) => go({ q: next }, true),
    setPage: (next: number, isCorrection = false) => go({ q, page: next }, isCorrection),
  };
}

export type ListState = ReturnType<typeof useList>;
