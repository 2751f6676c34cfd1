import { type AuditItem, Id } from '@sallyport/contract';

/** What may be asked for in so many words; each is a filter of the API under the same name. */
const WORDS = ['username', 'namespace', 'verb', 'resource', 'status', 'q'] as const;
const TIMES = ['from', 'to'] as const;

/** Which events are shown, as the address bar holds it. */
export type AuditSearch = Readonly<
  Partial<Record<(typeof WORDS)[number] | (typeof TIMES)[number], string>> & {
    readonly kind?: AuditItem['kind'];
    readonly environmentId?: number;
  }
>;

/** Reads the filters from the address bar; whatever makes no sense is left out. */
export function parseAuditSearch(search: Readonly<Record<string, unknown>>): AuditSearch {
  const environmentId = Id.safeParse(Number(textOf(search.environmentId)));
  const found: Record<string, string | number> = {};
  for (const name of WORDS) {
    const text = textOf(search[name]).trim().slice(0, 100);
    if (text) found[name] = text;
  }
  if (!/^[1-5](?:xx|\d\d)$/.test(String(found.status))) delete found.status;
  for (const name of TIMES) {
    const time = isoOf(textOf(search[name]));
    if (time) found[name] = time;
  }
  if (search.kind === 'proxy' || search.kind === 'act') found.kind = search.kind;
  if (environmentId.success) found.environmentId = environmentId.data;
  return found;
}

/** The router reads what looks like JSON as such: `403` comes as a number. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The latest year that RFC 3339 can write. */
const LAST_YEAR = 9999;

/** A moment as the API takes it. @returns undefined where the text names none */
export function isoOf(text: string): string | undefined {
  const time = new Date(text);
  const year = time.getUTCFullYear();
  return text && year >= 0 && year <= LAST_YEAR ? time.toISOString() : undefined;
}

/** A moment as a `datetime-local` field takes it, in the reader's time zone. */
export function localOf(iso: string | undefined): string {
  if (!iso) return '';
  const time = new Date(iso);
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** Where the events that are shown can be had as a file. */
export function exportPath(search: AuditSearch, format: 'jsonl' | 'csv'): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(search)) query.set(name, String(value));
  return `/api/audit/export?${query}`;
}

/**
 * Says what an event was about.
 *
 * @returns such as `delete pods/exec web-0 in team-a`, `create users`, or the path where it was no
 *   request for a resource
 */
export function eventInWords(event: AuditItem): string {
  const { verb, resource, subresource, name, namespace, uri } = event;
  if (!resource) return `${verb} ${uri}`;
  const what = [resource, subresource].filter(Boolean).join('/');
  return [verb, what, name, namespace && `in ${namespace}`].filter(Boolean).join(' ');
}

/** How an event ended, for its colour; a word always stands beside it. */
export function toneOf({ status, aborted }: AuditItem): 'good' | 'warn' | 'bad' {
  if (status === null || status >= 500) return 'bad';
  return status >= 400 || aborted ? 'warn' : 'good';
}

/** Newer events in front of those that are shown, each once, the newest first. */
export function prepend(shown: readonly AuditItem[], newer: readonly AuditItem[]): AuditItem[] {
  const known = new Set(shown.map(({ id }) => id));
  return [...newer.filter(({ id }) => !known.has(id)).reverse(), ...shown];
}
