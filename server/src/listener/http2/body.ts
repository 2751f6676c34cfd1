/** The body of a request, as its DATA come, with the window that its client has for it. */
import { Readable } from 'node:stream';

/** What a body needs of its stream. */
export interface BodyHost {
  /** So many bytes have been taken, and as many more may come. */
  onTaken(bytes: number): void;
  /** So many bytes more, or fewer, are kept here for a reader who does not read. */
  onHeld(bytes: number): void;
}

/** Bytes. What comes in small pieces is put together, so that pieces do not cost more than bytes. */
const BLOCK = 4 * 1024;

/**
 * Nobody makes it larger than its window: what is not read is kept here, and the client is told to go
 * on only as it is read. It ends only where the client has ended it, and is destroyed where the client
 * or its connection broke off.
 */
export class RequestBody extends Readable {
  readonly #host: BodyHost;
  #wanted = false;
  #ended = false;
  /** Whole blocks, the oldest first, and the one that is being filled. */
  #held: Buffer[] = [];
  #block: Buffer | undefined;
  #filled = 0;

  constructor(host: BodyHost) {
    // One piece at a time: what more there is waits here, where it is counted.
    super({ highWaterMark: 1 });
    this.#host = host;
  }

  /** @param bytes of a read that others will follow */
  add(bytes: Buffer): void {
    if (this.destroyed) {
      this.#host.onTaken(bytes.length);
    } else if (this.#wanted && this.#block === undefined && this.#held.length === 0) {
      this.#deliver(bytes);
    } else {
      this.#host.onHeld(bytes.length);
      this.#hold(bytes);
    }
  }

  /** The client has sent all of it. */
  complete(): void {
    this.#ended = true;
    this.#endIfRead();
  }

  override _read(): void {
    this.#wanted = true;
    while (this.#wanted) {
      const chunk = this.#held.shift() ?? this.#takeBlock();
      if (chunk === undefined) break;
      this.#host.onHeld(-chunk.length);
      this.#deliver(chunk);
    }
    this.#endIfRead();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    let bytes = this.#filled;
    for (const chunk of this.#held) bytes += chunk.length;
    this.#held = [];
    this.#block = undefined;
    this.#filled = 0;
    if (bytes > 0) {
      this.#host.onHeld(-bytes);
      this.#host.onTaken(bytes);
    }
    callback(error);
  }

  #deliver(chunk: Buffer): void {
    this.#host.onTaken(chunk.length);
    this.#wanted = this.push(chunk);
  }

  /** Copies: a slice would keep the whole read alive that it is a part of. */
  #hold(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      this.#block ??= Buffer.allocUnsafeSlow(Math.max(BLOCK, bytes.length - at));
      const copied = bytes.copy(this.#block, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled < this.#block.length) continue;
      this.#held.push(this.#block);
      this.#block = undefined;
      this.#filled = 0;
    }
  }

  #takeBlock(): Buffer | undefined {
    const block = this.#block?.subarray(0, this.#filled);
    this.#block = undefined;
    this.#filled = 0;
    return block;
  }

  #endIfRead(): void {
    if (!this.#ended || this.#held.length > 0 || this.#block !== undefined) return;
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }
}
