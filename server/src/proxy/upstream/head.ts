/**
 * The head of an HTTP/1.1 response: status line and fields, read strictly. Whatever two readers
 * could take in two ways is an error here (RFC 9112 §2.2, §4, §5, §6.3, §11), since a response
 * misread on a pooled connection would become somebody else's.
 */

/** Why bytes from an API server are not a response; the message goes to the log and the client. */
export class ResponseSyntaxError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'ResponseSyntaxError';
  }
}

/** How the end of a body is known. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

export interface ResponseHead {
  readonly status: number;
  /** `name, value, name, value, …`: names in lower case, values as latin1 without outer blanks. */
  readonly fields: readonly string[];
  readonly framing: BodyFraming;
  /** What `Content-Length` said, also where there is no body (HEAD, 304). */
  readonly contentLength: number | undefined;
  /** Whether the sender keeps the connection open after this response. */
  readonly keepAlive: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Of a field value; what is not in it are the control characters, CR and LF among them. */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const DIGITS = /^[0-9]{1,16}$/;
const MAX_FIELDS = 256;

const NONE: BodyFraming = { kind: 'none' };
const CHUNKED: BodyFraming = { kind: 'chunked' };
const CLOSE: BodyFraming = { kind: 'close' };

/** Lower-case names of the spellings seen so far; a name in here is known to be a token. */
const names = new Map<string, string>();
/** Servers choose the spellings, so their number is bounded. */
const MAX_NAMES = 512;

/**
 * Reads a field name as it is written.
 *
 * @returns the name in lower case
 * @throws ResponseSyntaxError when it is no token, a blank before the colon included
 */
export function fieldName(written: string): string {
  const known = names.get(written);
  if (known !== undefined) return known;
  if (!TOKEN.test(written)) throw new ResponseSyntaxError('a field name is not a token');
  const lower = written.toLowerCase();
  if (names.size < MAX_NAMES) names.set(written, lower);
  return lower;
}

/**
 * Splits field lines. Lines end where CRLF is, so a lone CR or LF is in a value, where it is refused;
 * a line that is folded begins with a blank, which no name does.
 *
 * @param text CRLF-ended lines in latin1, without the empty one
 * @param from where the first line begins
 * @returns names in lower case and values, in turn
 * @throws ResponseSyntaxError
 */
export function readFields(text: string, from: number): string[] {
  const fields: string[] = [];
  let at = from;
  while (at < text.length) {
    const end = text.indexOf('\r\n', at);
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon > end) throw new ResponseSyntaxError('a field line has no colon');
    if (fields.length === 2 * MAX_FIELDS) throw new ResponseSyntaxError('too many fields');
    const value = trimBlanks(text, colon + 1, end);
    if (FORBIDDEN.test(value)) {
      throw new ResponseSyntaxError('a field value holds a control character, or a lone CR or LF');
    }
    fields.push(fieldName(text.slice(at, colon)), value);
    at = end + 2;
  }
  return fields;
}

/**
 * Reads a whole head.
 *
 * @param text the head in latin1: status line and field lines, each ended by CRLF
 * @param toHead whether the request was HEAD, whose response has no body
 * @throws ResponseSyntaxError
 */
export function readHead(text: string, toHead: boolean): ResponseHead {
  const lineEnd = text.indexOf('\r\n');
  const line = STATUS_LINE.exec(text.slice(0, lineEnd));
  if (line === null) throw new ResponseSyntaxError('the status line is not one of HTTP/1.1');
  const current = line[1] === '1';
  const status = Number(line[2]);
  // RFC 9110 §15.2: HTTP/1.0 has no 1xx, so its readers take one for the answer.
  if (!current && status < 200) throw new ResponseSyntaxError('it answers 1xx in HTTP/1.0');
  const fields = readFields(text, lineEnd + 2);

  let contentLength: number | undefined;
  let chunked = false;
  let keepAlive = current;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    const value = fields[i + 1] ?? '';
    if (name === 'content-length') {
      if (contentLength !== undefined) {
        throw new ResponseSyntaxError('Content-Length is there more than once');
      }
      contentLength = Number(value);
      if (!DIGITS.test(value) || !Number.isSafeInteger(contentLength)) {
        throw new ResponseSyntaxError('Content-Length is not a number');
      }
    } else if (name === 'transfer-encoding') {
      if (chunked || !current || value.toLowerCase() !== 'chunked') {
        throw new ResponseSyntaxError('Transfer-Encoding is not "chunked", once, in HTTP/1.1');
      }
      chunked = true;
    } else if (name === 'connection') {
      if (/(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(value)) keepAlive = false;
    }
  }
  if (chunked && contentLength !== undefined) {
    throw new ResponseSyntaxError('both Content-Length and Transfer-Encoding are there');
  }

  const framing = frame(status, toHead, chunked, contentLength);
  return {
    status,
    fields,
    framing,
    contentLength,
    keepAlive: keepAlive && framing.kind !== 'close',
  };
}

/** RFC 9112 §6.3, made narrower: framing that says a body where none may be is an error. */
function frame(
  status: number,
  toHead: boolean,
  chunked: boolean,
  contentLength: number | undefined,
): BodyFraming {
  if (status < 200 || status === 204) {
    if (chunked || (contentLength !== undefined && contentLength > 0)) {
      throw new ResponseSyntaxError(`a ${status} response announces a body`);
    }
    return NONE;
  }
  if (toHead || status === 304) return NONE;
  if (chunked) return CHUNKED;
  if (contentLength === undefined) return CLOSE;
  return contentLength === 0 ? NONE : { kind: 'length', length: contentLength };
}

function trimBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
