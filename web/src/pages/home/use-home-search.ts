import { useNavigate, useSearch } from '@tanstack/react-router';
import { type HomeSearch, parseHomeSearch } from '../../lib/home.ts';

/** What Home shows, kept in the address bar. */
export function useHomeSearch() {
  const search = parseHomeSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const go = (next: { [K in keyof HomeSearch]: HomeSearch[K] | undefined }, replace: boolean) =>
    void navigate({ to: '.', search: parseHomeSearch(next), replace, resetScroll: false });
  return {
    search,
    /** Another choice begins at the first page, and is no place to go back to. */
    change: (part: { [K in keyof HomeSearch]: HomeSearch[K] | undefined }) =>
      go({ ...search, ...part, page: undefined }, true),
    setPage: (page: number, isCorrection = false) => go({ ...search, page }, isCorrection),
    /** Shows everything again, in the order that was chosen. */
    clear: () => go({ sort: search.sort }, true),
  };
}
