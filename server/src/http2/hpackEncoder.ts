/**
 * The writer of header compression (RFC 7541), without a dynamic table and without Huffman's code. So
 * nothing that one message said is kept for another, neither in memory nor in the length of what is
 * sent (CRIME), and a block can be read by itself.
 */
import { STATIC } from './hpackStatic.ts';

/** First in the first block: the encoder has set its dynamic table to nothing (RFC 7541 §6.3). */
const NO_TABLE = '\x20';
const INDEXED = 0x80;
const NOT_INDEXED = 0x00;
/** Nobody on the way may put it into a table either (RFC 7541 §7.1.3). */
const NEVER_INDEXED = 0x10;
const SECRET: ReadonlySet<string> = new Set(['authorization']);
/** Names that are used again and again; those of workloads may be any, so they are not all kept. */
const MAX_NAMES = 1_000;

/** How fields of one name are written. */
interface Written {
  /** The name, and that a value follows. */
  readonly name: string;
  /** Whole fields of the static table, by their values. */
  readonly whole: Map<string, string> | undefined;
}

const known = new Map<string, Written>();
for (const [i, [name, value]] of STATIC.entries()) {
  const before = known.get(name);
  const whole = before?.whole ?? new Map<string, string>();
  whole.set(value, integer(INDEXED, 7, i + 1));
  if (before !== undefined) continue;
  const pattern = SECRET.has(name) ? NEVER_INDEXED : NOT_INDEXED;
  known.set(name, { name: integer(pattern, 4, i + 1), whole });
}

/**
 * Writes a header block.
 *
 * @param fields names in lower case and values in turn, latin1
 * @param announce says at its beginning that there is no dynamic table, which must come in the first
 *   block after the peer's SETTINGS have changed the size of it (RFC 7541 §4.2)
 * @returns its octets, as latin1: they mostly go out within a longer text
 */
export function encodeText(fields: readonly string[], announce: boolean): string {
  let block = announce ? NO_TABLE : '';
  for (let i = 0; i < fields.length; i += 2) {
    const value = fields[i + 1] ?? '';
    const { name, whole } = writtenName(fields[i] ?? '');
    const field = whole?.get(value);
    if (field !== undefined) block += field;
    else block += name + lengthOf(value) + value;
  }
  return block;
}

/** The same, as bytes. */
export function encodeFields(fields: readonly string[], announce: boolean): Buffer {
  return Buffer.from(encodeText(fields, announce), 'latin1');
}

function writtenName(name: string): Written {
  const found = known.get(name);
  if (found !== undefined) return found;
  const pattern = SECRET.has(name) ? NEVER_INDEXED : NOT_INDEXED;
  const written = { name: integer(pattern, 4, 0) + lengthOf(name) + name, whole: undefined };
  if (known.size < MAX_NAMES) known.set(name, written);
  return written;
}

/** The length of a string that is written as it is (RFC 7541 §5.2). */
function lengthOf(text: string): string {
  return integer(0, 7, text.length);
}

/** An integer with a prefix of so many bits (RFC 7541 §5.1). */
function integer(pattern: number, prefix: number, value: number): string {
  const mask = (1 << prefix) - 1;
  if (value < mask) return String.fromCharCode(pattern | value);
  let text = String.fromCharCode(pattern | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    text += String.fromCharCode((rest & 0x7f) | 0x80);
  }
  return text + String.fromCharCode(rest);
}
