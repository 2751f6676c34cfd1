/** Which part of a page is shown, as the address bar holds it; absent: the first. */
export interface PartSearch {
  readonly part?: string;
}

/** Reads the part from the address bar. Which parts there are is for the page to say. */
export function parsePartSearch({ part }: Readonly<Record<string, unknown>>): PartSearch {
  return typeof part === 'string' && /^[a-z]{1,30}$/.test(part) ? { part } : {};
}
