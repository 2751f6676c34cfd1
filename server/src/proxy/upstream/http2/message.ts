/**
 * The same message in the words of HTTP/2: a request's head as fields, and a response's fields as a
 * head. As strict as the reader of HTTP/1.1 (`../head.ts`), by the rules of RFC 9113 §8.
 */
import { type BodyFraming, type ResponseHead, ResponseSyntaxError } from '../head.ts';

/** What belongs to one connection has no place in HTTP/2 (RFC 9113 §8.2.2). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** A token without upper case (RFC 9113 §8.2.1); a pseudo-header begins with a colon. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** RFC 9113 §8.2.1, and no control character, as in HTTP/1.1. */
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const STATUS = /^[1-5][0-9][0-9]$/;
const DIGITS = /^[0-9]{1,16}$/;
const MAX_FIELDS = 256;
/** What ends a body may not come behind it. */
const FRAMING = 'content-length';

const NONE: BodyFraming = { kind: 'none' };
/** Its end is told by the protocol, and trailers may follow it. */
const DELIMITED: BodyFraming = { kind: 'chunked' };

/**
 * Spells the head of a request without a body in HTTP/2. The head is made once, by one policy
 * (`../../headers.ts`); what goes over a shared connection is that head and nothing else.
 *
 * @param head of HTTP/1.1, whole
 * @returns names in lower case and values, in turn, the pseudo-headers first
 * @throws Error where a line has no place in HTTP/2: then the request is not one for it
 */
export function requestFields(head: string): string[] {
  const [requestLine = '', ...lines] = head.slice(0, -4).split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const fields: string[] = [];
  let authority: string | undefined;
  for (const line of lines) {
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 2);
    if (name === 'host') authority = value;
    else if (OF_CONNECTION.has(name) || !NAME.test(name)) throw new Error(`${name} in HTTP/2`);
    else fields.push(name, value);
  }
  if (authority === undefined) throw new Error('a request without a host');
  return [
    ...[':method', method, ':scheme', 'https', ':authority', authority, ':path', path],
    ...fields,
  ];
}

/**
 * Reads the fields of a response.
 *
 * @param endStream whether nothing follows them
 * @throws ResponseSyntaxError
 */
export function responseHead(fields: readonly string[], endStream: boolean): ResponseHead {
  if (fields[0] !== ':status' || !STATUS.test(fields[1] ?? '')) {
    throw new ResponseSyntaxError('the head does not begin with a status');
  }
  const status = Number(fields[1]);
  const plain = fields.slice(2);
  checkFields(plain);
  let contentLength: number | undefined;
  for (let i = 0; i < plain.length; i += 2) {
    if (plain[i] !== FRAMING) continue;
    const value = plain[i + 1] ?? '';
    if (contentLength !== undefined) {
      throw new ResponseSyntaxError('Content-Length is there more than once');
    }
    contentLength = Number(value);
    if (!DIGITS.test(value) || !Number.isSafeInteger(contentLength)) {
      throw new ResponseSyntaxError('Content-Length is not a number');
    }
  }
  const framing = frame(status, contentLength, endStream);
  return { status, fields: plain, framing, contentLength, keepAlive: true };
}

/**
 * Reads the fields behind a body.
 *
 * @throws ResponseSyntaxError
 */
export function responseTrailers(fields: readonly string[]): readonly string[] {
  checkFields(fields);
  if (fields.some((name, i) => i % 2 === 0 && name === FRAMING)) {
    throw new ResponseSyntaxError('the trailers hold framing');
  }
  return fields;
}

function checkFields(fields: readonly string[]): void {
  if (fields.length > 2 * MAX_FIELDS) throw new ResponseSyntaxError('too many fields');
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (!NAME.test(name))
      throw new ResponseSyntaxError('a field name is not a token in lower case');
    if (OF_CONNECTION.has(name)) throw new ResponseSyntaxError(`${name} has no place in HTTP/2`);
    if (!VALUE.test(fields[i + 1] ?? '')) {
      throw new ResponseSyntaxError('a field value holds a control character or outer blanks');
    }
  }
}

function frame(status: number, contentLength: number | undefined, endStream: boolean): BodyFraming {
  if (status === 101) throw new ResponseSyntaxError('it answers 101, which HTTP/2 has not');
  if (status < 200) {
    if (endStream) throw new ResponseSyntaxError(`a ${status} response is the last`);
    if (contentLength !== undefined) {
      throw new ResponseSyntaxError(`a ${status} response announces a body`);
    }
    return NONE;
  }
  const bodiless = status === 204 || status === 304;
  if (bodiless && !endStream) throw new ResponseSyntaxError(`a ${status} response has a body`);
  if (status === 204 && (contentLength ?? 0) > 0) {
    throw new ResponseSyntaxError('a 204 response announces a body');
  }
  if (endStream) {
    if (!bodiless && (contentLength ?? 0) > 0) {
      throw new ResponseSyntaxError('the body is shorter than Content-Length');
    }
    return NONE;
  }
  return contentLength === undefined ? DELIMITED : { kind: 'length', length: contentLength };
}
