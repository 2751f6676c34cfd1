/**
 * Where the items of a CBOR sequence end (RFC 8742), told from the heads of what is inside them.
 * Nothing is kept but how much is still to come. Where bytes are not well-formed, or of a form that
 * the API server never writes, it is not guessed: from then on no item is said to have ended.
 */

/** Deeper than any object of Kubernetes; what is deeper only costs an event of ours. */
const MAX_DEPTH = 1_024;

export class CborSequence {
  /** Of each array, map and tag that is open, the innermost last: how many items are to come. */
  readonly #open: number[] = [];
  /** Bytes of the string under way that are still to come. */
  #string = 0;
  /** Bytes of the head under way that are still to come, and what it says so far. */
  #digits = 0;
  #argument = 0;
  #major = 0;
  #lost = false;

  /** Whether an item has just ended, or none has begun. */
  get between(): boolean {
    return !this.#lost && this.#open.length === 0 && this.#string === 0 && this.#digits === 0;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#lost) {
      if (this.#string > 0) {
        const step = Math.min(this.#string, chunk.length - at);
        this.#string -= step;
        at += step;
        if (this.#string === 0) this.#ended();
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (this.#digits > 0) {
        this.#argument = this.#argument * 256 + byte;
        if (--this.#digits === 0) this.#begun();
      } else this.#head(byte);
    }
  }

  /** The first byte of an item: its major type, and its argument or how long that is (§3). */
  #head(byte: number): void {
    this.#major = byte >> 5;
    const info = byte & 0x1f;
    if (info < 24) {
      this.#argument = info;
      this.#begun();
    } else if (info < 28) {
      this.#argument = 0;
      this.#digits = 1 << (info - 24);
    } else {
      // 28 to 30 are reserved; 31 is a length that is not told, which the API server never writes.
      this.#lost = true;
    }
  }

  /** The head of an item is whole. */
  #begun(): void {
    const argument = this.#argument;
    switch (this.#major) {
      case 2:
      case 3:
        this.#string = argument;
        if (argument === 0) this.#ended();
        break;
      case 4:
        this.#hold(argument);
        break;
      case 5:
        this.#hold(argument * 2);
        break;
      case 6:
        this.#hold(1);
        break;
      default:
        // Numbers and simple values are nothing but their heads.
        this.#ended();
    }
    // Beyond that, numbers are not exact, and nothing is so long.
    if (this.#string > Number.MAX_SAFE_INTEGER) this.#lost = true;
  }

  #hold(items: number): void {
    if (items === 0) this.#ended();
    else if (items > Number.MAX_SAFE_INTEGER || this.#open.length === MAX_DEPTH) this.#lost = true;
    else this.#open.push(items);
  }

  /** An item has ended, and with it each of those around it whose last one it was. */
  #ended(): void {
    for (let items = this.#open.pop(); items !== undefined; items = this.#open.pop()) {
      if (items === 1) continue;
      this.#open.push(items - 1);
      return;
    }
  }
}
