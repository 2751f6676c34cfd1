/**
 * A strict, incremental parser of HTTP/1.1 responses (RFC 9112). Bytes may come in any pieces; body
 * bytes are handed on as slices, never copied. It is told which request the next response answers,
 * because that decides whether there is a body.
 */
import { type ResponseHead, ResponseSyntaxError, readFields, readHead } from './head.ts';

export interface ResponseEvents {
  /** A 1xx other than 101. May come any number of times. */
  onInformational(head: ResponseHead): void;
  /** The final head, or that of a 101. */
  onHead(head: ResponseHead): void;
  /** Body bytes, without their transfer coding. */
  onBody(chunk: Buffer): void;
  /** The whole response is there. @param trailers names and values in turn */
  onComplete(trailers: readonly string[]): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD = 64 * 1024;
const MAX_TRAILERS = 16 * 1024;
const MAX_CHUNK_LINE = 512;
/** A head that never ends may not be repeated for ever either (RFC 9110 §15.2 sets no number). */
const MAX_INFORMATIONAL = 16;
/** What ends a body may not come behind it. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const NO_TRAILERS: readonly string[] = [];
const EMPTY = Buffer.alloc(0);
const CR = 0x0d;
const LF = 0x0a;

/**
 * A size in hexadecimal and extensions (RFC 9112 §7.1.1), without the blanks that recipients may put
 * up with; the extensions are read over.
 */
const CHUNK_LINE =
  /^([0-9a-fA-F]{1,13})(?:;[!#$%&'*+.^_`|~\w-]+(?:=(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/;

type State =
  | 'idle' // no request is under way: any byte is one too many
  | 'head'
  | 'length'
  | 'chunk-line'
  | 'chunk-data'
  | 'chunk-cr'
  | 'chunk-lf'
  | 'trailers'
  | 'close'
  | 'switched'; // after a 101 the bytes are no longer HTTP

export class ResponseParser {
  readonly #events: ResponseEvents;
  #state: State = 'idle';
  #toHead = false;
  #upgrade = false;
  #informational = 0;
  /** Body bytes to come: of the whole body, or of this chunk. */
  #remaining = 0;
  /** What has come of a head, a chunk line or trailers that are not whole yet, with room to grow. */
  #partial: Buffer = EMPTY;
  #partialLength = 0;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** Whether a response is wanted that is not whole yet. */
  get busy(): boolean {
    return this.#state !== 'idle';
  }

  /** Whether any byte of the response has come. */
  get started(): boolean {
    return this.#state !== 'head' || this.#informational > 0 || this.#partialLength > 0;
  }

  /**
   * Makes ready for the response to the request that is about to be sent.
   *
   * @param toHead it is a HEAD request
   * @param upgrade it asks for an upgrade: only then may a 101 come
   */
  expect(toHead: boolean, upgrade: boolean): void {
    this.#state = 'head';
    this.#toHead = toHead;
    this.#upgrade = upgrade;
    this.#informational = 0;
    this.#clear();
  }

  /**
   * Takes bytes as they came.
   *
   * @returns how many were used; fewer than all only after a 101, whose rest is not HTTP
   * @throws ResponseSyntaxError; the connection must then not be used again
   */
  execute(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case 'head':
          at = this.#head(chunk, at);
          break;
        case 'length':
        case 'chunk-data':
          at = this.#body(chunk, at);
          break;
        case 'chunk-line':
          at = this.#chunkLine(chunk, at);
          break;
        case 'chunk-cr':
          if (chunk[at++] !== CR) throw badChunkEnd();
          this.#state = 'chunk-lf';
          break;
        case 'chunk-lf':
          if (chunk[at++] !== LF) throw badChunkEnd();
          this.#state = 'chunk-line';
          break;
        case 'trailers':
          at = this.#trailers(chunk, at);
          break;
        case 'close':
          this.#events.onBody(at === 0 ? chunk : chunk.subarray(at));
          at = chunk.length;
          break;
        case 'switched':
          return at;
        case 'idle':
          throw new ResponseSyntaxError('bytes came that no request asked for');
      }
    }
    return at;
  }

  /**
   * The sender has ended.
   *
   * @throws ResponseSyntaxError when that cuts a response short
   */
  finish(): void {
    if (this.#state === 'close') this.#complete(NO_TRAILERS);
    else if (this.#state === 'head') {
      throw new ResponseSyntaxError(
        this.started ? 'it ended within the head' : 'it closed the connection without an answer',
      );
    } else if (this.#state !== 'idle' && this.#state !== 'switched') {
      throw new ResponseSyntaxError('it ended within the body');
    }
  }

  #head(chunk: Buffer, from: number): number {
    const [block, next] = this.#block(chunk, from, MAX_HEAD, 'the head');
    if (block === undefined) return next;
    const head = readHead(block.toString('latin1', 0, block.length - 2), this.#toHead);
    if (head.status === 101) {
      if (!this.#upgrade)
        throw new ResponseSyntaxError('it answers 101 where no upgrade was asked');
      this.#state = 'switched';
      this.#events.onHead(head);
      return next;
    }
    if (head.status < 200) {
      this.#informational++;
      if (this.#informational > MAX_INFORMATIONAL) {
        throw new ResponseSyntaxError('too many 1xx responses');
      }
      this.#events.onInformational(head);
      return next;
    }
    switch (head.framing.kind) {
      case 'none':
        this.#events.onHead(head);
        this.#complete(NO_TRAILERS);
        return next;
      case 'length':
        this.#remaining = head.framing.length;
        this.#state = 'length';
        break;
      case 'chunked':
        this.#state = 'chunk-line';
        break;
      case 'close':
        this.#state = 'close';
        break;
    }
    this.#events.onHead(head);
    return next;
  }

  #body(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + this.#remaining);
    this.#remaining -= to - from;
    const whole = this.#remaining === 0;
    const chunked = this.#state === 'chunk-data';
    if (whole && chunked) this.#state = 'chunk-cr';
    this.#events.onBody(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to));
    if (whole && !chunked) this.#complete(NO_TRAILERS);
    return to;
  }

  #chunkLine(chunk: Buffer, from: number): number {
    const lf = chunk.indexOf(LF, from);
    const to = lf === -1 ? chunk.length : lf + 1;
    if (this.#partialLength + to - from > MAX_CHUNK_LINE) {
      throw new ResponseSyntaxError('a chunk size line is too long');
    }
    if (lf === -1) {
      this.#keep(chunk, from, to);
      return to;
    }
    const line = this.#take(chunk, from, to).toString('latin1');
    const size = line.endsWith('\r\n') ? CHUNK_LINE.exec(line.slice(0, -2)) : null;
    if (size === null) throw new ResponseSyntaxError('a chunk size is not valid');
    this.#remaining = Number.parseInt(size[1] ?? '', 16);
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk-data';
    return to;
  }

  #trailers(chunk: Buffer, from: number): number {
    // No trailers at all is the usual case: one CRLF.
    if (this.#partialLength === 0 && chunk[from] === CR && chunk[from + 1] === LF) {
      this.#complete(NO_TRAILERS);
      return from + 2;
    }
    if ((this.#partialLength === 0 ? chunk[from] : this.#partial[0]) === CR) {
      if (this.#partialLength === 0) {
        this.#keep(chunk, from, from + 1);
        return from + 1;
      }
      if (chunk[from] !== LF) throw badChunkEnd();
      this.#clear();
      this.#complete(NO_TRAILERS);
      return from + 1;
    }
    const [block, next] = this.#block(chunk, from, MAX_TRAILERS, 'the trailers');
    if (block === undefined) return next;
    const text = block.toString('latin1', 0, block.length - 2);
    const trailers = readFields(text, 0);
    if (trailers.some((name, i) => i % 2 === 0 && FRAMING.has(name))) {
      throw new ResponseSyntaxError('the trailers hold framing');
    }
    this.#complete(trailers);
    return next;
  }

  /** Collects up to an empty line. @returns the block, if it is whole, and where to go on */
  #block(chunk: Buffer, from: number, max: number, what: string): [Buffer | undefined, number] {
    const before = this.#partialLength;
    if (before === 0) {
      const end = chunk.indexOf(HEAD_END, from);
      if (end !== -1 && end + 4 - from <= max) return [chunk.subarray(from, end + 4), end + 4];
    }
    this.#keep(chunk, from, Math.min(chunk.length, from + max + 1 - before));
    const joined = this.#partial.subarray(0, this.#partialLength);
    const end = joined.indexOf(HEAD_END, Math.max(0, before - 3));
    const size = end === -1 ? joined.length : end + 4;
    if (size > max) throw new ResponseSyntaxError(`${what} is larger than ${max} bytes`);
    if (end !== -1) {
      this.#clear();
      return [joined.subarray(0, size), from + size - before];
    }
    // A lone LF never becomes the end that is waited for, so it is found out at once.
    for (let lf = joined.indexOf(LF, before); lf !== -1; lf = joined.indexOf(LF, lf + 1)) {
      if (joined[lf - 1] !== CR) throw new ResponseSyntaxError(`${what} holds a lone LF`);
    }
    return [undefined, chunk.length];
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const length = this.#partialLength + to - from;
    if (length > this.#partial.length) {
      const larger = Buffer.alloc(Math.max(256, 2 * length));
      this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    chunk.copy(this.#partial, this.#partialLength, from, to);
    this.#partialLength = length;
  }

  #take(chunk: Buffer, from: number, to: number): Buffer {
    if (this.#partialLength === 0) return chunk.subarray(from, to);
    this.#keep(chunk, from, to);
    const taken = this.#partial.subarray(0, this.#partialLength);
    this.#clear();
    return taken;
  }

  #clear(): void {
    this.#partial = EMPTY;
    this.#partialLength = 0;
  }

  #complete(trailers: readonly string[]): void {
    this.#state = 'idle';
    this.#events.onComplete(trailers);
  }
}

function badChunkEnd(): ResponseSyntaxError {
  return new ResponseSyntaxError('a chunk is not ended by CRLF');
}
