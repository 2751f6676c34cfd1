/** One request and its answer on a session (RFC 9113 §5.1). */
import type { Readable } from 'node:stream';
import { CODE, MAX_FRAME } from '../../http2/frames.ts';
import { type BodyHost, RequestBody } from './body.ts';
import type { Http2Stream } from './exchange.ts';
import { checkTrailers, MalformedError, type RequestHead } from './fields.ts';
import type { Outbox, Sender } from './outbox.ts';

/** What a stream needs of its session. */
export interface StreamHost {
  readonly outbox: Outbox;
  /** Streams that are open. */
  readonly size: number;
  /** Bytes of its body have been taken. @param stream undefined: for the connection's window only */
  allow(stream: ServerStream | undefined, bytes: number): void;
  /**
   * It is over, and hears no more.
   *
   * @param code to reset it with; undefined: both sides have ended it
   * @param whole whether the client has all of the answer
   */
  close(stream: ServerStream, code: number | undefined, whole: boolean): void;
  /** Who was called back has failed, which none may. */
  onFailure(stream: ServerStream, error: unknown): void;
}

/** A piece of an answer that may not go yet. */
interface Waiting {
  readonly chunk: Buffer;
  at: number;
  readonly done: (() => void) | undefined;
}

export class ServerStream implements Http2Stream, Sender, BodyHost {
  readonly id: number;
  sendWindow: number;
  /** Bytes that the client may still send. */
  receiveWindow: number;
  /** Bytes taken that the client has not been allowed anew. */
  taken = 0;
  closed = false;
  requestWhole: boolean;
  onGone: (() => void) | undefined;
  onSent: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  readonly #host: StreamHost;
  readonly #toHead: boolean;
  readonly #body: RequestBody | undefined;
  /** Bytes of the body to come, where the head said how many. */
  #expected: number | undefined;
  #begun = false;
  /** The answer has no body, whatever its fields say (RFC 9110 §6.4.1). */
  #bodiless = false;
  #waiting: Waiting[] | undefined;
  /** What the answer ends with, once all that waits has gone. */
  #ending: readonly string[] | undefined;

  constructor(
    id: number,
    { method, fields }: RequestHead,
    endStream: boolean,
    windows: { readonly send: number; readonly receive: number },
    host: StreamHost,
  ) {
    this.id = id;
    this.sendWindow = windows.send;
    this.receiveWindow = windows.receive;
    this.requestWhole = endStream;
    this.#host = host;
    this.#toHead = method === 'HEAD';
    this.#expected = fields.contentLength;
    this.#body = endStream ? undefined : new RequestBody(this);
  }

  get begun(): boolean {
    return this.#begun;
  }

  get body(): Readable | undefined {
    return this.#body;
  }

