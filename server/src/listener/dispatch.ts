import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { fail, type SallyportError, toStatus } from '../errors.ts';
import { CODE } from '../http2/frames.ts';
import type { Logger } from '../log.ts';
import { type ClientInfo, clientOf, type Peer } from './forwarded.ts';
import {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  type ProxyHandler,
  setInfo,
} from './handlers.ts';
import { StreamRequest, StreamResponse } from './http2/bridge.ts';
import type { Http2Request, Http2Stream } from './http2/exchange.ts';

export interface Dispatcher {
  request(req: IncomingMessage, res: ServerResponse, peer: Peer): void;
  http2(request: Http2Request, stream: Http2Stream, info: ClientInfo): void;
  /** Answers a stream on which no request could be read. */
  refuse(stream: Http2Stream, error: SallyportError): void;
  /** Whether a request that asks for an upgrade may have one. */
  upgrades(req: IncomingMessage, peer: Peer): boolean;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer): void;
}

export interface DispatcherDeps {
  readonly proxy: ProxyHandler;
  readonly api: ApiHandler;
  readonly isTrusted: (address: string) => boolean;
  /** Milliseconds for the body of a request to the API. */
  readonly bodyTimeout: number;
  readonly logger: Logger;
}

/**
 * Gives each request to the room it belongs to, by its target as it arrived: what the proxy owns to
 * the proxy, everything else to the API, which answers 404 to what it does not know. Nothing is
 * passed on by default.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { proxy, api, isTrusted, bodyTimeout, logger } = deps;

  function toApi(req: ApiRequest, res: ApiResponse): void {
    const timer = setTimeout(() => {
      if (req.complete) return;
      if (res.headersSent) cutOff(res);
      else refuse(res, fail('request.timeout'), () => cutOff(res));
    }, bodyTimeout);
    timer.unref();
    res.once('close', () => clearTimeout(timer));
    guard(
      () => api.handle(req, res),
      (error) => (res.headersSent ? cutOff(res) : refuse(res, error)),
    );
  }

  /** Runs a handler; should it fail, which none may, the client gets an end all the same. */
  function guard(
    handle: () => void | Promise<void>,
    onFailure: (error: SallyportError) => void,
  ): void {
    const failed = (error: unknown) => onFailure(failure(error));
    try {
      const running = handle();
      if (running instanceof Promise) running.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  function failure(err: unknown): SallyportError {
    const requestId = randomUUID();
    logger.error({ err, requestId }, 'A request handler failed.');
    return fail('internal.error', { requestId });
  }

  function failStream(stream: Http2Stream, error: unknown): void {
    const told = failure(error);
    if (stream.begun) stream.reset(CODE.INTERNAL_ERROR);
    else refuseStream(stream, told);
  }

  /** As {@link guard} does, for what comes most often. */
  function toProxy(request: Http2Request, stream: Http2Stream, info: ClientInfo): void {
    try {
      const running = proxy.handleHttp2(request, stream, info);
      if (running instanceof Promise) running.catch((error) => failStream(stream, error));
    } catch (error) {
      failStream(stream, error);
    }
  }

  return {
    request(req, res, peer) {
      const target = req.url ?? '';
      const why = targetProblem(target);
      if (why) return refuse(res, fail('request.target_invalid', { why }));
      const info = clientOf(peer, req.headers, isTrusted);
      if (proxy.owns(target, info.environmentId))
        return guard(
          () => proxy.handle(req, res, info),
          (error) => (res.headersSent ? cutOff(res) : refuse(res, error)),
        );
      if (req.headers.expect !== undefined) res.writeContinue();
      setInfo(req, info);
      toApi(req, res);
    },

    http2(request, stream, info) {
      const { method, target } = request;
      const why = method === 'CONNECT' ? 'CONNECT is not supported' : targetProblem(target);
      if (why) return refuseStream(stream, fail('request.target_invalid', { why }));
      if (proxy.owns(target, info.environmentId)) return toProxy(request, stream, info);
      const req = new StreamRequest(request, stream);
      const res = new StreamResponse(req, stream);
      if (req.headers.expect === '100-continue') res.writeContinue();
      setInfo(req, info);
      toApi(req, res);
    },

    refuse: refuseStream,

    upgrades(req, peer) {
      // A server may ignore an Upgrade (RFC 9110, 7.8): elsewhere the request is an ordinary one.
      return proxy.owns(req.url ?? '', peer.environmentId);
    },

    upgrade(req, socket, head, peer) {
      guard(
        () => proxy.upgrade(req, socket, head, clientOf(peer, req.headers, isTrusted)),
        () => socket.destroy(),
      );
    },
  };
}

/**
 * Only the origin form ("/path?query") means a resource of this server (RFC 9112, 3.2). The others
 * are for proxies of another kind, and code that takes them for paths has been fooled before.
 */
function targetProblem(target: string): string | undefined {
  return target.startsWith('/') ? undefined : 'it must begin with a slash';
}

/** Ends a request at once, in a way that cannot be taken for the end of its answer. */
function cutOff(res: ApiResponse): void {
  if (res instanceof StreamResponse) res.destroy();
  else res.req.socket.destroy();
}

function refuse(res: ApiResponse, error: SallyportError, sent?: () => void): void {
  const body = JSON.stringify(toStatus(error));
  res.statusCode = error.status;
  res.setHeader('content-type', 'application/json');
  res.setHeader('content-length', Buffer.byteLength(body));
  res.setHeader('cache-control', 'no-store');
  res.end(body, sent);
}

function refuseStream(stream: Http2Stream, error: SallyportError): void {
  stream.head(error.status, [
    ...['content-type', 'application/json'],
    ...['cache-control', 'no-store'],
    ...['date', new Date().toUTCString()],
  ]);
  stream.write(Buffer.from(JSON.stringify(toStatus(error))));
  stream.end();
}

/** An answer for a connection on which no request could be read; it is closed after it. */
export function rawRefusal(error: SallyportError): string {
  const body = JSON.stringify(toStatus(error));
  return [
    `HTTP/1.1 ${error.status} ${error.title}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
