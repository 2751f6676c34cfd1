/** The client's side of a request: HTTP/1.1 and HTTP/2 under one face. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

export interface Client {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** The request's body; undefined: it has none. */
  readonly body: Readable | undefined;
  /** Whether the end of `body` is the end that the client meant, and not that of its connection. */
  readonly bodyWhole: boolean;
  /** The client is gone, or has all of its answer. */
  readonly closed: boolean;
  /** Sends a 100. */
  continue(): void;
  /**
   * Begins the answer. It may wait for `flush`, so that a short answer goes out in one piece.
   *
   * @param headers names in lower case and values, in turn; taken over
   * @param trailers whether `end` may bring trailers
   */
  head(status: number, headers: string[], trailers: boolean): void;
  /** Lets go of whatever waits. */
  flush(): void;
  /**
   * @param done called once the chunk is needed no longer; it may never be
   * @returns false when `onDrain` should be waited for
   */
  write(chunk: Buffer, done?: () => void): boolean;
  /** @param trailers names in lower case and values, in turn */
  end(trailers: readonly string[]): void;
  /** Cuts the response so that nobody can take it for whole. */
  abort(): void;
  /** Before `head`: the connection shall end after this response. */
  closeAfter(): void;
  /** Calls back once, when more may be written. */
  onDrain(listener: () => void): void;
  /** Calls back once the response is over, one way or the other. */
  onClose(listener: () => void): void;
}

/**
 * What is left of a request when its response is over is read and dropped, so that the connection
 * can go on and the response is not lost to a reset; but not more bytes than this …
 */
const MAX_LEFTOVER = 1024 * 1024;
/** … and not for more milliseconds than this. */
const MAX_LEFTOVER_TIME = 5_000;
/** Up to so many bytes a body is copied behind its head: one TLS record and one write for both. */
const MAX_JOINED = 16 * 1024;

const ignore = (): void => {};

export class Http1Client implements Client {
  readonly protocol = 'HTTP/1.1';
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #hasBody: boolean;
  #status = 0;
  /** Set while the head waits. */
  #headers: string[] | undefined;
  /** The first piece of the body, while it waits with the head. */
  #first: Buffer | undefined;

  /** @param hasBody whether the request has a body, as its headers say */
  constructor(req: IncomingMessage, res: ServerResponse, hasBody: boolean) {
    this.#req = req;
    this.#res = res;
    this.#hasBody = hasBody;
    // Without a listener an error of the socket would end the process.
    res.on('error', ignore);
  }

  get body(): Readable | undefined {
    return this.#hasBody ? this.#req : undefined;
  }

  get bodyWhole(): boolean {
    return this.#req.complete;
  }

  get closed(): boolean {
    return this.#res.closed || this.#res.destroyed;
  }

  continue(): void {
    this.#res.writeContinue();
  }

  head(status: number, headers: string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  flush(): void {
    const first = this.#first;
    if (this.#headers === undefined) return;
    this.#begin();
    if (first === undefined) this.#res.flushHeaders();
    else this.#res.write(first);
  }

  write(chunk: Buffer, done?: () => void): boolean {
    if (this.#headers === undefined) return this.#res.write(chunk, done);
    if (this.#first === undefined) {
      this.#first = chunk;
      return true;
    }
    this.flush();
    return this.#res.write(chunk, done);
  }

  end(trailers: readonly string[]): void {
    const first = this.#first;
    const headers = this.#headers;
    const res = this.#res;
    if (headers !== undefined && first !== undefined && trailers.length === 0) {
      // The whole answer is there, so its length is known, whether or not the API server told it.
      if (!hasLength(headers)) headers.push('content-length', String(first.length));
      this.#begin();
      if (first.length > MAX_JOINED) res.end(first);
      else res.end(first.toString('latin1'), 'latin1');
    } else {
      if (headers !== undefined) this.#begin();
      if (first !== undefined) res.write(first);
      if (trailers.length > 0) res.addTrailers(inPairs(trailers));
      res.end();
    }
    if (this.#hasBody && !this.#req.complete) drop(this.#req);
  }

  abort(): void {
    this.#res.destroy();
  }

  closeAfter(): void {
    this.#res.shouldKeepAlive = false;
  }

  onDrain(listener: () => void): void {
    this.#res.once('drain', listener);
  }

  onClose(listener: () => void): void {
    this.#res.once('close', listener);
  }

  #begin(): void {
    this.#res.writeHead(this.#status, this.#headers);
    this.#headers = undefined;
    this.#first = undefined;
  }
}

function hasLength(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'content-length') return true;
  return false;
}

function drop(req: IncomingMessage): void {
  let left = MAX_LEFTOVER;
  const timer = setTimeout(() => req.socket.destroy(), MAX_LEFTOVER_TIME);
  timer.unref();
  req.once('end', () => clearTimeout(timer));
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.socket.destroy();
  });
  req.resume();
}

function inPairs(fields: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) pairs[fields[i] ?? ''] = fields[i + 1] ?? '';
  return pairs;
}
