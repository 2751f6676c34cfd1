/**
 * The short way for what is asked most: HTTP/1.1 requests for the proxy that have no body. Their
 * connections are read here, without node:http, for as long as nothing else comes; with the first
 * byte of anything else, whatever it may be, a connection goes over to node:http for good, and that
 * byte is the first that node:http sees. So there is one judge of what is malformed, and no request
 * is read by two.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { fail } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { rawRefusal } from '../dispatch.ts';
import { clientOf, namesOf, type Peer } from '../forwarded.ts';
import type { ProxyHandler } from '../handlers.ts';
import type { Http1 } from '../http1.ts';
import type { Limits } from '../limits.ts';
import { PlainConnection } from './connection.ts';

export interface PlainDependencies {
  readonly proxy: Required<Pick<ProxyHandler, 'owns' | 'handlePlain'>>;
  /** Takes over what is not plain. */
  readonly http1: Http1;
  readonly isTrusted: (address: string) => boolean;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** @returns the same face as that of node:http: it takes connections, and drains */
export function createPlainHttp1(deps: PlainDependencies): Http1 {
  const { proxy, http1, isTrusted, limits, logger } = deps;
  const connections = new Set<PlainConnection>();
  let draining = false;

  /** Lets go of clients that never ask, and of those that have not asked for long. */
  function sweep(): void {
    const now = performance.now();
    for (const connection of connections) {
      const { idleSince, used, socket } = connection;
      if (idleSince === undefined) continue;
      const limit = used ? limits.keepAliveTimeout : limits.headersTimeout;
      if (now - idleSince < limit) continue;
      if (!used) socket.write(rawRefusal(fail('request.timeout')));
      socket.destroySoon();
    }
  }
  const timer = setInterval(sweep, limits.checkInterval);
  timer.unref();

  function accept(socket: Socket, peer: Peer): void {
    const connection: PlainConnection = new PlainConnection(socket, {
      owns: (target) => proxy.owns(target, peer.environmentId),
      infoOf: ({ rawHeaders }) => clientOf(peer, namesOf(rawHeaders), isTrusted),
      handle: (request, exchange, info) => proxy.handlePlain(request, exchange, info),
      onFailure: (err) =>
        logger.error({ err, requestId: randomUUID() }, 'A request handler failed.'),
      handOver: () => {
        connections.delete(connection);
        http1.accept(socket, peer);
      },
      onClosed: () => connections.delete(connection),
    });
    connections.add(connection);
  }

  return {
    accept(socket, peer) {
      if (draining) socket.destroy();
      else accept(socket, peer);
    },
    drain() {
      draining = true;
      for (const connection of connections) connection.drain();
      http1.drain();
    },
    close() {
      clearInterval(timer);
      http1.close();
    },
  };
}
