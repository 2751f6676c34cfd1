/** The head of a request, as RFC 9113 §8 has it: what is malformed, and what it says where it is not. */
import type { ClientInfo } from '../forwarded.ts';

/**
 * The regular fields of a request. A client mostly sends the same ones each time, so requests share
 * them, and what has been read from them once is known for all.
 */
export interface FieldSet {
  /** Names and values in turn, as they came, and `:authority` before them. */
  readonly rawHeaders: readonly string[];
  readonly contentLength: number | undefined;
  /** Whom they say the request comes from, once that has been asked. */
  info: ClientInfo | undefined;
}

export interface RequestHead {
  readonly method: string;
  /** Empty with CONNECT, which has none. */
  readonly target: string;
  readonly fields: FieldSet;
}

/** A token without upper case (RFC 9113 §8.2.1). */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** RFC 9113 §8.2.1, and no control character, as in HTTP/1.1. */
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const PATH = /^\/[\x21-\x7e\x80-\xff]*$/;
/** Without user information, which has no place there (RFC 9113 §8.3.1). */
const AUTHORITY = /^[A-Za-z0-9._~!$&'()*+,;=:%[\]-]+$/;
const DIGITS = /^[0-9]{1,16}$/;
/** What belongs to one connection (RFC 9113 §8.2.2). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
/** Sets that a connection remembers: a client asks for JSON here and for protobuf there. */
const REMEMBERED = 4;
const COLON = 0x3a;

/** Why a request is malformed; its stream ends with PROTOCOL_ERROR (RFC 9113 §8.1.1). */
export class MalformedError extends Error {
  /** @param why a clause without a full stop */
  constructor(why: string) {
    super(why);
    this.name = 'MalformedError';
  }
}

/** Reads the heads of the requests of one connection. */
export class HeadReader {
  /** The one that was used last comes first. */
  readonly #sets: FieldSet[] = [];

  /**
   * @param fields names and values in turn
   * @param endStream whether no body follows
   * @throws MalformedError
   */
  read(fields: readonly string[], endStream: boolean): RequestHead {
    let method: string | undefined;
    let path: string | undefined;
    let scheme: string | undefined;
    let authority: string | undefined;
    let at = 0;
    for (; at < fields.length; at += 2) {
      const name = fields[at] ?? '';
      if (name.charCodeAt(0) !== COLON) break;
      const value = fields[at + 1] ?? '';
      if (name === ':method' && method === undefined) method = value;
      else if (name === ':path' && path === undefined) path = value;
      else if (name === ':scheme' && scheme === undefined) scheme = value;
      else if (name === ':authority' && authority === undefined) authority = value;
      else throw new MalformedError('a pseudo-header is unknown, or there twice');
    }
    const set = this.#setOf(authority, fields, at);
    checkPseudo(method, scheme, path, set);
    if (endStream && (set.contentLength ?? 0) > 0) {
      throw new MalformedError('the body is shorter than Content-Length');
    }
    return { method: method ?? '', target: path ?? '', fields: set };
  }

  /** @param from where the regular fields begin */
  #setOf(authority: string | undefined, fields: readonly string[], from: number): FieldSet {
    const sets = this.#sets;
    for (let i = 0; i < sets.length; i++) {
      const set = sets[i];
      if (set === undefined || !same(set.rawHeaders, authority, fields, from)) continue;
      if (i > 0) {
        sets.splice(i, 1);
        sets.unshift(set);
      }
      return set;
    }
    const set = makeSet(authority, fields.slice(from));
    if (sets.unshift(set) > REMEMBERED) sets.pop();
    return set;
  }
}

/** Strings that came from the connection's table are the same objects, and compare at once. */
function same(
  raw: readonly string[],
  authority: string | undefined,
  fields: readonly string[],
  from: number,
): boolean {
  const before = authority === undefined ? 0 : 2;
  if (raw.length !== fields.length - from + before) return false;
  if (before === 2 ? raw[0] !== ':authority' || raw[1] !== authority : raw[0] === ':authority') {
    return false;
  }
  for (let i = before, j = from; i < raw.length; i++, j++) if (raw[i] !== fields[j]) return false;
  return true;
}

function makeSet(authority: string | undefined, regular: readonly string[]): FieldSet {
  const contentLength = checkRegular(regular);
  if (authority !== undefined && !AUTHORITY.test(authority)) {
    throw new MalformedError(':authority is not valid');
  }
  const rawHeaders = authority === undefined ? regular : [':authority', authority, ...regular];
  return { rawHeaders, contentLength, info: undefined };
}

/** RFC 9113 §8.3.1, and §8.5 for CONNECT. */
function checkPseudo(
  method: string | undefined,
  scheme: string | undefined,
  path: string | undefined,
  { rawHeaders }: FieldSet,
): void {
  if (method === undefined || !METHOD.test(method)) throw new MalformedError('no valid :method');
  if (method === 'CONNECT') {
    if (scheme !== undefined || path !== undefined || rawHeaders[0] !== ':authority') {
      throw new MalformedError('a CONNECT names more or less than its :authority');
    }
    return;
  }
  if (scheme === undefined || !SCHEME.test(scheme)) throw new MalformedError('no valid :scheme');
  if (path === undefined || !(PATH.test(path) || (path === '*' && method === 'OPTIONS'))) {
    throw new MalformedError('no valid :path');
  }
  if (rawHeaders[0] !== ':authority' && !rawHeaders.some((name, i) => isHost(name, i))) {
    throw new MalformedError('neither :authority nor Host');
  }
}

function isHost(name: string, i: number): boolean {
  return i % 2 === 0 && name === 'host';
}

/**
 * Checks the trailers of a request, which nobody here reads.
 *
 * @throws MalformedError
 */
export function checkTrailers(fields: readonly string[]): void {
  if (checkRegular(fields) !== undefined) {
    throw new MalformedError('the trailers hold Content-Length');
  }
}

/** @returns Content-Length, if it is there */
function checkRegular(fields: readonly string[]): number | undefined {
  let contentLength: number | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    // Also a pseudo-header that comes late.
    if (!NAME.test(name)) throw new MalformedError('a field name is not a token in lower case');
    if (!VALUE.test(value)) {
      throw new MalformedError('a field value holds a control character or outer blanks');
    }
    if (OF_CONNECTION.has(name)) throw new MalformedError(`${name} has no place in HTTP/2`);
    if (name === 'te' && value !== 'trailers') {
      throw new MalformedError('te asks for more than trailers');
    }
    if (name !== 'content-length') continue;
    if (contentLength !== undefined || !DIGITS.test(value)) {
      throw new MalformedError('Content-Length is not one number');
    }
    contentLength = Number(value);
    if (!Number.isSafeInteger(contentLength))
      throw new MalformedError('Content-Length is too large');
  }
  return contentLength;
}
