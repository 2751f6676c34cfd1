/**
 * The client of a plain request: its answer is written to the socket as HTTP/1.1, and mostly in one
 * piece. The same rules as node:http's, for the one kind of request that has no body and whose
 * connection goes on.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Client } from './client.ts';

/** What the listener lends for one request; see its `PlainExchange`. */
export interface Turn {
  readonly socket: Socket;
  readonly last: boolean;
  onGone: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  done(again: boolean): void;
}

/** Seconds that the connection stays open between requests, as the listener keeps it. */
const KEEP_ALIVE = 'connection: keep-alive\r\nkeep-alive: timeout=120\r\n';
const CLOSE = 'connection: close\r\n';
/** Up to so many bytes are copied, for one TLS record and one write. */
const MAX_JOINED = 16 * 1024;
/** Field values (RFC 9110 §5.5): whatever else may be wrong, no value ends its line. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export class SocketClient implements Client {
  readonly protocol = 'HTTP/1.1';
  readonly body = undefined;
  readonly bodyWhole = true;
  readonly #turn: Turn;
  readonly #toHead: boolean;
  /** Set while the head waits: all of it but how the end of the body is told. */
  #head: string | undefined;
  /** The first piece of the body, while it waits with the head. */
  #first: Buffer | undefined;
  #hasLength = false;
  /** The answer has no body, whatever its fields say (RFC 9112 §6.3). */
  #bodiless = false;
  #chunked = false;
  #close = false;
  #over = false;

  /** @param method of the request */
  constructor(turn: Turn, method: string) {
    this.#turn = turn;
    this.#toHead = method === 'HEAD';
  }

  get closed(): boolean {
    return this.#over || this.#turn.socket.destroyed;
  }

  continue(): void {}

  head(status: number, headers: readonly string[]): void {
    this.#bodiless = this.#toHead || status === 204 || status === 304;
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
    let dated = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? '';
      const value = headers[i + 1] ?? '';
      if (!VALUE.test(value)) throw new Error(`a value of ${name} cannot be written`);
      if (name === 'content-length') {
        this.#hasLength = true;
        // RFC 9110 §8.6: not with 204.
        if (status === 204) continue;
      } else if (name === 'date') dated = true;
      head += `${name}: ${value}\r\n`;
    }
    if (!dated) head += `date: ${new Date().toUTCString()}\r\n`;
    this.#head = head;
  }

  flush(): void {
    if (this.#head === undefined) return;
    const first = this.#first;
    const head = this.#takeHead(this.#hasLength || this.#bodiless ? '' : this.#inChunks());
    if (first === undefined) this.#write(head);
    else if (this.#joins(first)) this.#write(head + this.#piece(first));
    else {
      this.#write(head);
      this.write(first);
    }
  }

  write(chunk: Buffer, done?: () => void): boolean {
    if (this.closed || this.#bodiless || chunk.length === 0) return true;
    if (this.#head !== undefined) {
      if (this.#first === undefined) {
        this.#first = chunk;
        return true;
      }
      this.flush();
    }
    const { socket } = this.#turn;
    if (!this.#chunked) return socket.write(chunk, done);
    if (this.#joins(chunk) && done === undefined) return this.#write(this.#piece(chunk));
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk, done);
    const more = socket.write('\r\n', 'latin1');
    socket.uncork();
    return more;
  }

  end(trailers: readonly string[]): void {
    if (this.closed) return;
    if (this.#head !== undefined) {
      const first = this.#first;
      // The whole answer is there, so its length is known, whether or not the API server told it.
      if (trailers.length === 0 && !this.#hasLength && !this.#bodiless) {
        this.#hasLength = true;
        this.#head += `content-length: ${first?.length ?? 0}\r\n`;
      }
      this.flush();
    }
    if (this.#chunked) {
      let last = '0\r\n';
      for (let i = 0; i < trailers.length; i += 2) {
        const value = trailers[i + 1] ?? '';
        if (VALUE.test(value)) last += `${trailers[i]}: ${value}\r\n`;
      }
      this.#write(`${last}\r\n`);
    }
    this.#over = true;
    this.#turn.done(!this.#close);
  }

  abort(): void {
    // A whole answer that the client has not taken goes with its connection, as a broken one does.
    this.#turn.socket.destroy();
  }

  closeAfter(): void {
    this.#close = true;
  }

  onDrain(listener: () => void): void {
    this.#turn.onDrain = () => {
      this.#turn.onDrain = undefined;
      listener();
    };
  }

  onClose(listener: () => void): void {
    if (!this.#over) {
      this.#turn.onGone = listener;
      return;
    }
    // Behind all that waits: called once the client has taken it, or is gone.
    this.#turn.socket.write('', () => listener());
  }

  #takeHead(framing: string): string {
    // The listener may have begun to stop since the request came.
    this.#close ||= this.#turn.last;
    const head = `${this.#head}${framing}${this.#close ? CLOSE : KEEP_ALIVE}\r\n`;
    this.#head = undefined;
    this.#first = undefined;
    return head;
  }

  #inChunks(): string {
    this.#chunked = true;
    return 'transfer-encoding: chunked\r\n';
  }

  #joins(chunk: Buffer): boolean {
    return chunk.length <= MAX_JOINED;
  }

  /** A piece of the body, as it is written. */
  #piece(chunk: Buffer): string {
    const text = chunk.toString('latin1');
    return this.#chunked ? `${chunk.length.toString(16)}\r\n${text}\r\n` : text;
  }

  #write(text: string): boolean {
    return this.#turn.socket.write(text, 'latin1');
  }
}
