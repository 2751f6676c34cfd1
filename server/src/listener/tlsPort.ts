import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { fail } from '../errors.ts';
import type { Logger } from '../log.ts';
import { rawRefusal } from './dispatch.ts';
import type { Limits } from './limits.ts';

/** What the listener needs of the certificates. */
export interface TlsSource {
  secureContext(): SecureContextOptions;
  /** Calls back when `secureContext` has changed; returns what ends that. */
  onChange(callback: () => void): () => void;
}

/** TCP options of every connection. */
export const SOCKET_OPTIONS = {
  // Without it small answers wait for the client's delayed acknowledgement, 40 ms each.
  noDelay: true,
  // Finds clients that vanished without a word, as laptops do; a quiet watch looks the same.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
} as const;

/** The first byte of a TLS connection: a handshake record (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;

export interface TlsPort {
  /** Not listening yet. */
  readonly server: Server;
  /** Ends the connections that have said nothing yet, as browsers open them on suspicion. */
  drain(): void;
  close(): void;
}

/**
 * A TCP server that takes TLS connections and hands each on by the protocol that ALPN chose.
 * A client that speaks plain HTTP gets a sentence instead of a closed connection.
 */
export function createTlsPort(
  tls: TlsSource,
  limits: Limits,
  logger: Logger,
  accept: {
    /** Calls back once TLS may begin. */
    admit(socket: Socket, passed: () => void): void;
    http1(socket: TLSSocket): void;
    http2(socket: TLSSocket): void;
  },
): TlsPort {
  const silent = new Set<Socket>();

  const tlsServer = createTlsServer({
    ...tls.secureContext(),
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: limits.handshakeTimeout,
  });
  tlsServer.on('secureConnection', (socket) => {
    if (socket.alpnProtocol === 'h2') accept.http2(socket);
    else accept.http1(socket);
  });
  tlsServer.on('tlsClientError', (err, socket) => {
    logger.debug({ err }, 'A TLS handshake failed.');
    socket.destroy();
  });
  const unsubscribe = tls.onChange(() => tlsServer.setSecureContext(tls.secureContext()));

  const server = createTcpServer(SOCKET_OPTIONS, (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
    socket.on('error', (err) => logger.debug({ err }, 'A connection failed.'));
    accept.admit(socket, () => greet(socket));
  });

  function greet(socket: Socket): void {
    socket.setTimeout(limits.handshakeTimeout, () => socket.destroy());
    socket.once('readable', () => {
      silent.delete(socket);
      const first: Buffer | null = socket.read(1);
      if (first === null) return socket.destroy();
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      if (first[0] !== HANDSHAKE) return refusePlain(socket);
      socket.unshift(first);
      tlsServer.emit('connection', socket);
    });
  }

  return {
    server,
    drain() {
      for (const socket of silent) socket.destroy();
    },
    close: unsubscribe,
  };
}

function refusePlain(socket: Socket): void {
  socket.end(rawRefusal(fail('request.tls_expected')));
  // What else the client sends must be read: closing over unread bytes resets the connection, and
  // the sentence is lost with it.
  socket.resume();
  socket.setTimeout(1_000, () => socket.destroy());
}
