import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The header that a load balancer writes in front of what it passes on (HAProxy, "The PROXY protocol,
 * Versions 1 & 2": https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt, §2.1 and §2.2).
 */
export interface ProxyHeader {
  /** Its length in bytes. The next byte is the client's. */
  readonly length: number;
  /**
   * The address of whoever connected to the load balancer; undefined where it speaks for itself, as
   * in a health check, or does not say.
   */
  readonly source: string | undefined;
}

/** What has come is no such header, and will not become one. The message is half a sentence. */
export class BadProxyHeader extends Error {}

const V1 = Buffer.from('PROXY ');
/** "So large that it fits in any case": the specification's own worst case, CRLF included (§2.1). */
const LONGEST_V1 = 107;
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const FIXED_V2 = 16;
/** The length field allows 64 KiB. What is in use takes some hundred bytes, and nginx takes as many as this. */
const LONGEST_V2 = 4_096;

/**
 * Reads the header at the beginning of a connection.
 *
 * @param bytes all that has come so far
 * @returns undefined while it may still become one
 * @throws {@link BadProxyHeader}, as soon as that is known
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (agrees(bytes, V1)) return bytes.length < V1.length ? undefined : readV1(bytes);
  if (agrees(bytes, V2)) return bytes.length < V2.length ? undefined : readV2(bytes);
  throw new BadProxyHeader('it does not begin with a PROXY header');
}

/** Whether bytes begin as a signature does, as far as both go. */
function agrees(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

/** One line for people: `PROXY TCP4 192.0.2.1 198.51.100.7 56324 443`. */
function readV1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, LONGEST_V1).indexOf('\r\n');
  if (end === -1) {
    if (bytes.length < LONGEST_V1) return undefined;
    throw new BadProxyHeader(`its PROXY header has no end within ${LONGEST_V1} bytes`);
  }
  const length = end + 2;
  const line = bytes.toString('latin1', 0, end);
  // "The receiver must ignore anything presented before the CRLF."
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { length, source: undefined };
  const [, family, source = '', target = '', ...ports] =
    /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line) ?? [];
  const isAddress = family === '4' ? isIPv4 : isIPv6;
  // A zone (`fe80::1%eth0`) means something on one machine only.
  const addressed = [source, target].every((text) => isAddress(text) && !text.includes('%'));
  if (!addressed || !ports.every(isPort))
    throw new BadProxyHeader('its PROXY header is not as version 1 has it');
  return { length, source };
}

function isPort(text: string): boolean {
  return String(Number(text)) === text && Number(text) <= 65_535;
}

/** Bytes for a pair of addresses and ports, by family and protocol (the 14th byte). */
const TCP4 = { code: 0x11, address: 4, block: 12 } as const;
const TCP6 = { code: 0x21, address: 16, block: 36 } as const;
const LOCAL = 0x20;
const PROXY = 0x21;

function readV2(bytes: Buffer): ProxyHeader | undefined {
  const [command, code] = [bytes[12], bytes[13]];
  if (command !== undefined && command !== LOCAL && command !== PROXY)
    throw new BadProxyHeader('its PROXY header has a version or a command that there is not');
  if (code !== undefined && command === PROXY && (code >> 4 > 3 || (code & 0xf) > 2))
    throw new BadProxyHeader('its PROXY header has a protocol that there is not');
  if (bytes.length < FIXED_V2) return undefined;
  const block = bytes.readUInt16BE(14);
  const length = FIXED_V2 + block;
  if (length > LONGEST_V2)
    throw new BadProxyHeader(`its PROXY header is longer than ${LONGEST_V2} bytes`);
  const family = command === PROXY ? [TCP4, TCP6].find((one) => one.code === code) : undefined;
  if (family && block < family.block)
    throw new BadProxyHeader('its PROXY header has no room for its addresses');
  if (bytes.length < length) return undefined;
  // What follows the addresses (TLVs) is skipped. Of other protocols "the receiver should ignore
  // address information", and so it must for LOCAL.
  if (!family) return { length, source: undefined };
  const source = bytes.subarray(FIXED_V2, FIXED_V2 + family.address);
  return { length, source: ipaddr.fromByteArray([...source]).toString() };
}
