import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Headers of the PROXY protocol, as load balancers write them. */

/** A header of version 1. */
export function headerV1(source: string, target = isIPv6(source) ? '::1' : '127.0.0.1'): Buffer {
  const family = isIPv6(source) ? 'TCP6' : 'TCP4';
  return Buffer.from(`PROXY ${family} ${source} ${target} 56324 443\r\n`);
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n');

/**
 * A header of version 2 with any content.
 *
 * @param command version and command, the 13th byte
 * @param code family and protocol, the 14th byte
 */
export function rawV2(command: number, code: number, block: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block.length);
  return Buffer.concat([SIGNATURE, Buffer.from([command, code]), length, block]);
}

/** A header of version 2. @param tlvs what follows the addresses */
export function headerV2(source: string, tlvs: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = ipaddr.parse(source).toByteArray();
  const block = [...bytes, ...bytes.map(() => 0), 0xdc, 0x04, 0x01, 0xbb, ...tlvs];
  return rawV2(0x21, bytes.length === 4 ? 0x11 : 0x21, Uint8Array.from(block));
}
