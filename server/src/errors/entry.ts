/** What an error is, whatever the request: see `registry`. */
export interface Entry {
  readonly status: number;
  readonly title: string;
  /** What happened. `{name}` is filled from the error's params. */
  readonly message: string;
  readonly remedy?: string;
}

/** Keeps the exact codes of a table of errors. */
export const define = <const T extends Record<string, Entry>>(entries: T): T => entries;
