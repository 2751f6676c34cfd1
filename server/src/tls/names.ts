import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/**
 * The names and addresses by which this machine may be reached: its host name and the addresses
 * of its network interfaces. Link-local addresses are left out, since they need a zone that no
 * certificate can hold.
 */
export function machineNames(): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((address) => !address.internal)
    .map(({ address }) => address)
    .filter((address) => ipaddr.parse(address).range() !== 'linkLocal');
  return [hostname(), ...addresses];
}

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/**
 * For the names of environments (`environments/serverName.ts`), whether they are used or not: what is
 * below `internal` is nobody's on the Internet, and a certificate that has it need not change when they
 * are. Nobody resolves it; clients are told it beside the address.
 */
export const ENVIRONMENTS = '*.sallyport.internal';

/**
 * The names that Sallyport's own certificate must carry, each once, in an order that does not
 * depend on that of the machine's.
 *
 * @param publicUrl `https://host[:port]`
 * @param machine names and addresses of the machine; what is neither is left out
 */
export function requiredNames(publicUrl: string | undefined, machine: readonly string[]): string[] {
  const publicHost = publicUrl ? new URL(publicUrl).hostname.replace(/^\[|\]$/g, '') : undefined;
  const names = new Set(['localhost', '127.0.0.1', '::1', ENVIRONMENTS]);
  const others = [...(publicHost === undefined ? [] : [publicHost]), ...machine].flatMap(canonical);
  for (const name of others.sort()) names.add(name);
  return [...names];
}

function canonical(name: string): string[] {
  if (name.includes('%')) return [];
  if (isIP(name)) return [ipaddr.parse(name).toString()];
  const folded = name.toLowerCase().replace(/\.$/, '');
  return DNS_NAME.test(folded) ? [folded] : [];
}
