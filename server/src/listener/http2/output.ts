/**
 * What a session has to say, frame behind frame in one piece of memory, until it is let go of: all that
 * is made in one turn goes out in one write, and so mostly in one TLS record.
 */
import type { Duplex } from 'node:stream';
import { FLAG, FRAME_HEADER, MAX_FRAME, TYPE } from '../../http2/frames.ts';

/** Bytes. A head and a short answer behind it. */
const SMALL = 2 * 1024;
/** Bytes that are collected at most: four TLS records. */
const SLAB = 64 * 1024;
/** A DATA frame shorter than this is not begun at the end of a slab that is as good as full. */
const MIN_PIECE = 1024;
/** Slabs that are kept for the next to need one, so that a large answer leaves no garbage. */
const MAX_FREE = 32;

const free: Buffer[] = [];

export class FrameOutput {
  readonly #socket: Duplex;
  #bytes: Buffer | undefined;
  #length = 0;
  /** The stream that the last HEADERS or DATA belong to, and where their flags are. */
  #lastStream = 0;
  #lastFlags = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds a frame that is whole already. */
  frame(bytes: Buffer): void {
    const to = this.#room(bytes.length);
    bytes.copy(to, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Adds a header block in as many frames as it takes.
   *
   * @param block in latin1
   * @param begins whether it begins an answer or ends it, and so may be the stream's last frame
   */
  headers(streamId: number, block: string, endStream: boolean, begins: boolean): void {
    for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME) {
      const size = Math.min(block.length - at, MAX_FRAME);
      const last = at + size === block.length ? FLAG.END_HEADERS : 0;
      const bytes = this.#room(FRAME_HEADER + size);
      if (at === 0) {
        this.#begin(bytes, size, TYPE.HEADERS, last | (endStream ? FLAG.END_STREAM : 0), streamId);
        this.#lastStream = begins ? streamId : 0;
      } else {
        this.#begin(bytes, size, TYPE.CONTINUATION, last, streamId);
      }
      const piece = size === block.length ? block : block.slice(at, at + size);
      this.#length += bytes.write(piece, this.#length, 'latin1');
    }
  }

  /**
   * Adds a DATA frame.
   *
   * @param most bytes of the chunk that it may hold
   * @returns how many it holds: fewer where it is the last that fits
   */
  data(streamId: number, chunk: Buffer, from: number, most: number): number {
    if (this.#length + FRAME_HEADER + Math.min(most, MIN_PIECE) > SLAB) this.flush();
    const size = Math.min(most, MAX_FRAME, SLAB - this.#length - FRAME_HEADER);
    const bytes = this.#room(FRAME_HEADER + size);
    this.#begin(bytes, size, TYPE.DATA, 0, streamId);
    chunk.copy(bytes, this.#length, from, from + size);
    this.#length += size;
    this.#lastStream = streamId;
    return size;
  }

  /** Says that a stream ends: with its last frame if that is still here, or else by one more. */
  endStream(streamId: number): void {
    if (this.#lastStream === streamId && this.#bytes !== undefined) {
      this.#bytes[this.#lastFlags] = (this.#bytes[this.#lastFlags] ?? 0) | FLAG.END_STREAM;
      return;
    }
    this.#begin(this.#room(FRAME_HEADER), 0, TYPE.DATA, FLAG.END_STREAM, streamId);
  }

  /** Lets go of all that waits. @returns false where the socket wants no more for now */
  flush(): boolean {
    const bytes = this.#bytes;
    const length = this.#length;
    this.#bytes = undefined;
    this.#length = 0;
    this.#lastStream = 0;
    const socket = this.#socket;
    if (bytes === undefined || !socket.writable) return !socket.writableNeedDrain;
    const written = bytes.subarray(0, length);
    if (bytes.length !== SLAB) return socket.write(written);
    // Of a socket that has failed nobody knows what it still holds.
    return socket.write(written, (error) => {
      if (error == null) keep(bytes);
    });
  }

  /** Writes the nine octets of a frame (RFC 9113 §4.1), for which there is room. */
  #begin(bytes: Buffer, size: number, type: number, flags: number, streamId: number): void {
    let at = this.#length;
    bytes[at++] = size >> 16;
    bytes[at++] = size >> 8;
    bytes[at++] = size;
    bytes[at++] = type;
    this.#lastFlags = type === TYPE.CONTINUATION ? this.#lastFlags : at;
    bytes[at++] = flags;
    bytes[at++] = streamId >> 24;
    bytes[at++] = streamId >> 16;
    bytes[at++] = streamId >> 8;
    bytes[at++] = streamId;
    this.#length = at;
  }

  /** Makes room for so many bytes more, at most a frame's. @returns where they go */
  #room(size: number): Buffer {
    let bytes = this.#bytes;
    if (this.#length + size > SLAB) {
      this.flush();
      bytes = undefined;
    }
    const needed = this.#length + size;
    if (bytes !== undefined && bytes.length >= needed) return bytes;
    const larger = needed <= SMALL ? Buffer.allocUnsafe(SMALL) : takeSlab();
    bytes?.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    return larger;
  }
}

function takeSlab(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(SLAB);
}

function keep(slab: Buffer): void {
  if (free.length < MAX_FREE) free.push(slab);
}
