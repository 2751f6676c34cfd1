/**
 * The reader of header compression (RFC 7541) for one direction of one connection, with the dynamic
 * table that its peer fills. What it keeps is bounded by the size that SETTINGS allow, and what one
 * block unfolds to by the size that fields may have.
 */
import { STATIC } from './hpackStatic.ts';
import { decodeHuffman } from './huffman.ts';

/** Why a header block cannot be read; the connection cannot go on after it. */
export class CompressionError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'CompressionError';
  }
}

/** What SETTINGS_HEADER_TABLE_SIZE is where nobody says otherwise. */
export const DEFAULT_TABLE_SIZE = 4_096;
/** What is added to the octets of each field, in the table and in a list (RFC 7541 §4.1). */
const OVERHEAD = 32;
/** An index, a size or a length beyond this is nothing that anybody means. */
const MAX_INTEGER = 2 ** 24;

export class HpackDecoder {
  /** The size that SETTINGS allow. */
  readonly #limit: number;
  /** The size that the encoder has chosen (RFC 7541 §4.2). */
  #maxSize: number;
  /** Of the entries. */
  #size = 0;
  /** Entries in a ring: names and values, the newest at `#newest`. */
  readonly #names: string[];
  readonly #values: string[];
  #newest = 0;
  #count = 0;
  /** The block that is being read. */
  #block: Buffer = Buffer.alloc(0);
  #at = 0;
  #tooLarge = false;

  /** @param tableSize as SETTINGS_HEADER_TABLE_SIZE says it; 0: no field is ever kept */
  constructor(tableSize: number) {
    this.#limit = tableSize;
    this.#maxSize = tableSize;
    const most = Math.max(1, Math.floor(tableSize / OVERHEAD));
    this.#names = Array<string>(most).fill('');
    this.#values = Array<string>(most).fill('');
  }

  /** Whether the fields of the last block were larger than they may be; then it gave only some. */
  get tooLarge(): boolean {
    return this.#tooLarge;
  }

  /** Octets that the dynamic table takes, as RFC 7541 §4.1 counts them. */
  get tableSize(): number {
    return this.#size;
  }

  /**
   * Reads a whole header block, to its end also where its fields are too large: what it puts into the
   * table is needed for the next.
   *
   * @param maxSize of the fields together, each with 32 octets added (RFC 9113 §6.5.2)
   * @returns names and values in turn, as they came, in latin1
   * @throws CompressionError
   */
  decode(block: Buffer, maxSize: number): string[] {
    this.#block = block;
    this.#at = 0;
    this.#tooLarge = false;
    const fields: string[] = [];
    let size = 0;
    let begun = false;
    while (this.#at < block.length) {
      const octet = block[this.#at] ?? 0;
      let name: string;
      let value: string;
      if (octet >= 0x80) {
        const index = this.#integer(7);
        name = this.#nameAt(index);
        value = this.#valueAt(index);
      } else if ((octet & 0xe0) === 0x20) {
        // RFC 7541 §4.2: at the beginning.
        if (begun) throw new CompressionError('the table is resized within a block');
        this.#resize(this.#integer(5));
        continue;
      } else {
        const kept = octet >= 0x40;
        const index = this.#integer(kept ? 6 : 4);
        name = index === 0 ? this.#string() : this.#nameAt(index);
        value = this.#string();
        if (kept) this.#insert(name, value);
      }
      begun = true;
      size += name.length + value.length + OVERHEAD;
      if (size > maxSize) this.#tooLarge = true;
      else fields.push(name, value);
    }
    return fields;
  }

  #nameAt(index: number): string {
    if (index <= STATIC.length) {
      const field = STATIC[index - 1];
      if (field !== undefined) return field[0];
    }
    return this.#names[this.#place(index)] ?? '';
  }

  #valueAt(index: number): string {
    if (index <= STATIC.length) return STATIC[index - 1]?.[1] ?? '';
    return this.#values[this.#place(index)] ?? '';
  }

  /** Where in the ring an index of the dynamic table is (RFC 7541 §2.3.3). */
  #place(index: number): number {
    const age = index - STATIC.length - 1;
    if (age < 0 || age >= this.#count) throw new CompressionError('an index is in no table');
    const place = this.#newest - age;
    return place < 0 ? place + this.#names.length : place;
  }

  /** RFC 7541 §4.4: an entry larger than the table empties it, and that is no error. */
  #insert(name: string, value: string): void {
    const size = name.length + value.length + OVERHEAD;
    this.#evict(this.#maxSize - size);
    if (size > this.#maxSize) return;
    this.#newest = this.#newest + 1 === this.#names.length ? 0 : this.#newest + 1;
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#count++;
    this.#size += size;
  }

  /** RFC 7541 §4.2, §6.3. */
  #resize(size: number): void {
    if (size > this.#limit) {
      throw new CompressionError('so large a dynamic table is not allowed');
    }
    this.#maxSize = size;
    this.#evict(size);
  }

  /** Takes the oldest entries out until the others fit (RFC 7541 §4.3). */
  #evict(size: number): void {
    while (this.#count > 0 && this.#size > size) {
      const oldest = this.#newest - this.#count + 1;
      const place = oldest < 0 ? oldest + this.#names.length : oldest;
      this.#size -= (this.#names[place] ?? '').length + (this.#values[place] ?? '').length;
      this.#size -= OVERHEAD;
      this.#names[place] = '';
      this.#values[place] = '';
      this.#count--;
    }
  }

  /** An integer with a prefix of so many bits (RFC 7541 §5.1). */
  #integer(prefix: number): number {
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
  #string(): string {
    const huffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const from = this.#at;
    const to = from + length;
    if (to > this.#block.length) throw new CompressionError('a string ends behind its block');
    this.#at = to;
    if (!huffman) return this.#block.toString('latin1', from, to);
    const text = decodeHuffman(this.#block, from, to);
    if (text === undefined) throw new CompressionError('a Huffman code is not valid');
    return text;
  }

  #octet(): number {
    const octet = this.#block[this.#at++];
    if (octet === undefined) throw new CompressionError('a header block ends too early');
    return octet;
  }
}

/** Keeps nothing of any block, so that all may share it. */
const withoutTable = new HpackDecoder(0);

/**
 * Reads a block of a peer that was allowed no dynamic table.
 *
 * @param maxSize of the fields together, each with 32 octets added (RFC 9113 §6.5.2)
 * @returns names and values in turn, as they came, in latin1
 * @throws CompressionError, also where the fields are larger
 */
export function decodeFields(block: Buffer, maxSize: number): string[] {
  const fields = withoutTable.decode(block, maxSize);
  if (withoutTable.tooLarge) {
    throw new CompressionError(`the fields are larger than ${maxSize} bytes`);
  }
  return fields;
}
