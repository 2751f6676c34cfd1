import { createServer, type Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../log.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Peer } from './forwarded.ts';
import type { Limits } from './limits.ts';

export interface Http2 {
  /** Takes over a connection; `peer` is who is at its other end. */
  accept(socket: TLSSocket, peer: Peer): void;
  /** Tells every client to open no more streams here (GOAWAY); those that are open go on. */
  drain(): void;
  close(): void;
}

/** Bytes that a client may send before they are read: for one stream, and for a connection. */
const STREAM_WINDOW = 1_048_576;
const CONNECTION_WINDOW = 4_194_304;

interface SessionState {
  readonly peer: Peer;
  openStreams: number;
  /** When the last stream ended, by `performance.now()`. */
  idleSince: number;
  pingMissing: boolean;
}

/**
 * HTTP/2 over TLS connections that somebody else accepted. Requests arrive as streams; the
 * compatibility layer of node:http2, which costs twice as much, is left to the API.
 */
export function createHttp2(dispatcher: Dispatcher, limits: Limits, logger: Logger): Http2 {
  const sessions = new Map<Http2Session, SessionState>();
  let accepting: Peer | undefined;
  let draining = false;

  const server = createServer({
    settings: {
      maxConcurrentStreams: limits.maxConcurrentStreams,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: limits.maxHeaderSize,
    },
    // In MB. Beyond it streams are refused, and 250 lists under way hold more than Node's 10.
    maxSessionMemory: 64,
    // Controllers cancel watches all the time. With Node's 1000 and 33 a second, a busy one is
    // disconnected (nodejs/node#56306); a flood is still cut off (CVE-2023-44487).
    streamResetBurst: 20_000,
    streamResetRate: 2_000,
  });

  server.on('session', (session) => {
    if (!accepting) return session.destroy();
    const state: SessionState = {
      peer: accepting,
      openStreams: 0,
      idleSince: performance.now(),
      pingMissing: false,
    };
    sessions.set(session, state);
    session.once('close', () => sessions.delete(session));
    session.setLocalWindowSize(CONNECTION_WINDOW);
  });
  server.on('stream', (stream, headers, _flags, rawHeaders) => {
    const state = stream.session && sessions.get(stream.session);
    if (!state) return stream.destroy();
    state.openStreams += 1;
    stream.once('close', () => {
      state.openStreams -= 1;
      state.idleSince = performance.now();
    });
    dispatcher.stream(stream, headers, rawHeaders, state.peer);
  });
  server.on('sessionError', (err) => logger.debug({ err }, 'An HTTP/2 connection failed.'));

  /** Ends what is idle for too long or did not answer the last ping, and pings the rest. */
  function sweep(): void {
    const now = performance.now();
    for (const [session, state] of sessions) {
      if (session.destroyed) continue;
      if (state.openStreams === 0 && now - state.idleSince > limits.idleSessionTimeout)
        session.close();
      else if (state.pingMissing) session.destroy();
      else {
        state.pingMissing = true;
        session.ping((error) => {
          if (!error) state.pingMissing = false;
        });
      }
    }
  }
  const timer = setInterval(sweep, limits.pingInterval);
  timer.unref();

  return {
    accept(socket, peer) {
      if (draining) return void socket.destroy();
      // The 'session' event comes from inside this call, and has nowhere else to learn the peer.
      accepting = peer;
      server.emit('connection', socket);
      accepting = undefined;
    },
    drain() {
      draining = true;
      for (const session of sessions.keys()) session.close();
    },
    close() {
      clearInterval(timer);
    },
  };
}
