/** How many rows a list shows at a time. */
export const PAGE_SIZE = 50;

/** The state of a list, as the address bar holds it. */
export interface ListSearch {
  readonly q?: string;
  /** Counted from 1. */
  readonly page?: number;
}

/** Reads the state of a list from the address bar; whatever makes no sense is left out. */
export function parseListSearch(search: Readonly<Record<string, unknown>>): ListSearch {
  const q = wordOf(search.q);
  const page = Math.floor(Number(wordOf(search.page)));
  return {
    ...(q ? { q: q.slice(0, 200) } : {}),
    ...(page > 1 && Number.isSafeInteger(page) ? { page } : {}),
  };
}

/** The router reads what looks like JSON as such: a number, or an object that is no text at all. */
function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The query of the API for a page of a list. */
export function listQuery({ q, page = 1 }: ListSearch) {
  return { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE, ...(q ? { q } : {}) };
}

/** @returns such as `51–100 of 213` */
export function rangeInWords(page: number, shown: number, total: number): string {
  const first = (page - 1) * PAGE_SIZE + 1;
  return shown === 0 ? `0 of ${total}` : `${first}–${first + shown - 1} of ${total}`;
}
