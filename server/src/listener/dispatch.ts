import { randomUUID } from 'node:crypto';
import { IncomingMessage, type ServerResponse } from 'node:http';
import {
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { fail, type SallyportError, toStatus } from '../errors.ts';
import type { Logger } from '../log.ts';
import { clientOf, type Peer } from './forwarded.ts';
import { type ApiHandler, type ProxyHandler, setInfo } from './handlers.ts';

export interface Dispatcher {
  request(req: IncomingMessage, res: ServerResponse, peer: Peer): void;
  stream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: string[],
    peer: Peer,
  ): void;
  /** Whether a request that asks for an upgrade may have one. */
  upgrades(req: IncomingMessage): boolean;
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

  function toApi(
    req: IncomingMessage | Http2ServerRequest,
    res: ServerResponse | Http2ServerResponse,
  ): void {
    const timer = setTimeout(() => {
      if (req.complete) return;
      if (res.headersSent) cutOff(req);
      else refuse(res, fail('request.timeout'), () => cutOff(req));
    }, bodyTimeout);
    timer.unref();
    res.once('close', () => clearTimeout(timer));
    guard(
      () => api.handle(req, res),
      (error) => (res.headersSent ? cutOff(req) : refuse(res, error)),
    );
  }

  /** Runs a handler; should it fail, which none may, the client gets an end all the same. */
  function guard(
    handle: () => void | Promise<void>,
    onFailure: (error: SallyportError) => void,
  ): void {
    const failed = (err: unknown) => {
      const requestId = randomUUID();
      logger.error({ err, requestId }, 'A request handler failed.');
      onFailure(fail('internal.error', { requestId }));
    };
    try {
      const running = handle();
      if (running instanceof Promise) running.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  return {
    request(req, res, peer) {
      const target = req.url ?? '';
      const why = targetProblem(target);
      if (why) return refuse(res, fail('request.target_invalid', { why }));
      const info = clientOf(peer, req.headers, isTrusted);
      if (proxy.owns(target))
        return guard(
          () => proxy.handle(req, res, info),
          (error) => (res.headersSent ? cutOff(req) : refuse(res, error)),
        );
      if (req.headers.expect !== undefined) res.writeContinue();
      setInfo(req, info);
      toApi(req, res);
    },

    stream(stream, headers, rawHeaders, peer) {
      // What goes wrong with one stream is that stream's end and nobody else's.
      stream.on('error', (err) => logger.debug({ err }, 'An HTTP/2 stream failed.'));
      const target = headers[':path'];
      const why =
        headers[':method'] === 'CONNECT' || target === undefined
          ? 'CONNECT is not supported'
          : targetProblem(target);
      if (why || target === undefined)
        return refuseStream(stream, fail('request.target_invalid', { why: why ?? '' }));
      const info = clientOf(peer, headers, isTrusted);
      if (proxy.owns(target))
        return guard(
          () => proxy.handleStream(stream, headers, info, rawHeaders),
          (error) => (stream.headersSent ? cutOff(stream) : refuseStream(stream, error)),
        );
      const req = new Http2ServerRequest(stream, headers, {}, rawHeaders);
      const res = new Http2ServerResponse(stream);
      if (headers.expect === '100-continue') res.writeContinue();
      setInfo(req, info);
      toApi(req, res);
    },

    upgrades(req) {
      // A server may ignore an Upgrade (RFC 9110, 7.8): elsewhere the request is an ordinary one.
      return proxy.owns(req.url ?? '');
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

/**
 * Ends a request at once, in a way that cannot be taken for the end of its answer. Over HTTP/2 only
 * an error does that: `close(code)` sends END_STREAM before it resets the stream, and what the
 * client has by then looks whole.
 */
function cutOff(request: IncomingMessage | Http2ServerRequest | ServerHttp2Stream): void {
  if (request instanceof IncomingMessage) return void request.socket.destroy();
  const stream = request instanceof Http2ServerRequest ? request.stream : request;
  stream.destroy(new Error('The request was cut off.'));
}

function refuse(
  res: ServerResponse | Http2ServerResponse,
  error: SallyportError,
  sent?: () => void,
): void {
  const body = JSON.stringify(toStatus(error));
  res.statusCode = error.status;
  res.setHeader('content-type', 'application/json');
  res.setHeader('content-length', Buffer.byteLength(body));
  res.setHeader('cache-control', 'no-store');
  res.end(body, sent);
}

function refuseStream(stream: ServerHttp2Stream, error: SallyportError): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({
    ':status': error.status,
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  stream.end(JSON.stringify(toStatus(error)));
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