  informational(status: number): void {
    if (this.closed || this.#begun) return;
    this.#host.outbox.head(this.id, [':status', String(status)], true);
    this.flush();
  }

  head(status: number, headers: readonly string[]): void {
    if (this.closed || this.#begun) return;
    this.#begun = true;
    this.#bodiless = this.#toHead || status === 204 || status === 304;
    const fields = [':status', String(status), ...headers];
    // RFC 9110 §8.6: no length where there cannot be a body.
    const length = status === 204 ? fields.indexOf('content-length') : -1;
    if (length !== -1) fields.splice(length, 2);
    this.#host.outbox.head(this.id, fields, false);
  }

  flush(): void {
    if (this.#host.size <= 1) this.#host.outbox.letGo(true);
    else this.#host.outbox.letGoSoon();
  }

  flushSoon(): void {
    this.#host.outbox.letGo(false);
  }

  write(chunk: Buffer, done?: () => void): boolean {
    if (this.closed || this.#bodiless || this.#ending !== undefined || chunk.length === 0) {
      done?.();
      return true;
    }
    const { outbox } = this.#host;
    const at = this.#waiting === undefined ? outbox.data(this, chunk, 0) : 0;
    if (at < chunk.length) {
      this.#waiting ??= [];
      this.#waiting.push({ chunk, at, done });
      outbox.held += chunk.length - at;
    } else {
      done?.();
      if (!outbox.congested) return true;
    }
    outbox.wait(this);
    return false;
  }

  end(trailers: readonly string[] = []): void {
    if (this.closed || this.#ending !== undefined) return;
    if (!this.#begun) {
      this.reset(CODE.INTERNAL_ERROR);
      return;
    }
    this.#ending = trailers;
    if (this.#waiting === undefined) this.#finish();
    this.#host.outbox.letGo(this.#host.size === 0);
  }

  reset(code: number): void {
    if (this.closed) return;
    const gone = this.onGone;
    this.onGone = undefined;
    // In another turn: whoever resets it may still have something to do with it.
    if (gone !== undefined) process.nextTick(gone);
    this.#host.close(this, code, false);
    this.#host.outbox.letGo(this.#host.size === 0);
  }

  /** One frame of what waits; with the last, whoever waits for that. */
  pump(): boolean {
    const { outbox } = this.#host;
    const waiting = this.#waiting;
    const first = waiting?.[0];
    if (waiting !== undefined && first !== undefined) {
      const at = outbox.data(this, first.chunk, first.at, MAX_FRAME);
      if (at === first.at) return false;
      outbox.held -= at - first.at;
      first.at = at;
      if (at < first.chunk.length) return true;
      waiting.shift();
      first.done?.();
      if (waiting.length > 0) return true;
      this.#waiting = undefined;
    }
    outbox.forget(this);
    if (this.#ending !== undefined) this.#finish();
    else this.#call(this.onDrain);
    return true;
  }

  /** Bytes of the body have come. @throws MalformedError */
  onBytes(bytes: Buffer): void {
    if (this.#expected !== undefined) {
      this.#expected -= bytes.length;
      if (this.#expected < 0) {
        this.#host.allow(undefined, bytes.length);
        throw new MalformedError('the body is longer than Content-Length');
      }
    }
    try {
      this.#body?.add(bytes);
    } catch (error) {
      this.#host.onFailure(this, error);
    }
  }

  /** Fields behind the body have come. @throws MalformedError */
  onTrailers(fields: readonly string[], endStream: boolean): void {
    if (!endStream) throw new MalformedError('fields within the body');
    checkTrailers(fields);
    this.onEnd();
  }

  /** The client has ended its body. @throws MalformedError */
  onEnd(): void {
    if (this.#expected !== undefined && this.#expected > 0) {
      throw new MalformedError('the body is shorter than Content-Length');
    }
    this.requestWhole = true;
    try {
      this.#body?.complete();
    } catch (error) {
      this.#host.onFailure(this, error);
    }
  }

  /** It is over. @param whole the client has all of the answer */
  onClosed(whole: boolean): void {
    this.closed = true;
    const { outbox } = this.#host;
    if (this.#waiting !== undefined) {
      for (const { chunk, at, done } of this.#waiting) {
        outbox.held -= chunk.length - at;
        done?.();
      }
      this.#waiting = undefined;
    }
    outbox.forget(this);
    const told = whole ? this.onSent : this.onGone;
    this.onGone = undefined;
    this.onSent = undefined;
    this.onDrain = undefined;
    if (this.#body !== undefined && !this.#body.readableEnded) this.#body.destroy();
    this.#call(told);
  }

  onTaken(bytes: number): void {
    this.#host.allow(this.closed || this.requestWhole ? undefined : this, bytes);
  }

  onHeld(bytes: number): void {
    this.#host.outbox.held += bytes;
  }

  /** Nothing more comes of it: the client has all of it. */
  #finish(): void {
    const { outbox } = this.#host;
    const trailers = this.#ending ?? [];
    if (trailers.length > 0) outbox.trailers(this.id, trailers);
    else outbox.endStream(this.id);
    // RFC 9113 §8.1: the rest of the request is not wanted, and that is no error.
    this.#host.close(this, this.requestWhole ? undefined : CODE.NO_ERROR, true);
  }

  #call(listener: (() => void) | undefined): void {
    if (listener === undefined) return;
    try {
      listener();
    } catch (error) {
      this.#host.onFailure(this, error);
    }
  }
}
