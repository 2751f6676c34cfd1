/**
 * The Huffman code of HPACK (RFC 7541 §5.2, Appendix B). The code is canonical: within one length,
 * codes go up with the symbols, so the lengths are all that there is to know.
 */

/** Lengths in bits of the codes of the 256 octets in turn; `28x7` stands for seven of 28. */
const LENGTHS = `
  13 23 28x7 24 30 28x2 30 28x8 30 28x9 6 10x2 12 13 6 8 11 10x2 8 11 8 6x3 5x3 6x7 7 8 15
  6 12 10 13 6 7x22 8 7 8 13 19 13 14 6 15 5 6 5 6 5 6x3 5 7x2 6x3 5 6 7 6 5x2 6 7x5 15 11
  14 13 28 20 22 20x2 22x3 23 22 23x5 24 23 24x2 22 23 24 23x4 21 22 23 22 23x2 24 22 21
  20 22x2 23x2 21 23 22x2 24 21 22 23x2 21x2 22 21 23 22 23x2 20 22x3 23 22x2 23 26x2 20
  19 22 23 22 25 26x3 27x2 26 24 25 19 21 26 27x2 26 27 24 21x2 26x2 28 27x3 20 24 20 21
  22 21x2 23 22x2 25x2 24x2 26 23 26 27 26x2 27x5 28 27x5 26`;
/** End of string: thirty ones, of which a part fills up the last octet. */
const EOS = 256;
const MAX_BITS = 30;

/** For each length: the first code, how many codes there are, and where their symbols begin. */
const first = new Int32Array(MAX_BITS + 1);
const count = new Int32Array(MAX_BITS + 1);
const start = new Int32Array(MAX_BITS + 1);
const symbols = new Int16Array(EOS + 1);

{
  const lengths = LENGTHS.trim()
    .split(/\s+/)
    .flatMap((run) => {
      const [bits = 0, times = 1] = run.split('x').map(Number);
      return Array<number>(times).fill(bits);
    });
  lengths[EOS] = MAX_BITS;
  let code = 0;
  let at = 0;
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    code <<= 1;
    first[bits] = code;
    start[bits] = at;
    for (let symbol = 0; symbol <= EOS; symbol++) {
      if (lengths[symbol] !== bits) continue;
      symbols[at++] = symbol;
      code++;
    }
    count[bits] = at - (start[bits] ?? 0);
  }
}

/**
 * Decodes a string.
 *
 * @returns the string, in latin1; undefined: it is not valid, as when its padding is not the
 *   beginning of EOS, or EOS itself is in it (RFC 7541 §5.2)
 */
export function decodeHuffman(bytes: Buffer): string | undefined {
  const text = Buffer.allocUnsafe(Math.floor((bytes.length * 8) / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      bits++;
      const offset = code - (first[bits] ?? 0);
      if (offset >= (count[bits] ?? 0)) {
        if (bits === MAX_BITS) return undefined;
        continue;
      }
      const symbol = symbols[(start[bits] ?? 0) + offset] ?? EOS;
      if (symbol === EOS) return undefined;
      text[length++] = symbol;
      code = 0;
      bits = 0;
    }
  }
  return bits < 8 && code === (1 << bits) - 1 ? text.toString('latin1', 0, length) : undefined;
}
