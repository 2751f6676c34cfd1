/**
 * The memory of one large read from a socket, given back as soon as all of it has been passed on. Node
 * allocates it anew for each read and frees it when garbage is collected, which it does not hurry
 * with: during a large list that is 60 MB at a time which nobody needs.
 */
export class Loan {
  readonly #memory: ArrayBuffer;
  #open = 1;

  /** @param memory of the read and of nothing else */
  constructor(memory: ArrayBuffer) {
    this.#memory = memory;
  }

  /** Counts one more who needs it. Who takes and never gives leaves it to the garbage collector. */
  take(): void {
    this.#open++;
  }

  /** One of them needs it no longer; with the last, every buffer on it becomes empty. */
  readonly give = (): void => {
    this.#open--;
    if (this.#open === 0 && !this.#memory.detached) this.#memory.transfer(0);
  };
}

/** Bytes. TLS hands over 16 KiB at a time of whatever is large. */
const MIN_LOAN = 8 * 1024;

/**
 * A loan of what a socket has just read, if that is worth it: of smaller reads there are never so many,
 * and a buffer that is not alone on its memory may not be given back.
 */
export function loanOf(chunk: Buffer): Loan | undefined {
  const { buffer } = chunk;
  const alone = buffer instanceof ArrayBuffer && buffer.byteLength === chunk.length;
  return alone && chunk.length >= MIN_LOAN ? new Loan(buffer) : undefined;
}
