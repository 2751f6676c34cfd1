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

/**
 * The code as a machine that takes four bits at a time, of which no two symbols end within: for each
 * inner node of the code's tree and each four bits the next node, and the symbol that has ended.
 */
const MOVES = new Int32Array(256 * 16);
const NODE = 0xff;
const SYMBOL_SHIFT = 8;
const ENDED = 1 << 16;
const WRONG = 1 << 17;
/** Nodes at which a string may end: fewer than eight bits below the root, all of them ones. */
const MAY_END = new Uint8Array(256);

{
  const lengths = LENGTHS.trim()
    .split(/\s+/)
    .flatMap((run) => {
      const [bits = 0, times = 1] = run.split('x').map(Number);
      return Array<number>(times).fill(bits);
    });
  lengths[EOS] = MAX_BITS;
  /** Children of each inner node: another one, or a leaf, which is written `-1 - symbol`. */
  const children: Array<[number, number]> = [[0, 0]];
  let code = 0;
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    code <<= 1;
    for (let symbol = 0; symbol <= EOS; symbol++) {
      if (lengths[symbol] !== bits) continue;
      let node = 0;
      for (let bit = bits - 1; bit >= 0; bit--) {
        const side = ((code >> bit) & 1) as 0 | 1;
        const pair = children[node] ?? [0, 0];
        if (bit === 0) pair[side] = -1 - symbol;
        else if (pair[side] === 0) pair[side] = children.push([0, 0]) - 1;
        node = pair[side] ?? 0;
      }
      code++;
    }
  }
  for (let node = 0; node < children.length; node++) {
    for (let four = 0; four < 16; four++) {
      let at = node;
      let move = 0;
      for (let bit = 3; bit >= 0 && (move & WRONG) === 0; bit--) {
        const next = children[at]?.[(four >> bit) & 1] ?? 0;
        at = Math.max(next, 0);
        if (next === -1 - EOS) move = WRONG;
        else if (next < 0) move = ENDED | ((-1 - next) << SYMBOL_SHIFT);
      }
      MOVES[node * 16 + four] = move | at;
    }
  }
  for (let node = 0, bits = 0; bits < 8; bits++) {
    MAY_END[node] = 1;
    node = children[node]?.[1] ?? 0;
  }
}

/** Most strings fit into it, and are read out of it at once. */
const scratch = Buffer.allocUnsafeSlow(4_096);

/**
 * Decodes a string.
 *
 * @returns the string, in latin1; undefined: it is not valid, as when its padding is not the
 *   beginning of EOS, or EOS itself is in it (RFC 7541 §5.2)
 */
export function decodeHuffman(bytes: Buffer, from = 0, to = bytes.length): string | undefined {
  const most = Math.floor(((to - from) * 8) / 5);
  const text = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  let length = 0;
  let node = 0;
  for (let at = from; at < to; at++) {
    const octet = bytes[at] ?? 0;
    let move = MOVES[node * 16 + (octet >> 4)] ?? WRONG;
    if ((move & (ENDED | WRONG)) !== 0) {
      if ((move & WRONG) !== 0) return undefined;
      text[length++] = move >> SYMBOL_SHIFT;
    }
    node = move & NODE;
    move = MOVES[node * 16 + (octet & 15)] ?? WRONG;
    if ((move & (ENDED | WRONG)) !== 0) {
      if ((move & WRONG) !== 0) return undefined;
      text[length++] = move >> SYMBOL_SHIFT;
    }
    node = move & NODE;
  }
  return MAY_END[node] === 1 ? text.toString('latin1', 0, length) : undefined;
}
