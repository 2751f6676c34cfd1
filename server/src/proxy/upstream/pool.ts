/**
 * Connections to API servers, kept open for the next request: per environment, last in first out,
 * so that as few as possible are kept busy and the rest can age. A connection belongs to the
 * generation of the target it was made for; when that changes, it is never used again.
 */
import type { TLSSocket } from 'node:tls';
import type { Target } from '../../environments/target.ts';
import { Connection } from './connection.ts';
import { createEndpoint, dial, type Endpoint } from './dial.ts';
import { UpstreamFailure } from './failure.ts';
import { Sessions, type StreamWaiter } from './http2/sessions.ts';

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

/** Who waits for a connection. Exactly one of the three is called, once. */
export interface Waiter extends StreamWaiter {
  /** Must begin a request on it, or hand it back by `release`. */
  onConnected(connection: Connection): void;
}

export interface Pool {
  /**
   * Gives a connection: an idle one at once, before this returns, else a new one when it is up and
   * the server has proven who it is.
   *
   * @param fresh take no idle one
   */
  acquire(target: Target, waiter: Waiter, fresh: boolean): void;
  /**
   * Gives a stream of a connection that many share, where the server speaks HTTP/2, else a
   * connection. For what lasts: a connection of its own costs
   * some 45 KB.
   */
  share(target: Target, waiter: Waiter): void;
  /** Hands back a connection that was given and not used. */
  release(connection: Connection): void;
  /** How many connections are open, how many idle and how many shared, for tests and metrics. */
  size(): { readonly open: number; readonly idle: number; readonly shared: number };
  /** Closes all. */
  close(): void;
}

/** What is kept for one generation of one target. */
interface Entry {
  readonly endpoint: Endpoint;
  readonly sessions: Sessions<Waiter>;
  readonly idle: Connection[];
  /** False once another generation has taken its place, or it has been forgotten. */
  current: boolean;
  usedAt: number;
}

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
  /** Of all entries, also of those that are no longer current and have streams yet. */
  const allSessions = new Set<Sessions<Waiter>>();
  let closed = false;

  const sweeper = setInterval(() => {
    const now = performance.now();
    const before = now - idleTimeout;
    for (const entry of entries.values()) {
      const { idle, sessions } = entry;
      // The oldest are at the front.
      let stale = 0;
      while (stale < idle.length && (idle[stale]?.idleSince ?? 0) <= before) stale++;
      for (const connection of idle.splice(0, stale)) connection.destroy();
      if (idle.length === 0 && sessions.empty && now - entry.usedAt > FORGET_AFTER) {
        retire(entry);
        entries.delete(entry.endpoint.target.environmentId);
      }
    }
    for (const sessions of allSessions) {
      sessions.sweep(now, idleTimeout);
      if (sessions.retired && sessions.empty) allSessions.delete(sessions);
    }
  }, SWEEP_INTERVAL);
  sweeper.unref();

  function entryOf(target: Target): Entry {
    const known = entries.get(target.environmentId);
    if (known !== undefined && known.endpoint.target.generation === target.generation) {
      known.usedAt = performance.now();
      return known;
    }
    if (known !== undefined) retire(known);
    const endpoint = createEndpoint(target);
    const sessions = new Sessions<Waiter>({
      dial: (caller) => watch(dial(endpoint, ['h2', 'http/1.1'], connectTimeout, caller)),
      otherwise: (waiter, socket) => {
        if (socket === undefined) take(entry, waiter, false);
        else waiter.onConnected(connectionOf(entry, socket));
      },
      readyTimeout: connectTimeout,
    });
    const entry: Entry = {
      endpoint,
      sessions,
      idle: [],
      current: true,
      usedAt: performance.now(),
    };
    allSessions.add(sessions);
    entries.set(target.environmentId, entry);
    return entry;
  }

  function retire(entry: Entry): void {
    entry.current = false;
    for (const connection of entry.idle.splice(0)) connection.destroy();
    entry.sessions.retire();
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
    const idle = owners.get(connection)?.idle;
    const index = idle?.lastIndexOf(connection) ?? -1;
    if (index !== -1) idle?.splice(index, 1);
  }

  function forget(this: TLSSocket): void {
    sockets.delete(this);
  }

  function watch(socket: TLSSocket): void {
    sockets.add(socket);
    socket.on('close', forget);
  }

  function connectionOf(entry: Entry, socket: TLSSocket): Connection {
    const connection = new Connection(socket, release, gone);
    owners.set(connection, entry);
    return connection;
  }

  function take(entry: Entry, waiter: Waiter, fresh: boolean): void {
    while (!fresh) {
      const connection = entry.idle.pop();
      if (connection === undefined) break;
      if (connection.usable) {
        waiter.onConnected(connection);
        return;
      }
      connection.destroy();
    }
    const socket = dial(entry.endpoint, ['http/1.1'], connectTimeout, {
      onSocket: (socket) => waiter.onConnected(connectionOf(entry, socket)),
      onDialFailed: (failure) => waiter.onFailed(failure),
    });
    watch(socket);
  }

  /** The entry of a target; undefined: there can be none, and the waiter has been told. */
  function find(target: Target, waiter: Waiter): Entry | undefined {
    try {
      return entryOf(target);
    } catch (error) {
      const why = 'the CA or the client certificate cannot be read';
      waiter.onFailed(new UpstreamFailure('tls', why, error));
      return undefined;
    }
  }

  return {
    acquire(target, waiter, fresh) {
      const entry = find(target, waiter);
      if (entry !== undefined) take(entry, waiter, fresh);
    },
    share(target, waiter) {
      find(target, waiter)?.sessions.acquire(waiter);
    },
    release,
    size() {
      let idle = 0;
      let shared = 0;
      for (const entry of entries.values()) idle += entry.idle.length;
      for (const sessions of allSessions) shared += sessions.size().sessions;
      return { open: sockets.size, idle, shared };
    },
    close() {
      closed = true;
      clearInterval(sweeper);
      for (const entry of entries.values()) retire(entry);
      entries.clear();
      for (const sessions of allSessions) sessions.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
