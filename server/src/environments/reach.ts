/** Which addresses Sallyport connects to for an environment, looked at when it connects. */
import { type LookupAddress, lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Says why no connection may lead to an address: half a sentence; undefined: it may. */
export type Refuses = (address: string, port: number) => string | undefined;

/** A connection that was not begun, since its address is one that environments may not have. */
export class AddressRefused extends Error {
  readonly code = 'ERR_ADDRESS_REFUSED';
}

/**
 * Where no API server is, but what answers whoever asks from this machine: the metadata of clouds, with
 * the machine's own credentials in it. Private ranges are where clusters are, and are not among them.
 */
const REFUSED: ReadonlyArray<readonly [range: string, what: string]> = [
  ['169.254.0.0/16', 'link-local, as the metadata service of a cloud is'],
  ['fe80::/10', 'link-local'],
  ['fd00:ec2::/32', 'that of the metadata service of a cloud'],
  ['100.100.100.200/32', 'that of the metadata service of a cloud'],
  ['168.63.129.16/32', 'that of the metadata service of a cloud'],
  ['192.0.0.192/32', 'that of the metadata service of a cloud'],
  ['0.0.0.0/8', 'no address of anybody'],
  ['::/128', 'no address of anybody'],
  ['224.0.0.0/4', 'that of a group of machines'],
  ['ff00::/8', 'that of a group of machines'],
  ['255.255.255.255/32', 'that of all machines'],
];

/** RFC 6052: IPv4 addresses as a network of IPv6 alone reaches them. */
const NAT64 = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/;

export interface ReachOptions {
  /** Ranges, as `10.0.0.0/8`, that may be reached although they would be refused. */
  readonly allowed: readonly string[];
  /** The port on which Sallyport listens itself, on all or some addresses of this machine. */
  readonly ownPort: () => number;
}

/** Makes the rule for a Sallyport. */
export function createReach({ allowed, ownPort }: ReachOptions): Refuses {
  const lists = REFUSED.map(([range, what]) => ({ list: listOf([range]), what }));
  const exceptions = listOf(allowed);
  return (address, port) => {
    const { text, family } = canonical(address);
    if (exceptions.check(text, family)) return undefined;
    for (const { list, what } of lists) {
      if (list.check(text, family)) return `its address, ${address}, is ${what}`;
    }
    // A request that goes through itself would go round for ever.
    return port === ownPort() && isOfThisMachine(text, family)
      ? 'Sallyport itself listens there'
      : undefined;
  };
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function canonical(address: string): { text: string; family: 'ipv4' | 'ipv6' } {
  // `%eth0` says on which network; the address is what is in front.
  const plain = (address.split('%', 1)[0] ?? '').toLowerCase();
  const [, high = '0', low = '0'] = NAT64.exec(plain) ?? [];
  if (NAT64.test(plain)) {
    const bytes = [high, low].flatMap((part) => {
      const value = Number.parseInt(part, 16);
      return [value >> 8, value & 0xff];
    });
    return { text: bytes.join('.'), family: 'ipv4' };
  }
  return { text: plain, family: isIP(plain) === 6 ? 'ipv6' : 'ipv4' };
}

function isOfThisMachine(address: string, family: 'ipv4' | 'ipv6'): boolean {
  const own = new BlockList();
  own.addSubnet('127.0.0.0', 8, 'ipv4');
  own.addAddress('::1', 'ipv6');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap(
    (all) => all ?? [],
  )) {
    own.addAddress(address.split('%', 1)[0] ?? '', family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return own.check(address, family);
}

/** How a connection is made, for `net` and `tls`. */
export interface Reach {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
}

/**
 * The options for a connection. Where the host is a name, what it means is looked at each time that it
 * is looked up, so that no name leads elsewhere later; an address by itself is looked at now.
 *
 * A connection to what is refused fails with {@link AddressRefused}, as one whose name is not found.
 */
export function reachOf(target: {
  readonly host: string;
  readonly port: number;
  readonly refuses?: Refuses | undefined;
}): Reach {
  const { host, port, refuses } = target;
  if (!refuses) return { host, port };
  if (isIP(host) !== 0) {
    const why = refuses(host, port);
    if (why === undefined) return { host, port };
    // A name that nobody has (RFC 6761), so that it is looked up: an address is not.
    return {
      ...{ host: 'refused.invalid', port },
      lookup: (_name, _options, callback) =>
        process.nextTick(() => callback(new AddressRefused(why), '')),
    };
  }
  return { host, port, lookup: checkedLookup(refuses, port) };
}

/** dns.lookup without the addresses that are refused. */
function checkedLookup(refuses: Refuses, port: number): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '');
      const whys = found.map(({ address }) => refuses(address, port));
      const good = found.filter((_, index) => whys[index] === undefined);
      const [first] = good;
      if (!first) return callback(new AddressRefused(whys[0] ?? 'it has no address'), '');
      return options.all ? callback(null, good) : callback(null, first.address, first.family);
    });
  };
}
