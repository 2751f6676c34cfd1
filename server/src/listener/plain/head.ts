/**
 * The head of a plain request: one without a body, written as nearly every client writes it, and
 * whole in one read. Anything else is left to node:http, so this reader never has to judge: it
 * knows what it is certain of, and for the rest it says nothing.
 */
import type { PlainRequest } from '../handlers.ts';

/** Methods whose requests mostly have no body. */
const REQUEST_LINE = /^(GET|HEAD|DELETE|OPTIONS) (\/[\x21-\x7e]*) HTTP\/1\.1$/;
/**
 * A field line (RFC 9112 §5); obsolete folding is none. The blanks around the value are in it: where a
 * pattern may give one blank to either of two places, a line of blanks takes it time by their square.
 */
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/;
/** What says that there is more to a request than its head, or to its connection than HTTP/1.1. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'trailer',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
  'keep-alive',
]);
const MAX_FIELDS = 64;
/** Bytes. TLS hands over one record at a time, which holds no more. */
const MAX_HEAD = 16 * 1024;

/**
 * Reads the heads of one connection. A client that keeps its connection mostly sends the same
 * fields each time, so they are compared before they are read: `rawHeaders` of two requests are the
 * same array as long as the bytes are the same.
 */
export class PlainHeads {
  #fields = '';
  #rawHeaders: readonly string[] | undefined;

  /**
   * @param chunk what one read from an idle connection gave
   * @returns undefined where it is anything but the head of a plain request, whole and alone
   */
  read(chunk: Buffer): PlainRequest | undefined {
    if (chunk.length > MAX_HEAD) return undefined;
    const text = chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1 || end + 4 !== text.length) return undefined;
    const lineEnd = text.indexOf('\r\n');
    const line = REQUEST_LINE.exec(text.slice(0, lineEnd));
    if (line === null) return undefined;
    const fields = text.slice(lineEnd, end);
    if (fields !== this.#fields) {
      this.#rawHeaders = readFields(fields.slice(2));
      this.#fields = fields;
    }
    const rawHeaders = this.#rawHeaders;
    if (rawHeaders === undefined) return undefined;
    return { method: line[1] ?? '', target: line[2] ?? '', rawHeaders };
  }
}

/** @returns names and values in turn, as written; undefined where the request is not a plain one */
function readFields(text: string): string[] | undefined {
  const lines = text.split('\r\n');
  if (lines.length > MAX_FIELDS) return undefined;
  const raw: string[] = [];
  let hosts = 0;
  for (const line of lines) {
    const field = FIELD_LINE.exec(line);
    if (field === null) return undefined;
    const [, name = '', written = ''] = field;
    const value = withoutBlanks(written);
    const lower = name.toLowerCase();
    if (NOT_PLAIN.has(lower)) return undefined;
    if (lower === 'host') hosts++;
    if (lower === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
    raw.push(name, value);
  }
  // RFC 9112 §3.2: without one, or with two, the request is to be refused.
  return hosts === 1 ? raw : undefined;
}

/** Takes off blanks and tabs, and no others of those that Unicode has. */
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start++;
  while (end > start && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}
