import { type ListSearch, parseListSearch } from './lists.ts';

/** Which users are shown, as the address bar holds it. */
export type UserSearch = ListSearch & { readonly secondFactor?: 'on' | 'off' };

/** Reads it from the address bar; whatever makes no sense is left out. */
export function parseUserSearch(search: Readonly<Record<string, unknown>>): UserSearch {
  const { secondFactor } = search;
  return {
    ...parseListSearch({ ...search }),
    ...(secondFactor === 'on' || secondFactor === 'off' ? { secondFactor } : {}),
  };
}

/** The query of the API for a search, but its page. */
export function userQuery({ q, secondFactor }: Pick<UserSearch, 'q' | 'secondFactor'>) {
  return {
    ...(q ? { q } : {}),
    ...(secondFactor ? { secondFactor: String(secondFactor === 'on') } : {}),
  };
}
