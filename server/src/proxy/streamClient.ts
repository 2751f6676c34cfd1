/** The client of a request over HTTP/2. */
import type { Readable } from 'node:stream';
import { CODE } from '../http2/frames.ts';
import type { Client } from './client.ts';

/** What the listener lends for one request; see its `Http2Stream`. */
export interface ClientStream {
  readonly closed: boolean;
  readonly body: Readable | undefined;
  readonly requestWhole: boolean;
  onGone: (() => void) | undefined;
  onSent: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  informational(status: number): void;
  head(status: number, headers: readonly string[]): void;
  flush(): void;
  write(chunk: Buffer, done?: () => void): boolean;
  end(trailers?: readonly string[]): void;
  reset(code: number): void;
}

/** Field values (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/**
 * What an answer says once or not at all. An API server that says it twice contradicts itself, and what
 * a client makes of that is not left to the client.
 */
const SINGLE: ReadonlyMap<string, number> = new Map(
  [
    ...['age', 'content-encoding', 'content-language', 'content-length', 'content-location'],
    ...['content-range', 'content-type', 'date', 'etag', 'expires', 'last-modified', 'location'],
    ...['retry-after'],
  ].map((name, i) => [name, 1 << i]),
);
const DATE = SINGLE.get('date') ?? 0;

export class StreamClient implements Client {
  readonly protocol = 'HTTP/2';
  readonly #stream: ClientStream;
  #over = false;

  constructor(stream: ClientStream) {
    this.#stream = stream;
  }

  get body(): Readable | undefined {
    return this.#stream.body;
  }

  get bodyWhole(): boolean {
    return this.#stream.requestWhole;
  }

  get closed(): boolean {
    return this.#stream.closed;
  }

  continue(): void {
    this.#stream.informational(100);
  }

  head(status: number, headers: string[]): void {
    let seen = 0;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? '';
      const bit = SINGLE.get(name) ?? 0;
      if ((seen & bit) !== 0) throw new Error(`${name} is there more than once`);
      seen |= bit;
      if (!VALUE.test(headers[i + 1] ?? '')) {
        throw new Error(`a value of ${name} cannot be written`);
      }
    }
    if ((seen & DATE) === 0) headers.push('date', new Date().toUTCString());
    this.#stream.head(status, headers);
  }

  flush(): void {
    this.#stream.flush();
  }

  write(chunk: Buffer, done?: () => void): boolean {
    return this.#stream.write(chunk, done);
  }

  end(trailers: readonly string[]): void {
    this.#over = true;
    this.#stream.end(trailers);
  }

  abort(): void {
    this.#stream.reset(CODE.INTERNAL_ERROR);
  }

  closeAfter(): void {}

  onDrain(listener: () => void): void {
    this.#stream.onDrain = () => {
      this.#stream.onDrain = undefined;
      listener();
    };
  }

  onClose(listener: () => void): void {
    const stream = this.#stream;
    if (stream.closed) {
      process.nextTick(listener);
      return;
    }
    stream.onGone = listener;
    if (this.#over) stream.onSent = listener;
  }
}
