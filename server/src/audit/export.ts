import type { AuditItem } from '@sallyport/contract';
import type { AuditFilter, AuditRow, AuditSearch } from './search.ts';
import { viewItem } from './view.ts';

const PAGE = 500;

/** The columns of the CSV, in order. */
const COLUMNS = [
  ...['id', 'time', 'receivedAt', 'kind', 'stage', 'username', 'userId', 'kubeconfigId'],
  ...['environmentName', 'environmentId', 'verb', 'apiGroup', 'resource', 'subresource'],
  ...['namespace', 'name', 'status', 'code', 'aborted', 'durationMs', 'bytesToClient'],
  ...['bytesFromClient', 'address', 'userAgent', 'method', 'uri', 'requestId', 'details'],
] as ReadonlyArray<keyof AuditItem>;

/**
 * All events that a filter finds, newest first, as text in pieces of some hundred lines. Events
 * written meanwhile are not in it.
 *
 * @param format `jsonl`: an `audit.k8s.io/v1` Event a line; `csv`: RFC 4180 with a head
 */
export async function* exportText(
  search: Pick<AuditSearch, 'newest'>,
  filter: AuditFilter,
  format: 'jsonl' | 'csv',
): AsyncGenerator<string> {
  if (format === 'csv') yield `${COLUMNS.join(',')}\r\n`;
  const line = format === 'csv' ? csvLine : jsonLine;
  let before: number | undefined;
  for (;;) {
    const rows = await search.newest(filter, PAGE, before);
    if (rows.length > 0) yield rows.map(line).join('');
    before = rows.at(-1)?.id;
    if (rows.length < PAGE || before === undefined) return;
  }
}

function jsonLine(row: AuditRow): string {
  return `${row.event}\n`;
}

function csvLine(row: AuditRow): string {
  const item = viewItem(row);
  return `${COLUMNS.map((column) => cell(item[column])).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // A spreadsheet would run a text that begins like a formula (OWASP, "CSV Injection").
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
