/**
 * HTTP/2 over TLS connections that somebody else accepted, by a server of our own: `README.md` says why,
 * and what it defends.
 */
import type { Duplex } from 'node:stream';
import { fail } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Dispatcher } from '../dispatch.ts';
import type { ClientInfo } from '../forwarded.ts';
import { clientOf, namesOf, type Peer } from '../forwarded.ts';
import type { Limits } from '../limits.ts';
import type { FieldSet } from './fields.ts';
import { ServerSession } from './session.ts';

export interface Http2 {
  /** Takes over a connection; `peer` is who is at its other end. */
  accept(socket: Duplex, peer: Peer): void;
  /** Tells every client to open no more streams here (GOAWAY); those that are open go on. */
  drain(): void;
  close(): void;
}

export interface Http2Dependencies {
  readonly dispatcher: Dispatcher;
  readonly isTrusted: (address: string) => boolean;
  readonly limits: Limits;
  readonly logger: Logger;
}

export function createHttp2(deps: Http2Dependencies): Http2 {
  const { dispatcher, isTrusted, limits, logger } = deps;
  const sessions = new Set<ServerSession>();
  let draining = false;

  function infoOf(fields: FieldSet, peer: Peer): ClientInfo {
    fields.info ??= clientOf(peer, namesOf(fields.rawHeaders), isTrusted);
    return fields.info;
  }

  function serve(socket: Duplex, peer: Peer): void {
    const session: ServerSession = new ServerSession(socket, {
      limits,
      handle({ method, target, fields }, stream) {
        const { rawHeaders } = fields;
        dispatcher.http2({ method, target, rawHeaders }, stream, infoOf(fields, peer));
      },
      onTooLarge(stream) {
        const limit = `${limits.maxHeaderSize / 1024} KiB`;
        dispatcher.refuse(stream, fail('request.head_too_large', { limit }));
      },
      onFailure: (err) => logger.error({ err }, 'An HTTP/2 stream failed.'),
      onClosed(err) {
        sessions.delete(session);
        if (err !== undefined) logger.debug({ err }, 'An HTTP/2 connection failed.');
      },
    });
    sessions.add(session);
  }

  const pings = setInterval(() => {
    const now = performance.now();
    for (const session of sessions) session.ping(now);
  }, limits.pingInterval);
  const checks = setInterval(() => {
    const now = performance.now();
    for (const session of sessions) session.check(now);
  }, limits.checkInterval);
  pings.unref();
  checks.unref();

  return {
    accept(socket, peer) {
      if (draining) socket.destroy();
      else serve(socket, peer);
    },
    drain() {
      draining = true;
      for (const session of sessions) session.drain();
    },
    close() {
      clearInterval(pings);
      clearInterval(checks);
    },
  };
}
