/**
 * Connections to API servers, brought about: TCP, TLS, and the proof of who is at the other end.
 * What a connection needs for as long as it lives is made once for each target; a connection that
 * waits in silence, as thousands do, keeps nothing of how it was made.
 */
import { isIP, type TcpNetConnectOpts } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { type Reach, reachOf } from '../../environments/reach.ts';
import type { Target } from '../../environments/target.ts';
import { failureOfConnecting, UpstreamFailure } from './failure.ts';

/** Where connections of one generation of one target lead. */
export interface Endpoint {
  readonly target: Target;
  /** Where to, and to which addresses not. */
  readonly reach: Reach;
  readonly context: SecureContext;
  /** A TLS session that this target gave and whose certificate was verified. */
  session: Buffer | undefined;
  readonly keepSession: (session: Buffer) => void;
  readonly verify: (hostname: string, certificate: PeerCertificate) => Error | undefined;
}

/** Who waits. Exactly one of the two is called, once, and never before `dial` returns. */
export interface Caller {
  /** The connection is up, and the server has proven who it is. */
  onSocket(socket: TLSSocket): void;
  onDialFailed(failure: UpstreamFailure): void;
}

const KEEP_ALIVE_DELAY = 30_000;
const ignore = (): void => {};

/** @throws Error when the CA or the client certificate cannot be read */
export function createEndpoint(target: Target): Endpoint {
  const endpoint: Endpoint = {
    target,
    reach: reachOf(target),
    context: createSecureContext({
      ca: target.ca,
      cert: target.clientCertificate?.cert,
      key: target.clientCertificate?.key,
      minVersion: 'TLSv1.2',
    }),
    session: undefined,
    keepSession: (session) => {
      endpoint.session = session;
    },
    verify: (_, certificate) => checkServerIdentity(target.servername, certificate),
  };
  return endpoint;
}

/**
 * @param protocols for ALPN, the preferred one first
 * @param timeout milliseconds for all of it
 * @returns the socket, to be closed from outside; it is the caller's once it is up
 */
export function dial(
  endpoint: Endpoint,
  protocols: string[],
  timeout: number,
  caller: Caller,
): TLSSocket {
  const { target } = endpoint;
  const options: ConnectionOptions & TcpNetConnectOpts = {
    ...endpoint.reach,
    // RFC 6066 allows no address in SNI; the certificate is checked against it all the same.
    servername: isIP(target.servername) === 0 ? target.servername : '',
    checkServerIdentity: endpoint.verify,
    rejectUnauthorized: true,
    secureContext: endpoint.context,
    session: endpoint.session,
    ALPNProtocols: protocols,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY,
  };
  const socket = connect(options);
  const timer = setTimeout(() => {
    socket.destroy(
      new UpstreamFailure('unreachable', `no connection came about within ${timeout / 1000} s`),
    );
  }, timeout);
  const settle = () => {
    clearTimeout(timer);
    socket.removeListener('error', failed);
    socket.removeListener('close', closedEarly);
    socket.removeListener('secureConnect', connected);
  };
  const failed = (error?: Error) => {
    settle();
    // A socket may report more than one error; the first one has been told.
    socket.on('error', ignore);
    socket.destroy();
    caller.onDialFailed(failureOfConnecting(error));
  };
  const closedEarly = () =>
    failed(new UpstreamFailure('unreachable', 'the connection was closed before it was up'));
  // Nothing is written before this event: what is written earlier would go out with the end of the
  // handshake, before the certificate has been checked.
  const connected = () => {
    settle();
    caller.onSocket(socket);
  };
  socket.on('error', failed);
  socket.on('close', closedEarly);
  socket.on('secureConnect', connected);
  socket.on('session', endpoint.keepSession);
  return socket;
}
