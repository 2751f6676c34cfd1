/** One request and its answer on a connection that it shares with others. */
import { CODE, codeName } from '../../../http2/frames.ts';
import type { Carrier, ResponseHandler } from '../connection.ts';
import { failureOfSocket, UpstreamFailure } from '../failure.ts';
import { ResponseSyntaxError } from '../head.ts';
import { requestFields, responseHead, responseTrailers } from './message.ts';

/**
 * Bytes that a server may send on a stream before its client has taken them. So much at most is held
 * here for a client that reads slowly; and over a round trip of 20 ms it lets 6 MB a second through.
 */
export const STREAM_WINDOW = 128 * 1024;
/** In how many pieces that is kept at the most: one costs some 200 bytes, whatever is in it. */
const MAX_PIECES = 64;
/** A header that never ends may not be repeated for ever either (RFC 9110 §15.2 sets no number). */
const MAX_INFORMATIONAL = 16;

/** What a stream needs of its session. */
export interface StreamHost {
  /** Whether requests have been sent on it before. */
  readonly used: boolean;
  /** Opens the stream: from now on the session tells it what comes. */
  start(stream: SharedStream, fields: readonly string[]): void;
  /** Bytes have been taken, so the server may send as many again. */
  allow(stream: SharedStream, bytes: number): void;
  /** Gives the stream up, before it is whole. */
  cancel(stream: SharedStream, code: number): void;
}

export class SharedStream implements Carrier {
  /** 0: not begun yet. */
  id = 0;
  /** Bytes that the server may still send. */
  window = STREAM_WINDOW;
  /** Whether it has been handed anything in the read under way, for the session. */
  touched = false;
  reused = false;
  answered = false;
  readonly #host: StreamHost;
  #handler: ResponseHandler | undefined;
  #informational = 0;
  #inBody = false;
  /** Body bytes to come, where the head said how many. */
  #expected: number | undefined;
  /** Bytes taken that the server has not been told of. */
  #taken = 0;
  #paused = false;
  /** What came while it was paused. */
  #held: Buffer[] | undefined;
  /** The answer is whole, and is to be told as such once nothing is held any more. */
  #trailers: readonly string[] | undefined;

  constructor(host: StreamHost) {
    this.#host = host;
  }

  begin(handler: ResponseHandler, head: string): void {
    this.#handler = handler;
    this.reused = this.#host.used;
    this.#host.start(this, requestFields(head));
  }

  /** Its request has no body, so it ends with its head. */
  requestEnded(): void {}

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    while (held !== undefined && !this.#paused) {
      const chunk = held.shift();
      if (chunk === undefined) {
        this.#held = undefined;
        break;
      }
      this.#deliver(chunk);
    }
    this.#complete();
    this.#handler?.onPause();
  }

  destroy(): void {
    if (this.#handler === undefined) return;
    this.#handler = undefined;
    this.#held = undefined;
    this.#host.cancel(this, CODE.CANCEL);
  }

  /** A header block has come. @throws ResponseSyntaxError */
  onFields(fields: readonly string[], endStream: boolean): void {
    if (this.#inBody) {
      // RFC 9113 §8.1: behind a body there is one more block at most.
      if (!endStream) throw new ResponseSyntaxError('fields within the body');
      this.#end(responseTrailers(fields));
      return;
    }
    const head = responseHead(fields, endStream);
    this.answered = true;
    if (head.status < 200) {
      this.#informational++;
      if (this.#informational > MAX_INFORMATIONAL) {
        throw new ResponseSyntaxError('too many 1xx responses');
      }
      this.#handler?.onInformational(head);
      return;
    }
    this.#inBody = true;
    this.#expected = head.framing.kind === 'length' ? head.framing.length : undefined;
    this.#handler?.onHead(head);
    if (endStream) this.#end([]);
  }

  /** Bytes of the body have come. @throws ResponseSyntaxError */
  onBytes(bytes: Buffer): void {
    if (!this.#inBody) throw new ResponseSyntaxError('a body without a head');
    if (this.#expected !== undefined) {
      this.#expected -= bytes.length;
      if (this.#expected < 0) {
        throw new ResponseSyntaxError('the body is longer than Content-Length');
      }
    }
    if (this.#paused || this.#held !== undefined) {
      // A slice would keep the whole read alive that it is a part of.
      this.#held ??= [];
      this.#held.push(Buffer.from(bytes));
      if (this.#held.length > MAX_PIECES) {
        const all = this.#held.splice(0);
        this.#held.push(Buffer.concat(all));
      }
    } else {
      this.#deliver(bytes);
    }
  }

  /** The server has ended its body. @throws ResponseSyntaxError */
  onEnd(): void {
    if (!this.#inBody) throw new ResponseSyntaxError('a body without a head');
    this.#end([]);
  }

  /** Padding, which nobody has to take. */
  onPadding(bytes: number): void {
    this.#allow(bytes);
  }

  /** All that one read held has been handed on. */
  onPause(): void {
    this.#handler?.onPause();
  }

  /** The server has reset it. */
  onReset(code: number): void {
    if (code === CODE.REFUSED_STREAM || code === CODE.HTTP_1_1_REQUIRED) this.reused = true;
    this.fail(new UpstreamFailure('broken', `it reset the stream (${codeName(code)})`));
  }

  /** It has ended, and not well; its handler hears no more. */
  fail(failure: unknown): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#held = undefined;
    handler?.onFailed(failureOfSocket(failure));
  }

  #deliver(chunk: Buffer): void {
    this.#handler?.onBody(chunk);
    this.#allow(chunk.length);
  }

  #allow(bytes: number): void {
    this.#taken += bytes;
    // Half a window at a time: enough not to be waited for, and seldom enough to cost nothing.
    if (this.#taken < STREAM_WINDOW / 2 || this.#trailers !== undefined) return;
    const taken = this.#taken;
    this.#taken = 0;
    this.#host.allow(this, taken);
  }

  #end(trailers: readonly string[]): void {
    if (this.#expected !== undefined && this.#expected > 0) {
      throw new ResponseSyntaxError('the body is shorter than Content-Length');
    }
    this.#trailers = trailers;
    this.#complete();
  }

  #complete(): void {
    if (this.#trailers === undefined || this.#held !== undefined) return;
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onComplete(this.#trailers);
  }
}
