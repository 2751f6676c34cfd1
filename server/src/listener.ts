import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { fail, type SallyportError } from './errors.ts';
import { createDispatcher } from './listener/dispatch.ts';
import { createTrust, type Peer } from './listener/forwarded.ts';
import type { ApiHandler, ProxyHandler } from './listener/handlers.ts';
import { createHttp1 } from './listener/http1.ts';
import { createHttp2 } from './listener/http2/http2.ts';
import { LIMITS, type Limits } from './listener/limits.ts';
import { createPlainHttp1 } from './listener/plain/plain.ts';
import { createAdmission } from './listener/proxyProtocol/admission.ts';
import { createTlsPort, SOCKET_OPTIONS, type TlsSource } from './listener/tlsPort.ts';
import type { Logger } from './log.ts';

export type { ClientInfo } from './listener/forwarded.ts';
export {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  infoOf,
  type ProxyHandler,
} from './listener/handlers.ts';

export interface ListenerOptions {
  /** Address or host name to listen on. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Port for plain HTTP; undefined: none. 0 takes a free one. */
  readonly httpPort: number | undefined;
  readonly tls: TlsSource;
  /** CIDR ranges whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: readonly string[];
  /** CIDR ranges of the load balancers whose connections begin with a PROXY header. */
  readonly proxyProtocol: readonly string[];
  readonly proxy: ProxyHandler;
  readonly api: ApiHandler;
  /** The environment that a server name of TLS stands for; absent: none does. */
  readonly environmentNamed?: (serverName: string) => number | undefined;
  readonly logger: Logger;
  readonly limits?: Partial<Limits>;
}

export interface Listener {
  /**
   * Opens the ports.
   *
   * @returns the ports taken
   * @throws `listener.port_taken`, `listener.port_forbidden`, `listener.host_unavailable` or
   *   `listener.failed`; nothing is open then
   */
  start(): Promise<{ port: number; httpPort: number | undefined }>;
  /**
   * Closes the ports, ends idle connections, lets requests end, and cuts off what is left.
   *
   * @param graceMs milliseconds that requests may still take
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * The ports: one for HTTPS, which speaks HTTP/2 and HTTP/1.1, and one for plain HTTP where it is
 * asked for. What arrives goes to the proxy or to the API by its path.
 */
export function createListener(options: ListenerOptions): Listener {
  const { host, tls, proxy, api, logger } = options;
  const limits: Limits = { ...LIMITS, ...options.limits };
  const isTrusted = createTrust(options.trustedProxies);
  const { bodyTimeout } = limits;
  const dispatcher = createDispatcher({ proxy, api, isTrusted, bodyTimeout, logger });
  const nodeHttp1 = createHttp1(dispatcher, limits, logger);
  const http1 = isPlain(proxy)
    ? createPlainHttp1({ proxy, http1: nodeHttp1, isTrusted, limits, logger })
    : nodeHttp1;
  const http2 = createHttp2({ dispatcher, isTrusted, limits, logger });

  const balancers = options.proxyProtocol;
  const admission = createAdmission({ balancers, isTrusted, limits, logger });
  const peerOf = (socket: TLSSocket): Peer => {
    const name = serverNameOf(socket);
    const environmentId = name === undefined ? undefined : options.environmentNamed?.(name);
    return { ...admission.peerOf(socket, true), environmentId };
  };
  const tlsPort = createTlsPort(tls, limits, logger, {
    admit: admission.admit,
    http1: (socket) => http1.accept(socket, peerOf(socket)),
    http2: (socket) => http2.accept(socket, peerOf(socket)),
  });
  const plainServer = createServer(SOCKET_OPTIONS, (socket) => {
    // It stays: after an upgrade http has no listener of its own, and an 'error' that nobody
    // listens for ends the process. (TLS connections have one of node:tls.)
    socket.on('error', (err) => logger.debug({ err }, 'A connection failed.'));
    // Nothing here is for the proxy, so nothing is plain.
    admission.admit(socket, () => nodeHttp1.accept(socket, admission.peerOf(socket, false)));
  });
  const servers = [tlsPort.server, plainServer];

  const sockets = new Set<Socket>();
  for (const server of servers) {
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    // Once it listens, what fails is one accept, as when file descriptors have run out. Before, it
    // is the start, and that says what to do.
    server.on('error', (err) => {
      if (server.listening) logger.error({ err }, 'A port failed.');
    });
  }

  function release(): void {
    tlsPort.close();
    http1.close();
    http2.close();
  }

  return {
    async start() {
      try {
        const port = await listen(tlsPort.server, host, options.port, '--port');
        if (options.httpPort === undefined) return { port, httpPort: undefined };
        const httpPort = await listen(plainServer, host, options.httpPort, '--http-port');
        return { port, httpPort };
      } catch (error) {
        tlsPort.server.close();
        release();
        throw error;
      }
    },

    async stop(graceMs) {
      const closed = servers
        .filter((server) => server.listening)
        .map((server) => once(server.close(), 'close'));
      admission.drain();
      tlsPort.drain();
      http1.drain();
      http2.drain();
      const timer = setTimeout(() => {
        logger.warn({ connections: sockets.size }, 'Connections are cut off.');
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await Promise.all(closed);
      clearTimeout(timer);
      release();
    },
  };
}

/** Node's types leave out that a server's socket has what its client named (RFC 6066 §3). */
function serverNameOf(socket: TLSSocket): string | undefined {
  const { servername } = socket as { servername?: string | false | null };
  return typeof servername === 'string' && servername !== '' ? servername : undefined;
}

function isPlain(
  proxy: ProxyHandler,
): proxy is ProxyHandler & Required<Pick<ProxyHandler, 'handlePlain'>> {
  return proxy.handlePlain !== undefined;
}

async function listen(server: Server, host: string, port: number, option: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw whyNotListening(error as NodeJS.ErrnoException, host, port, option);
  }
  return (server.address() as AddressInfo).port;
}

function whyNotListening(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
  option: string,
): SallyportError {
  switch (error.code) {
    case 'EADDRINUSE':
      return fail('listener.port_taken', { host, port, option }, error);
    case 'EACCES':
      return fail('listener.port_forbidden', { port, option }, error);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAFNOSUPPORT':
      return fail('listener.host_unavailable', { host }, error);
    default:
      return fail('listener.failed', { host, port, why: error.code ?? error.message }, error);
  }
}
