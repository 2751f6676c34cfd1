/**
 * Header compression (RFC 7541) without a dynamic table on either side: a decoder that allows the
 * peer none, and an encoder that uses none. So nothing that one request said is kept for another,
 * neither in memory nor in the length of what is sent (CRIME), and a block can be read by itself.
 */
import { decodeHuffman } from './huffman.ts';

/** Why a header block cannot be read; the connection cannot go on after it. */
export class CompressionError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'CompressionError';
  }
}

/** The static table from index 17 on, which are names without values. */
const NAMES = `accept-language accept-ranges accept access-control-allow-origin age allow authorization
  cache-control content-disposition content-encoding content-language content-length
  content-location content-range content-type cookie date etag expect expires from host
  if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link
  location max-forwards proxy-authenticate proxy-authorization range referer refresh
  retry-after server set-cookie strict-transport-security transfer-encoding user-agent
  vary via www-authenticate`;
/** The static table, from index 1 on (RFC 7541, Appendix A). */
const STATIC: ReadonlyArray<readonly [name: string, value: string]> = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...NAMES.split(/\s+/).map((name) => [name, ''] as const),
];

/** Indices of names, and of whole fields written `name\0value`. */
const NAME_INDEX = new Map<string, number>();
const FIELD_INDEX = new Map<string, number>();
for (const [i, [name, value]] of STATIC.entries()) {
  if (!NAME_INDEX.has(name)) NAME_INDEX.set(name, i + 1);
  FIELD_INDEX.set(`${name}\0${value}`, i + 1);
}

/** An index, a size or a length beyond this is nothing that anybody means. */
const MAX_INTEGER = 2 ** 24;

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return this.at < this.#bytes.length;
  }

  /** The next octet, which stays. */
  get next(): number {
    return this.#bytes[this.at] ?? 0;
  }

  /** An integer with a prefix of so many bits (RFC 7541 §5.1). */
  integer(prefix: number): number {
    const mask = (1 << prefix) - 1;
    let value = this.#octet() & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      const octet = this.#octet();
      value += (octet & 0x7f) * 2 ** shift;
      if (value > MAX_INTEGER || shift > 21) throw new CompressionError('an integer is too large');
      if (octet < 0x80) return value;
    }
  }

  /** A string (RFC 7541 §5.2), in latin1. */
  string(): string {
    const huffman = (this.next & 0x80) !== 0;
    const length = this.integer(7);
    const end = this.at + length;
    if (end > this.#bytes.length) throw new CompressionError('a string ends behind its block');
    const bytes = this.#bytes.subarray(this.at, end);
    this.at = end;
    const text = huffman ? decodeHuffman(bytes) : bytes.toString('latin1');
    if (text === undefined) throw new CompressionError('a Huffman code is not valid');
    return text;
  }

  #octet(): number {
    const octet = this.#bytes[this.at++];
    if (octet === undefined) throw new CompressionError('a header block ends too early');
    return octet;
  }
}

/**
 * Reads a whole header block.
 *
 * @param maxSize of the fields together, each with 32 octets added (RFC 9113 §6.5.2)
 * @returns names and values in turn, as they came, in latin1
 * @throws CompressionError
 */
export function decodeFields(block: Buffer, maxSize: number): string[] {
  const reader = new Reader(block);
  const fields: string[] = [];
  let size = 0;
  while (reader.more) {
    const octet = reader.next;
    if ((octet & 0xe0) === 0x20) {
      // RFC 7541 §4.2, §6.3: at the beginning, and not beyond what SETTINGS allow, which is nothing.
      if (fields.length > 0) throw new CompressionError('the table is resized within a block');
      if (reader.integer(5) !== 0) throw new CompressionError('a dynamic table is not allowed');
      continue;
    }
    let name: string;
    let value: string;
    if ((octet & 0x80) !== 0) {
      [name, value] = known(reader.integer(7));
    } else {
      // With or without indexing: where nothing fits into the table, an entry is not kept (§4.4).
      const index = reader.integer((octet & 0x40) !== 0 ? 6 : 4);
      name = index === 0 ? reader.string() : known(index)[0];
      value = reader.string();
    }
    size += name.length + value.length + 32;
    if (size > maxSize) throw new CompressionError(`the fields are larger than ${maxSize} bytes`);
    fields.push(name, value);
  }
  return fields;
}

function known(index: number): readonly [name: string, value: string] {
  const field = STATIC[index - 1];
  if (field === undefined) throw new CompressionError('an index is in no table');
  return field;
}

/** First in the first block: the encoder has set its dynamic table to nothing (RFC 7541 §6.3). */
const NO_TABLE = 0x20;
const INDEXED = 0x80;
const NOT_INDEXED = 0x00;
/** Nobody on the way may put it into a table either (RFC 7541 §7.1.3). */
const NEVER_INDEXED = 0x10;
const SECRET: ReadonlySet<string> = new Set(['authorization']);

/**
 * Writes a header block.
 *
 * @param fields names in lower case and values in turn, latin1
 * @param announce says at its beginning that there is no dynamic table, which must come in the first
 *   block after the peer's SETTINGS have changed the size of it (RFC 7541 §4.2)
 */
export function encodeFields(fields: readonly string[], announce: boolean): Buffer {
  const size = fields.reduce((sum, text) => sum + text.length + 8, 1);
  const block = Buffer.allocUnsafe(size);
  let at = 0;
  const integer = (pattern: number, prefix: number, value: number): void => {
    const mask = (1 << prefix) - 1;
    if (value < mask) {
      block[at++] = pattern | value;
      return;
    }
    block[at++] = pattern | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) block[at++] = (rest & 0x7f) | 0x80;
    block[at++] = rest;
  };
  const string = (text: string): void => {
    integer(0, 7, text.length);
    at += block.write(text, at, 'latin1');
  };
  if (announce) block[at++] = NO_TABLE;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    const whole = FIELD_INDEX.get(`${name}\0${value}`);
    if (whole !== undefined) {
      integer(INDEXED, 7, whole);
      continue;
    }
    const index = NAME_INDEX.get(name) ?? 0;
    integer(SECRET.has(name) ? NEVER_INDEXED : NOT_INDEXED, 4, index);
    if (index === 0) string(name);
    string(value);
  }
  return block.subarray(0, at);
}
