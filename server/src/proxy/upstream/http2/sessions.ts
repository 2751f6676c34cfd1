/**
 * The shared connections to one API server: as few as its limit of streams allows. A server that
 * does not speak HTTP/2 is found out by ALPN, and its requests go the way of HTTP/1.1.
 */
import type { TLSSocket } from 'node:tls';
import type { Caller } from '../dial.ts';
import type { UpstreamFailure } from '../failure.ts';
import { Session } from './session.ts';
import type { SharedStream } from './stream.ts';

/** Who waits for a stream. */
export interface StreamWaiter {
  /** Must begin a request on it, at once or not at all. */
  onShared(stream: SharedStream): void;
  onFailed(failure: UpstreamFailure): void;
}

export interface SessionsOptions<W extends StreamWaiter> {
  /** Dials with ALPN `h2` first and `http/1.1` second. */
  readonly dial: (caller: Caller) => void;
  /** The server does not speak HTTP/2: the waiter is to be served otherwise. */
  readonly otherwise: (waiter: W, socket: TLSSocket | undefined) => void;
  /** Milliseconds for the server's first SETTINGS. */
  readonly readyTimeout: number;
}

/** Milliseconds for which a server that did not speak HTTP/2 is not asked again whether it does. */
const HTTP1_FOR = 600_000;

export class Sessions<W extends StreamWaiter> implements Caller {
  readonly #options: SessionsOptions<W>;
  readonly #sessions = new Set<Session>();
  #waiting: W[] = [];
  #dialing = false;
  #retired = false;
  #http1Until = 0;

  constructor(options: SessionsOptions<W>) {
    this.#options = options;
  }

  /** Whether nothing is open and nobody waits. */
  get empty(): boolean {
    return this.#sessions.size === 0 && !this.#dialing;
  }

  /** Whether no more requests will come. */
  get retired(): boolean {
    return this.#retired;
  }

  /** How many connections are open, and streams on them. */
  size(): { readonly sessions: number; readonly streams: number } {
    let streams = 0;
    for (const session of this.#sessions) streams += session.size;
    return { sessions: this.#sessions.size, streams };
  }

  /** Gives a stream: at once, before this returns, where there is room for one. */
  acquire(waiter: W): void {
    if (performance.now() < this.#http1Until) {
      this.#options.otherwise(waiter, undefined);
      return;
    }
    for (const session of this.#sessions) {
      if (session.room <= 0) continue;
      waiter.onShared(session.open());
      return;
    }
    this.#waiting.push(waiter);
    if (!this.#dialing) this.#dial();
  }

  /** Opens no more streams on what is open, once nobody waits any more. */
  retire(): void {
    this.#retired = true;
    for (const session of this.#sessions) session.drain();
  }

  /** To be called every few seconds. @param now by `performance.now()` */
  sweep(now: number, idleTimeout: number): void {
    for (const session of this.#sessions) session.sweep(now, idleTimeout);
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
  }

  onSocket(socket: TLSSocket): void {
    if (socket.alpnProtocol !== 'h2') {
      this.#dialing = false;
      this.#http1Until = performance.now() + HTTP1_FOR;
      this.#serveOtherwise(socket);
      return;
    }
    const timer = setTimeout(() => session.destroy(), this.#options.readyTimeout);
    const session = new Session(socket, {
      onReady: () => {
        clearTimeout(timer);
        this.#dialing = false;
        this.#sessions.add(session);
        this.#serve(session);
      },
      onGone: (failure) => {
        clearTimeout(timer);
        if (!this.#sessions.delete(session)) this.onDialFailed(failure);
      },
    });
  }

  onDialFailed(failure: UpstreamFailure): void {
    this.#dialing = false;
    for (const waiter of this.#waiting.splice(0)) waiter.onFailed(failure);
  }

  #dial(): void {
    this.#dialing = true;
    this.#options.dial(this);
  }

  #serve(session: Session): void {
    // A server that allows no stream at all wants no HTTP/2.
    if (session.room <= 0) this.#serveOtherwise(undefined);
    while (session.room > 0) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) break;
      waiter.onShared(session.open());
    }
    if (this.#waiting.length > 0) this.#dial();
    if (this.#retired) session.drain();
  }

  #serveOtherwise(socket: TLSSocket | undefined): void {
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) socket?.destroy();
    else this.#options.otherwise(first, socket);
    for (const waiter of others) this.#options.otherwise(waiter, undefined);
  }
}
