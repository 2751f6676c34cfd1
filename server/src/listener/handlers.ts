import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientInfo } from './forwarded.ts';
import type { StreamRequest, StreamResponse } from './http2/bridge.ts';
import type { Http2Request, Http2Stream } from './http2/exchange.ts';

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

/** What the listener needs of the proxy. Each function answers its request, whatever happens. */
export interface ProxyHandler {
  /**
   * Whether a request target, as it arrived, is the proxy's.
   *
   * @param environmentId which its connection was named for; then every target is
   */
  owns(target: string, environmentId: number | undefined): boolean;
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
