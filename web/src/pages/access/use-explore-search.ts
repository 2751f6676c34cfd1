import { useNavigate, useSearch } from '@tanstack/react-router';
import { EXPLORE_PAGE, type ExploreSearch, parseExploreSearch } from '../../lib/explore.ts';

type Change = { readonly [K in keyof ExploreSearch]: ExploreSearch[K] | undefined };

/** What is asked, kept in the address bar. */
export function useExploreSearch() {
  const search = parseExploreSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const go = (next: Change) => void navigate({ to: '.', search: parseExploreSearch(next) });
  const { page = 1 } = search;
  return {
    search,
    page,
    paging: { limit: EXPLORE_PAGE, offset: (page - 1) * EXPLORE_PAGE },
    change: (part: Change) => go({ ...search, page: undefined, ...part }),
    setPage: (next: number) => go({ ...search, page: next }),
  };
}
