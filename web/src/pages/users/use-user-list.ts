import { useNavigate, useSearch } from '@tanstack/react-router';
import { listQuery } from '../../lib/lists.ts';
import { parseUserSearch, type UserSearch, userQuery } from '../../lib/users.ts';

/** Which users are shown, kept in the address bar. */
export function useUserList() {
  const search = parseUserSearch(useSearch({ strict: false }));
  const { q = '', page = 1, secondFactor } = search;
  const navigate = useNavigate();
  const go = (next: Record<string, unknown>, replace: boolean) =>
    void navigate({ to: '.', search: parseUserSearch(next), replace });
  return {
    ...{ q, page, secondFactor },
    /** What is asked for, whatever the page. */
    filter: userQuery(search),
    query: { ...listQuery({ q, page }), ...userQuery(search) },
    setQ: (text: string) => go({ ...search, q: text, page: 1 }, true),
    setSecondFactor: (next: UserSearch['secondFactor']) =>
      go({ ...search, secondFactor: next, page: 1 }, true),
    setPage: (next: number, isCorrection = false) => go({ ...search, page: next }, isCorrection),
  };
}
