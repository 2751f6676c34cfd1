/** An HTTP/1.1 connection as long as it carries plain requests for the proxy, and nothing else. */
import type { Socket } from 'node:net';
import type { ClientInfo } from '../forwarded.ts';
import type { PlainExchange, PlainRequest } from '../handlers.ts';
import { PlainHeads } from './head.ts';

/** What a connection needs of those who take its requests. */
export interface PlainConnectionHost {
  /** Whether a request target is the proxy's. */
  owns(target: string): boolean;
  infoOf(request: PlainRequest): ClientInfo;
  handle(request: PlainRequest, exchange: PlainExchange, info: ClientInfo): void;
  /** Who was called back has failed, which none may. */
  onFailure(error: unknown): void;
  /** The connection is no longer one of these: what has come of a request is in the socket. */
  handOver(): void;
  /** It has closed. */
  onClosed(): void;
}

/** Bytes that a client may send before its request is answered, and leave unread, before it waits. */
const MAX_AHEAD = 64 * 1024;
/** In how many pieces they are kept at the most: one costs some 200 bytes, whatever is in it. */
const MAX_PIECES = 64;

export class PlainConnection implements PlainExchange {
  readonly socket: Socket;
  /** Since when it waits for a request, by `performance.now()`; undefined: one is under way. */
  idleSince: number | undefined = performance.now();
  /** Whether it has answered a request. */
  used = false;
  last = false;
  onGone: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  readonly #host: PlainConnectionHost;
  readonly #heads = new PlainHeads();
  /** What came while a request was under way, or while too much waited for the client. */
  #ahead: Buffer[] = [];
  #aheadLength = 0;
  /** Whose fields `#info` was made from. */
  #fields: readonly string[] | undefined;
  #info: ClientInfo | undefined;

  /** @param socket whose bytes nobody has read yet */
  constructor(socket: Socket, host: PlainConnectionHost) {
    this.socket = socket;
    this.#host = host;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('drain', this.#onDrained);
  }

  /** Ends it now if it is idle, and else with the answer that is under way. */
  drain(): void {
    this.last = true;
    if (this.idleSince !== undefined) this.socket.destroySoon();
  }

  done(again: boolean): void {
    this.onGone = undefined;
    this.onDrain = undefined;
    this.used = true;
    this.idleSince = performance.now();
    if (!again || this.last) {
      this.socket.destroySoon();
      return;
    }
    // In another turn: whoever ended the answer may still have something to do with it.
    if (this.#ahead.length > 0) setImmediate(this.#goOn);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.idleSince === undefined || this.#ahead.length > 0 || this.#stuck) {
      this.#ahead.push(chunk);
      this.#aheadLength += chunk.length;
      if (this.#ahead.length > MAX_PIECES) this.#ahead = [Buffer.concat(this.#ahead)];
      if (this.#aheadLength > MAX_AHEAD || this.idleSince !== undefined) this.socket.pause();
      return;
    }
    this.#take(chunk);
  };

  /** A client that asks and asks and reads no answer is made to wait. */
  get #stuck(): boolean {
    return this.socket.writableLength > MAX_AHEAD;
  }

  #take(chunk: Buffer): void {
    const request = this.#heads.read(chunk);
    if (request === undefined || !this.#host.owns(request.target)) {
      this.#giveAway(chunk);
      return;
    }
    this.idleSince = undefined;
    if (this.#fields !== request.rawHeaders) {
      this.#fields = request.rawHeaders;
      this.#info = this.#host.infoOf(request);
    }
    try {
      this.#host.handle(request, this, this.#info as ClientInfo);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Hands the connection to node:http, as if nothing of this had been read. */
  #giveAway(chunk: Buffer): void {
    const { socket } = this;
    socket.removeListener('data', this.#onData);
    socket.removeListener('end', this.#onEnd);
    socket.removeListener('close', this.#onClose);
    socket.removeListener('drain', this.#onDrained);
    socket.pause();
    socket.unshift(chunk);
    this.#host.handOver();
    socket.resume();
  }

  readonly #goOn = (): void => {
    if (this.idleSince === undefined || this.#stuck || this.#ahead.length === 0) return;
    if (this.socket.destroyed) return;
    const chunk = this.#ahead.length === 1 ? this.#ahead[0] : Buffer.concat(this.#ahead);
    this.#ahead = [];
    this.#aheadLength = 0;
    if (this.socket.isPaused()) this.socket.resume();
    if (chunk !== undefined) this.#take(chunk);
  };

  readonly #onDrained = (): void => {
    if (this.onDrain !== undefined) this.#guard(this.onDrain);
    this.#goOn();
  };

  /** The client sends no more; as with node:http, it gets no more either. */
  readonly #onEnd = (): void => {
    this.socket.destroySoon();
    this.#gone();
  };

  readonly #onClose = (): void => {
    this.#host.onClosed();
    this.#gone();
  };

  #gone(): void {
    const gone = this.onGone;
    this.onGone = undefined;
    this.onDrain = undefined;
    if (gone !== undefined) this.#guard(gone);
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A fault behind one request ends its connection, and nothing else. */
  #failed(error: unknown): void {
    this.#host.onFailure(error);
    this.socket.destroy();
  }
}
