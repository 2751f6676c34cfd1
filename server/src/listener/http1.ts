import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fail, type SallyportError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Dispatcher, rawRefusal } from './dispatch.ts';
import type { Peer } from './forwarded.ts';
import type { Limits } from './limits.ts';

export interface Http1 {
  /** Takes over a connection; `peer` is who is at its other end. */
  accept(socket: Socket, peer: Peer): void;
  /** Ends idle connections now, and each other one with the answer that is under way. */
  drain(): void;
  close(): void;
}

interface Connection {
  readonly peer: Peer;
  /** More than one only where the client sends requests without waiting for answers. */
  readonly responses: Set<ServerResponse>;
}

/**
 * HTTP/1.1 over connections that somebody else accepted.
 */
export function createHttp1(dispatcher: Dispatcher, limits: Limits, logger: Logger): Http1 {
  /** Connections that HTTP/1.1 is still spoken on: those that were upgraded are not in here. */
  const connections = new Map<object, Connection>();
  let draining = false;

  const server: Server = createServer(
    {
      maxHeaderSize: limits.maxHeaderSize,
      headersTimeout: limits.headersTimeout,
      // kubectl cp and the like send one body for as long as it takes.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeout,
      connectionsCheckingInterval: limits.checkInterval,
      shouldUpgradeCallback: (req) => {
        const connection = connections.get(req.socket);
        return connection !== undefined && dispatcher.upgrades(req, connection.peer);
      },
    },
    take,
  );
  // Whether a body is wanted is for the API server to say, not for Node to promise.
  server.on('checkContinue', take);
  server.on('upgrade', (req, socket, head) => {
    const connection = connections.get(socket);
    // Where an answer is under way there is no place for another one, nor for another protocol.
    if (!connection || connection.responses.size > 0) return socket.destroy();
    connections.delete(socket);
    dispatcher.upgrade(req, socket, head, connection.peer);
  });
  server.on('clientError', (err: NodeJS.ErrnoException, socket: Socket) => {
    logger.debug({ err }, 'An HTTP/1.1 connection failed.');
    // Where an answer may have begun, more bytes would be read as a part of it.
    const answering = connections.get(socket)?.responses.size !== 0;
    if (socket.writable && !answering) socket.end(rawRefusal(whyUnreadable(err, limits)));
    socket.destroySoon();
  });
  // A server that does not listen itself never starts the timer behind `headersTimeout`, and
  // half-sent headers would stay for ever. This event starts it.
  server.emit('listening');

  function take(req: IncomingMessage, res: ServerResponse): void {
    const connection = connections.get(req.socket);
    if (!connection) return void req.destroy();
    track(connection, req, res);
    dispatcher.request(req, res, connection.peer);
  }

  function track({ responses }: Connection, req: IncomingMessage, res: ServerResponse): void {
    if (draining) res.shouldKeepAlive = false;
    responses.add(res);
    res.once('close', () => {
      responses.delete(res);
      if (draining) req.socket.destroySoon();
      // Answered before the body was whole: Node reads the rest away, however long it takes.
      else if (!req.complete) closeUnlessComplete(req, limits.lingerTimeout);
    });
  }

  return {
    accept(socket, peer) {
      if (draining) return void socket.destroy();
      connections.set(socket, { peer, responses: new Set() });
      socket.once('close', () => connections.delete(socket));
      server.emit('connection', socket);
    },
    drain() {
      draining = true;
      for (const [socket, { responses }] of connections) {
        if (responses.size === 0) (socket as Socket).destroySoon();
        for (const res of responses) if (!res.headersSent) res.shouldKeepAlive = false;
      }
    },
    close() {
      // Stops the timer that 'listening' started; there is no port to close.
      server.close();
    },
  };
}

function closeUnlessComplete(req: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    if (!req.complete) req.socket.destroy();
  }, ms);
  timer.unref();
  req.socket.once('close', () => clearTimeout(timer));
}

function whyUnreadable(error: NodeJS.ErrnoException, limits: Limits): SallyportError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return fail('request.head_too_large', { limit: `${limits.maxHeaderSize / 1024} KiB` });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return fail('request.timeout');
    default:
      return fail('request.malformed');
  }
}
