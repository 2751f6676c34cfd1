/** One request over HTTP/2 and the stream for its answer, as those who answer see them. */
import type { Readable } from 'node:stream';

/** The head of a request over HTTP/2. Its body, if it has one, is its stream's. */
export interface Http2Request {
  readonly method: string;
  /** The raw request target; empty with CONNECT, which has none. */
  readonly target: string;
  /**
   * Names in lower case and values in turn, as they came, with `:authority` before them and no other
   * pseudo-header. One array for all requests of a connection whose fields are the same.
   */
  readonly rawHeaders: readonly string[];
}

/**
 * One request's stream, for its answer. Nothing of it fails: what is written to a stream that is over is
 * dropped.
 */
export interface Http2Stream {
  /** The answer is whole, or the stream was reset, by either side. */
  readonly closed: boolean;
  /** Whether the answer has begun. */
  readonly begun: boolean;
  /** Undefined: the request has none. */
  readonly body: Readable | undefined;
  /** Whether the client has ended its request, and did not break it off. */
  readonly requestWhole: boolean;
  /** To be called once, where the stream is over before the answer is whole. */
  onGone: (() => void) | undefined;
  /** To be called once, when all of an answer that had to wait has been sent. */
  onSent: (() => void) | undefined;
  /** To be called whenever more may be written. */
  onDrain: (() => void) | undefined;
  /** Sends a 1xx. */
  informational(status: number): void;
  /** Begins the answer. @param headers names in lower case and values in turn, valid in HTTP/2 */
  head(status: number, headers: readonly string[]): void;
  /** Lets go of what was written; `end` does so too. */
  flush(): void;
  /** The same at the end of the turn, so that what still comes can join it. */
  flushSoon(): void;
  /**
   * @param done called once the chunk is needed no longer, mostly before this returns
   * @returns false when `onDrain` should be waited for
   */
  write(chunk: Buffer, done?: () => void): boolean;
  /** @param trailers names in lower case and values in turn */
  end(trailers?: readonly string[]): void;
  /** Ends it so that nobody can take the answer for whole. @param code of RFC 9113 §7 */
  reset(code: number): void;
}
