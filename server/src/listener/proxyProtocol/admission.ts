import type { Socket } from 'node:net';
import type { Logger } from '../../log.ts';
import { createTrust, type Peer, toPeer } from '../forwarded.ts';
import type { Limits } from '../limits.ts';
import { BadProxyHeader, type ProxyHeader, readProxyHeader } from './header.ts';

/** Lets connections in, and knows who is at their other end. */
export interface Admission {
  /**
   * Calls back once the next byte is the client's own: at once, or after the header of a load
   * balancer. A connection that lacks one is closed, and nobody is called.
   */
  admit(socket: Socket, passed: () => void): void;
  /** Who is at the other end of a connection that was let in, or of the TLS on it. */
  peerOf(socket: Socket, encrypted: boolean): Peer;
  /** Ends the connections whose header has not come yet. */
  drain(): void;
}

interface AdmissionDependencies {
  /** CIDR ranges of the load balancers that send a PROXY header. */
  readonly balancers: readonly string[];
  /** Whether the `X-Forwarded-*` headers of an address count. */
  readonly isTrusted: (address: string) => boolean;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** Between two lines of the log about load balancers that send no header. */
const QUIET_MS = 60_000;

/**
 * Lets in connections from load balancers with a PROXY header alone, and all others without one:
 * "the receiver must not try to guess whether the protocol header is present or not" (§2). So nobody
 * but those load balancers can claim another address.
 *
 * Whoever the header names is the peer, for `X-Forwarded-*` as well: these were written by the one who
 * made the connection that the load balancer passes on, not by the load balancer.
 */
export function createAdmission(deps: AdmissionDependencies): Admission {
  const { balancers, isTrusted, limits, logger } = deps;
  if (balancers.length === 0)
    return {
      admit: (_, passed) => passed(),
      peerOf: ({ remoteAddress }, encrypted) => toPeer(remoteAddress, encrypted, isTrusted),
      drain() {},
    };

  const isBalancer = createTrust(balancers);
  const waiting = new Set<Socket>();
  /** What the headers of open connections said. */
  const headers = new Map<string, ProxyHeader>();
  let quietUntil = 0;

  function refuse(socket: Socket, why: string): void {
    const { remoteAddress } = socket;
    socket.destroy();
    const level = Date.now() < quietUntil ? 'debug' : 'warn';
    if (level === 'warn') quietUntil = Date.now() + QUIET_MS;
    logger[level](
      { address: remoteAddress, why },
      'A connection from an address of --proxy-protocol is closed, since it lacks the header.',
    );
  }

  function remember(socket: Socket, key: string, header: ProxyHeader): void {
    headers.set(key, header);
    socket.once('close', () => {
      if (headers.get(key) === header) headers.delete(key);
    });
  }

  return {
    admit(socket, passed) {
      const { remoteAddress } = socket;
      // It is gone already, and whether it had to have a header can no longer be known.
      if (remoteAddress === undefined) return void socket.destroy();
      if (!isBalancer(remoteAddress)) return passed();
      // Now, since a socket whose client goes forgets its ends.
      const key = ends(socket);
      waiting.add(socket);
      readHeader(socket, limits.proxyHeaderTimeout, {
        refused: (why) => refuse(socket, why),
        read(header) {
          remember(socket, key, header);
          passed();
        },
        over: () => waiting.delete(socket),
      });
    },

    peerOf(socket, encrypted) {
      const own = toPeer(socket.remoteAddress, encrypted, isTrusted);
      if (!isBalancer(own.address)) return own;
      const source = headers.get(ends(socket))?.source;
      // Who sent the `X-Forwarded-*` of such a connection is not known, so they do not count.
      return source === undefined
        ? { ...own, trusted: false }
        : toPeer(source, encrypted, isTrusted);
    },

    drain() {
      for (const socket of waiting) socket.destroy();
    },
  };
}

/**
 * Both ends of a connection: TLS hands on another object than the one whose header was read, and this
 * is what they have in common. No two open connections share it.
 */
function ends({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/**
 * Reads the header off a connection. What has come behind it is put back.
 *
 * @param timeout milliseconds until the header must be whole
 * @param then of `read` and `refused` at most one is called; neither where the connection ends first
 */
function readHeader(
  socket: Socket,
  timeout: number,
  then: {
    read(header: ProxyHeader): void;
    refused(why: string): void;
    over(): void;
  },
): void {
  let held: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => {
    over();
    // Who has said nothing was looking whether the port is open.
    if (held.length === 0) socket.destroy();
    else then.refused('its PROXY header did not come in time');
  }, timeout);

  function over(): void {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('close', over);
    then.over();
  }

  function onReadable(): void {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read())
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const header = tryToRead(held);
    if (header === undefined) return;
    over();
    if (header instanceof BadProxyHeader) {
      then.refused(header.message);
      return;
    }
    const rest = held.subarray(header.length);
    if (rest.length > 0) socket.unshift(rest);
    then.read(header);
  }

  socket.on('readable', onReadable);
  socket.once('close', over);
}

function tryToRead(bytes: Buffer): ProxyHeader | BadProxyHeader | undefined {
  try {
    return readProxyHeader(bytes);
  } catch (error) {
    if (error instanceof BadProxyHeader) return error;
    throw error;
  }
}
