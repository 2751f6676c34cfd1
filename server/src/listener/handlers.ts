import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { StreamRequest, StreamResponse } from './http2/bridge.ts';

/** Who is at the other end, once trusted proxies have been looked through. */
export interface ClientInfo {
  /** Whether the client's own connection was HTTPS, here or at a trusted proxy. */
  readonly secure: boolean;
  /** The client's IP address; an IPv4 address is never written as IPv6. */
  readonly address: string;
  /** The host and port that the client asked for, in lower case; undefined where it is not valid. */
  readonly host: string | undefined;
}

/** A request over HTTP/1.1 without a body, whose head the listener has read by itself. */
export interface PlainRequest {
  readonly method: string;
  /** The raw request target. */
  readonly target: string;
  /**
   * Names and values in turn, as they came. One array for all requests of a connection whose fields
   * are the same, so that what is read from them need be read only once.
   */
  readonly rawHeaders: readonly string[];
}

/** One plain request's turn on its connection. */
export interface PlainExchange {
  /** For the answer, which is written as bytes of HTTP/1.1. */
  readonly socket: Socket;
  /** No other request will be taken, so the answer says `Connection: close`. */
  readonly last: boolean;
  /** To be called once, where the client goes before the answer is whole. */
  onGone: (() => void) | undefined;
  /** To be called whenever more may be written. */
  onDrain: (() => void) | undefined;
  /** The answer is whole. @param again whether the connection may carry another request */
  done(again: boolean): void;
}

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

/** What the listener needs of the proxy. Each function answers its request, whatever happens. */
export interface ProxyHandler {
  /** Whether a request target, as it arrived, is the proxy's. */
  owns(target: string): boolean;
  handle(req: IncomingMessage, res: ServerResponse, info: ClientInfo): void | Promise<void>;
  handleHttp2(request: Http2Request, stream: Http2Stream, info: ClientInfo): void | Promise<void>;
  /** Takes a plain request; absent: node:http reads those as well. */
  handlePlain?(request: PlainRequest, exchange: PlainExchange, info: ClientInfo): void;
  upgrade(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    info: ClientInfo,
  ): void | Promise<void>;
}

export type ApiRequest = IncomingMessage | StreamRequest;
export type ApiResponse = ServerResponse | StreamResponse;

/** What the listener needs of the REST API and the page: everything that is not the proxy's. */
export interface ApiHandler {
  handle(req: ApiRequest, res: ApiResponse): void | Promise<void>;
}

const clients = new WeakMap<object, ClientInfo>();

/**
 * Who sent a request that {@link ApiHandler} was given.
 *
 * @returns undefined for a request that did not come through the listener
 */
export function infoOf(req: object): ClientInfo | undefined {
  return clients.get(req);
}

export function setInfo(req: object, info: ClientInfo): void {
  clients.set(req, info);
}
