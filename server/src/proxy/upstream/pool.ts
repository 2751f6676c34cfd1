/**
 * Connections to API servers, kept open for the next request: per environment, last in first out,
 * so that as few as possible are kept busy and the rest can age. A connection belongs to the
 * generation of the target it was made for; when that changes, it is never used again.
 */
import { isIP, type TcpNetConnectOpts } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Target } from '../../environments/target.ts';
import { Connection } from './connection.ts';
import { failureOfConnecting, UpstreamFailure } from './failure.ts';

export interface PoolOptions {
  /** Idle connections kept an environment. */
  readonly maxIdle?: number;
  /**
   * Milliseconds. Below the 90 s after which the API server closes an idle connection
   * (apiserver, pkg/server/secure_serving.go), and below the 60 s of common load balancers.
   */
  readonly idleTimeout?: number;
  /** Milliseconds for TCP and TLS together. */
  readonly connectTimeout?: number;
}

/** Who waits for a connection. Exactly one of the two is called, once. */
export interface Waiter {
  /** Must begin a request on it, or hand it back by `release`. */
  onConnected(connection: Connection): void;
  onFailed(failure: UpstreamFailure): void;
}

export interface Pool {
  /**
   * Gives a connection: an idle one at once, before this returns, else a new one when it is up and
   * the server has proven who it is.
   *
   * @param fresh take no idle one
   */
  acquire(target: Target, waiter: Waiter, fresh: boolean): void;
  /** Hands back a connection that was given and not used. */
  release(connection: Connection): void;
  /** How many connections are open and idle, for tests and metrics. */
  size(): { readonly open: number; readonly idle: number };
  /** Closes all. */
  close(): void;
}

/** What is kept for one generation of one target. */
interface Entry {
  readonly target: Target;
  readonly context: SecureContext;
  /** A TLS session that this target gave and whose certificate was verified. */
  session: Buffer | undefined;
  readonly idle: Connection[];
  /** False once another generation has taken its place, or it has been forgotten. */
  current: boolean;
  usedAt: number;
}

const KEEP_ALIVE_DELAY = 30_000;
const SWEEP_INTERVAL = 5_000;
/** Milliseconds without a request after which a target, and its credential, is forgotten. */
const FORGET_AFTER = 600_000;

export function createPool(options: PoolOptions = {}): Pool {
  const maxIdle = options.maxIdle ?? 256;
  const idleTimeout = options.idleTimeout ?? 45_000;
  const connectTimeout = options.connectTimeout ?? 10_000;
  const entries = new Map<number, Entry>();
  const sockets = new Set<TLSSocket>();
  const owners = new WeakMap<Connection, Entry>();
  let closed = false;

  const sweeper = setInterval(() => {
    const now = performance.now();
    const before = now - idleTimeout;
    for (const entry of entries.values()) {
      const { idle } = entry;
      // The oldest are at the front.
      let stale = 0;
      while (stale < idle.length && (idle[stale]?.idleSince ?? 0) <= before) stale++;
      for (const connection of idle.splice(0, stale)) connection.destroy();
      if (idle.length === 0 && now - entry.usedAt > FORGET_AFTER) {
        retire(entry);
        entries.delete(entry.target.environmentId);
      }
    }
  }, SWEEP_INTERVAL);
  sweeper.unref();

  function entryOf(target: Target): Entry {
    const known = entries.get(target.environmentId);
    if (known !== undefined && known.target.generation === target.generation) {
      known.usedAt = performance.now();
      return known;
    }
    if (known !== undefined) retire(known);
    const entry: Entry = {
      target,
      context: createSecureContext({
        ca: target.ca,
        cert: target.clientCertificate?.cert,
        key: target.clientCertificate?.key,
        minVersion: 'TLSv1.2',
      }),
      session: undefined,
      idle: [],
      current: true,
      usedAt: performance.now(),
    };
    entries.set(target.environmentId, entry);
    return entry;
  }

  function retire(entry: Entry): void {
    entry.current = false;
    for (const connection of entry.idle.splice(0)) connection.destroy();
  }

  function release(connection: Connection): void {
    const entry = owners.get(connection);
    if (closed || !entry?.current || entry.idle.length >= maxIdle) {
      connection.destroy();
      return;
    }
    connection.idleSince = performance.now();
    entry.idle.push(connection);
  }

  function gone(connection: Connection): void {
    sockets.delete(connection.socket);
    const idle = owners.get(connection)?.idle;
    const index = idle?.lastIndexOf(connection) ?? -1;
    if (index !== -1) idle?.splice(index, 1);
  }

  function open(entry: Entry, waiter: Waiter): void {
    const { target } = entry;
    const named = isIP(target.servername) === 0;
    const options: ConnectionOptions & TcpNetConnectOpts = {
      host: target.host,
      port: target.port,
      // RFC 6066 allows no address in SNI; the certificate is checked against it all the same.
      servername: named ? target.servername : '',
      checkServerIdentity: (_, certificate) => checkServerIdentity(target.servername, certificate),
      rejectUnauthorized: true,
      secureContext: entry.context,
      session: entry.session,
      ALPNProtocols: ['http/1.1'],
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    };
    const socket = connect(options);
    sockets.add(socket);

    const timer = setTimeout(() => {
      socket.destroy(
        new UpstreamFailure(
          'unreachable',
          `no connection came about within ${connectTimeout / 1000} s`,
        ),
      );
    }, connectTimeout);
    const failed = (error?: Error) => {
      clearTimeout(timer);
      sockets.delete(socket);
      socket.removeListener('error', failed);
      socket.removeListener('close', closedEarly);
      // A socket may report more than one error; the first one has been told.
      socket.on('error', () => {});
      socket.destroy();
      waiter.onFailed(failureOfConnecting(error));
    };
    const closedEarly = () =>
      failed(new UpstreamFailure('unreachable', 'the connection was closed before it was up'));
    socket.once('error', failed);
    socket.once('close', closedEarly);
    socket.on('session', (session: Buffer) => {
      entry.session = session;
    });
    // Nothing is written before this event: what is written earlier would go out with the end of
    // the handshake, before the certificate has been checked.
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', failed);
      socket.removeListener('close', closedEarly);
      const connection = new Connection(socket, release, gone);
      owners.set(connection, entry);
      waiter.onConnected(connection);
    });
  }

  return {
    acquire(target, waiter, fresh) {
      let entry: Entry;
      try {
        entry = entryOf(target);
      } catch (error) {
        waiter.onFailed(
          new UpstreamFailure('tls', 'the CA or the client certificate cannot be read', error),
        );
        return;
      }
      while (!fresh) {
        const connection = entry.idle.pop();
        if (connection === undefined) break;
        if (connection.usable) {
          waiter.onConnected(connection);
          return;
        }
        connection.destroy();
      }
      open(entry, waiter);
    },
    release,
    size() {
      let idle = 0;
      for (const entry of entries.values()) idle += entry.idle.length;
      return { open: sockets.size, idle };
    },
    close() {
      closed = true;
      clearInterval(sweeper);
      for (const entry of entries.values()) retire(entry);
      entries.clear();
      for (const socket of sockets) socket.destroy();
    },
  };
}
