/** As much of WebSocket framing (RFC 6455) as it takes to end a connection with a reason. */

/** Policy violation (RFC 6455 §7.4.1): the endpoint ends it because it may no longer be. */
const POLICY_VIOLATION = 1008;
const FINAL_CLOSE = 0x88;
/** A control frame holds up to 125 bytes, two of which are the code (§5.5). */
const MAX_REASON = 123;

/**
 * Follows the frames that one side sends, to know when the last byte was also the last of a frame:
 * only there may a frame of somebody else follow. It looks at frame heads and skips the rest.
 */
export class FrameBoundary {
  /** Head bytes of the frame that has begun. */
  readonly #head = Buffer.alloc(14);
  #headLength = 0;
  /** Payload bytes still to come. */
  #remaining = 0;
  #closing = false;

  /** Whether a frame could follow now: between two frames, and no close frame was sent yet. */
  get open(): boolean {
    return this.#remaining === 0 && this.#headLength === 0 && !this.#closing;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#remaining > 0) {
        const skipped = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= skipped;
        at += skipped;
        continue;
      }
      this.#head[this.#headLength++] = chunk[at++] ?? 0;
      const length = this.#payloadLength();
      if (length === undefined) continue;
      if (((this.#head[0] ?? 0) & 0x0f) === 0x08) this.#closing = true;
      this.#remaining = length;
      this.#headLength = 0;
    }
  }

  /** @returns undefined while the head is not whole */
  #payloadLength(): number | undefined {
    if (this.#headLength < 2) return undefined;
    const second = this.#head[1] ?? 0;
    const short = second & 0x7f;
    const masked = (second & 0x80) === 0 ? 0 : 4;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.#headLength < 2 + extended + masked) return undefined;
    if (extended === 0) return short;
    return extended === 2 ? this.#head.readUInt16BE(2) : Number(this.#head.readBigUInt64BE(2));
  }
}

/**
 * Makes the close frame of a server.
 *
 * @param reason cut to what such a frame can hold
 */
export function closeFrame(reason: string): Buffer {
  let text = Buffer.from(reason);
  if (text.length > MAX_REASON) {
    // Not in the middle of a character: the bytes must be UTF-8.
    let end = MAX_REASON;
    while (((text[end] ?? 0) & 0xc0) === 0x80) end--;
    text = text.subarray(0, end);
  }
  const frame = Buffer.alloc(4 + text.length);
  frame[0] = FINAL_CLOSE;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(POLICY_VIOLATION, 2);
  text.copy(frame, 4);
  return frame;
}
