/**
 * One connection to an API server, carrying one request at a time. It knows HTTP's framing and
 * nothing of Kubernetes, identities or clients.
 */
import type { TLSSocket } from 'node:tls';
import { failureOfSocket, UpstreamFailure } from './failure.ts';
import type { ResponseHead } from './head.ts';
import { type Loan, loanOf } from './loan.ts';
import { ResponseParser } from './parser.ts';

/** Who wants to know what becomes of a request. After `onComplete` or `onFailed` nothing follows. */
export interface ResponseHandler {
  /** A 1xx other than 101. */
  onInformational(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /**
   * @param done to be called once the bytes are needed no longer, after which they are gone; where it
   *   is not called, they stay. Undefined: they stay anyway
   */
  onBody(chunk: Buffer, done?: () => void): void;
  /** All that one read from the socket held has been handed on: the time to flush. */
  onPause(): void;
  /** @param trailers names and values in turn */
  onComplete(trailers: readonly string[]): void;
  onFailed(failure: UpstreamFailure): void;
  /** More of the request's body may be written. */
  onDrain(): void;
}

/** What a 101 leaves: a bare socket, and the bytes that came right behind the head. */
export interface Switched {
  readonly socket: TLSSocket;
  readonly rest: Buffer;
}

export interface BeginOptions {
  /** The request is HEAD: its response has no body. */
  readonly toHead: boolean;
  /** The request asks for an upgrade: a 101 is an answer to it. */
  readonly upgrade: boolean;
}

/** What carries a request and its answer: a connection of its own, or a stream of a shared one. */
export interface Carrier {
  /**
   * Whether the server may have closed it, or turned the request away, before it looked at it: then
   * a request without an answer may be sent again.
   */
  readonly reused: boolean;
  /** Whether any byte of the response has come. */
  readonly answered: boolean;
  /** The request has been sent to its end. */
  requestEnded(): void;
  /** Makes the server wait. */
  pause(): void;
  resume(): void;
  /** Gives up the request under way; its handler hears no more. */
  destroy(): void;
}

export class Connection implements Carrier {
  readonly socket: TLSSocket;
  /** Whether it has carried a request before: then its peer may have closed it meanwhile. */
  reused = false;
  /** When it became idle, for the pool. */
  idleSince = 0;
  readonly #parser: ResponseParser;
  readonly #released: (connection: Connection) => void;
  readonly #gone: (connection: Connection) => void;
  #handler: ResponseHandler | undefined;
  #requestSent = false;
  #keepAlive = false;
  #completed: readonly string[] | undefined;
  #switched = false;
  /** The memory of the read under way. */
  #loan: Loan | undefined;

  /**
   * @param socket connected, and its peer verified
   * @param released called when it is free for another request
   * @param gone called once, when it is closed
   */
  constructor(
    socket: TLSSocket,
    released: (connection: Connection) => void,
    gone: (connection: Connection) => void,
  ) {
    this.socket = socket;
    this.#released = released;
    this.#gone = gone;
    this.#parser = new ResponseParser({
      onInformational: (head) => this.#handler?.onInformational(head),
      onHead: (head) => {
        this.#keepAlive = head.keepAlive;
        if (head.status === 101) this.#switched = true;
        this.#handler?.onHead(head);
      },
      onBody: (chunk) => {
        const loan = this.#loan;
        loan?.take();
        this.#handler?.onBody(chunk, loan?.give);
      },
      onComplete: (trailers) => {
        this.#completed = trailers;
      },
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', (error: Error) => this.#failed(failureOfSocket(error)));
    socket.on('close', () => {
      this.#failed(new UpstreamFailure('broken', 'it closed the connection without an answer'));
      this.#gone(this);
    });
    socket.on('drain', () => this.#handler?.onDrain());
  }

  /** Whether a request can be sent on it now. */
  get usable(): boolean {
    return this.#handler === undefined && !this.socket.destroyed && this.socket.writable;
  }

  /** Whether any byte of the response has come. */
  get answered(): boolean {
    return this.#parser.started;
  }

  /**
   * Sends the head of a request.
   *
   * @param head the whole head, in latin1
   */
  begin(handler: ResponseHandler, head: string, options: BeginOptions): void {
    this.#handler = handler;
    this.#requestSent = false;
    this.#completed = undefined;
    this.#parser.expect(options.toHead, options.upgrade);
    this.socket.write(head, 'latin1');
  }

  /** Sends bytes of the request's body. @returns false when `onDrain` should be waited for */
  write(chunk: Buffer | string): boolean {
    return this.socket.write(chunk as string, 'latin1');
  }

  /** The request has been sent to its end. */
  requestEnded(): void {
    this.#requestSent = true;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Gives up the request under way, and the connection with it; its handler hears no more. */
  destroy(): void {
    this.#handler = undefined;
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    let used = chunk.length;
    let failure: UpstreamFailure | undefined;
    const loan = loanOf(chunk);
    this.#loan = loan;
    try {
      used = this.#parser.execute(chunk);
    } catch (error) {
      failure = failureOfSocket(error);
    }
    this.#loan = undefined;
    if (!this.#switched) loan?.give();
    if (this.#switched) {
      this.#handOver(chunk.subarray(used));
    } else if (this.#completed !== undefined) {
      this.#finish(failure === undefined);
    } else if (failure !== undefined) {
      this.#failed(failure);
      this.socket.destroy();
    } else {
      this.#handler?.onPause();
    }
  }

  /** From the next turn on, the bytes are the splice's. */
  #handOver(rest: Buffer): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.socket.pause();
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('end');
    this.socket.removeAllListeners('drain');
    if (handler !== undefined && 'onSwitched' in handler) {
      (handler as UpgradeHandler).onSwitched({ socket: this.socket, rest });
    } else {
      this.socket.destroy();
    }
  }

  /**
   * Only a connection whose request and response are both whole, with nothing behind them, is used
   * again.
   */
  #finish(clean: boolean): void {
    const handler = this.#handler;
    const trailers = this.#completed ?? [];
    const again = clean && this.#keepAlive && this.#requestSent && !this.socket.destroyed;
    this.#handler = undefined;
    this.#completed = undefined;
    if (again) {
      // A reader that was slow has paused it, and a paused socket would not tell that it closed.
      if (this.socket.isPaused()) this.socket.resume();
      this.reused = true;
      this.#released(this);
    } else {
      this.socket.destroy();
    }
    handler?.onComplete(trailers);
  }

  #ended(): void {
    try {
      this.#parser.finish();
    } catch (error) {
      this.#failed(failureOfSocket(error));
    }
    if (this.#completed !== undefined) this.#finish(false);
    this.socket.destroy();
  }

  #failed(failure: UpstreamFailure): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onFailed(failure);
  }
}

/** A handler of a request that asks for an upgrade. */
export interface UpgradeHandler extends ResponseHandler {
  /** After the `onHead` of a 101: the socket is the handler's from now on. */
  onSwitched(switched: Switched): void;
}
