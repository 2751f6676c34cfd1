import type { ResponseHead } from './upstream/head.ts';

/** Bytes; what is kept is a Status or a review, of a few hundred. */
export const MAX_HELD = 64 * 1024;

/** An answer of the cluster, kept until it is known what becomes of it. */
export class HeldAnswer {
  readonly head: ResponseHead;
  readonly chunks: Buffer[] = [];
  #bytes = 0;

  constructor(head: ResponseHead) {
    this.head = head;
  }

  /** @returns false where it has become more than is kept */
  push(chunk: Buffer): boolean {
    // Kept past this turn, when the connection may have been given away.
    this.chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    return this.#bytes <= MAX_HELD;
  }
}
