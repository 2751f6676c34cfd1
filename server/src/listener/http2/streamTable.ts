/** Which streams of a session are open, which are over, and which never were (RFC 9113 §5.1). */
import { CODE, ConnectionError, protocolError } from '../../http2/frames.ts';
import type { ServerStream } from './stream.ts';

/** Streams that were reset here, and whose last frames may still come. */
const MAX_RESETS = 1_024;

export class StreamTable {
  readonly #open = new Map<number, ServerStream>();
  /** Ids of streams that were reset here, the oldest first. */
  readonly #resets = new Set<number>();
  #lastId = 0;
  /** Ids were left out: those are closed, and were never open. */
  #skipped = false;
  #final = false;

  get size(): number {
    return this.#open.size;
  }

  /** The highest id that has come. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Whether the client has been told of the last stream: later ones are not looked at. */
  get final(): boolean {
    return this.#final;
  }

  finish(): void {
    this.#final = true;
  }

  values(): IterableIterator<ServerStream> {
    return this.#open.values();
  }

  /** Whether HEADERS with this id open a stream. */
  opens(streamId: number): boolean {
    return streamId > this.#lastId && !this.#final;
  }

  /** Takes an id that {@link opens}. @throws ConnectionError */
  take(streamId: number): void {
    if (streamId % 2 === 0) throw protocolError('it opens a stream with an even number');
    if (streamId > this.#lastId + 2) this.#skipped = true;
    this.#lastId = streamId;
  }

  add(stream: ServerStream): void {
    this.#open.set(stream.id, stream);
  }

  /** @returns false where it was not open any more */
  delete(stream: ServerStream): boolean {
    return this.#open.delete(stream.id);
  }

  /** All that were open. */
  clear(): ServerStream[] {
    const streams = [...this.#open.values()];
    this.#open.clear();
    return streams;
  }

  /** Remembers that frames of a stream are to be ignored, as it was reset here. */
  reset(streamId: number): void {
    this.#resets.add(streamId);
    if (this.#resets.size <= MAX_RESETS) return;
    for (const oldest of this.#resets) {
      this.#resets.delete(oldest);
      break;
    }
  }

  /** The client has reset it too: what it still sends there is wrong. */
  resetByPeer(streamId: number): void {
    this.#resets.delete(streamId);
  }

  /**
   * The stream of DATA, or of fields behind them.
   *
   * @returns undefined: its frames are to be ignored
   * @throws ConnectionError
   */
  sending(streamId: number): ServerStream | undefined {
    const stream = this.#open.get(streamId);
    if (stream !== undefined || this.#resets.has(streamId)) return stream;
    if (this.#final && streamId > this.#lastId) return undefined;
    this.known(streamId);
    if (this.#skipped) throw protocolError('it goes back to a stream that it has skipped or ended');
    throw new ConnectionError(CODE.STREAM_CLOSED, 'it goes on with a stream that is over');
  }

  /**
   * The stream of a frame that may also come behind its end.
   *
   * @returns undefined: it is over
   * @throws ConnectionError
   */
  known(streamId: number): ServerStream | undefined {
    const stream = this.#open.get(streamId);
    if (stream === undefined && (streamId % 2 === 0 || this.opens(streamId))) {
      throw protocolError('it speaks of a stream that it never opened');
    }
    return stream;
  }
}
