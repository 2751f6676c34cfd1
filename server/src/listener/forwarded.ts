import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';

/** Who is at the other end, once trusted proxies have been looked through. */
export interface ClientInfo {
  /** Whether the client's own connection was HTTPS, here or at a trusted proxy. */
  readonly secure: boolean;
  /** The client's IP address; an IPv4 address is never written as IPv6. */
  readonly address: string;
  /** The host and port that the client asked for, in lower case; undefined where it is not valid. */
  readonly host: string | undefined;
  /** The environment that the client named in its TLS handshake: all that it asks is asked of that. */
  readonly environmentId?: number | undefined;
}

/** One end of a TCP connection, as the socket tells it. */
export interface Peer {
  readonly address: string;
  readonly encrypted: boolean;
  /** Whether it is a proxy whose `X-Forwarded-*` headers count. */
  readonly trusted: boolean;
  /** The environment that it named in its TLS handshake. */
  readonly environmentId: number | undefined;
}

type IsTrusted = (address: string) => boolean;

/**
 * Makes the test for trusted proxies.
 *
 * @param ranges CIDR ranges, as config.ts returns them
 */
export function createTrust(ranges: readonly string[]): IsTrusted {
  const parsed = ranges.map((range) => ipaddr.parseCIDR(range));
  if (parsed.length === 0) return () => false;
  return (address) => {
    const ip = parseAddress(address);
    return (
      ip !== undefined &&
      parsed.some(
        ([network, bits]) => network.kind() === ip.kind() && ip.match([network, bits] as never),
      )
    );
  };
}

/**
 * Describes the peer of a connection, once for all its requests.
 *
 * @param remoteAddress what the socket says; undefined where it is gone already
 */
export function toPeer(
  remoteAddress: string | undefined,
  encrypted: boolean,
  isTrusted: IsTrusted,
): Peer {
  const address = parseAddress(remoteAddress ?? '')?.toString() ?? '';
  return { address, encrypted, trusted: isTrusted(address), environmentId: undefined };
}

/**
 * Finds out who sent a request. `X-Forwarded-For`, `-Proto` and `-Host` are believed from a trusted
 * proxy only: from anybody else they are words of the client about itself.
 *
 * Each proxy appends to the right of `X-Forwarded-For`, so it is read from the right: as long as an
 * address is a trusted proxy, the one to its left was seen by that proxy; the first that is not is
 * the client. `-Proto` and `-Host` are read at the same step where they are lists too; the usual
 * single value is what the proxy set.
 */
export function clientOf(
  peer: Peer,
  headers: IncomingHttpHeaders,
  isTrusted: IsTrusted,
): ClientInfo {
  const asked = headers[':authority'] ?? headers.host;
  const { environmentId } = peer;
  if (!peer.trusted)
    return {
      secure: peer.encrypted,
      address: peer.address,
      host: validHost(asked),
      environmentId,
    };

  let address = peer.address;
  let steps = 0;
  const hops = list(headers['x-forwarded-for']);
  for (let at = hops.length - 1; at >= 0 && isTrusted(address); at--) {
    const hop = parseAddress(withoutPort(hops[at] ?? ''))?.toString();
    // Beyond something that is no address nothing can be known.
    if (hop === undefined) break;
    address = hop;
    steps += 1;
  }
  const proto = atStep(headers['x-forwarded-proto'], steps)?.toLowerCase();
  const host = atStep(headers['x-forwarded-host'], steps);
  return {
    // Anything but "https" is not HTTPS; the socket is asked only where the proxy says nothing.
    secure: proto === undefined ? peer.encrypted : proto === 'https',
    address,
    host: validHost(host ?? asked),
    environmentId,
  };
}

/** Headers as node:http gives them, as far as {@link clientOf} asks: doubled ones are joined. */
export function namesOf(rawHeaders: readonly string[]): Record<string, string> {
  const names: Record<string, string> = Object.create(null);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    const before = names[name];
    names[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return names;
}

function atStep(header: string | string[] | undefined, steps: number): string | undefined {
  const values = list(header);
  return values[Math.max(0, values.length - Math.max(1, steps))];
}

function list(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return (typeof header === 'string' ? header : header.join(','))
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Some proxies write `1.2.3.4:5678` or `[2001:db8::1]:5678`. */
function withoutPort(hop: string): string {
  return (
    /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop
  );
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // ipaddr.js also takes octal and short forms of IPv4, which nothing honest writes here.
  if (text.includes(':') ? !ipaddr.IPv6.isValid(text) : !ipaddr.IPv4.isValidFourPartDecimal(text))
    return undefined;
  // An IPv4 client on an IPv6 socket reads ::ffff:192.0.2.1; `process` makes it IPv4 again.
  return ipaddr.process(text);
}

const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;

function validHost(host: string | string[] | undefined): string | undefined {
  if (typeof host !== 'string') return undefined;
  const folded = host.toLowerCase();
  return HOST.test(folded) ? folded : undefined;
}
