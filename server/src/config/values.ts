import { parseDuration } from '@sallyport/contract';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/**
 * The kinds of values a setting can have. Each takes text, as flags and variables give it, and says
 * in half a sentence what is wrong with a value ("is no port: …"), without repeating the value.
 */

type Check<T> = (text: string) => T | Wrong;

class Wrong {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

function value<T>(check: Check<T>) {
  return z.string().transform((text, context): T => {
    const result = check(text);
    if (!(result instanceof Wrong)) return result;
    context.addIssue({ code: 'custom', message: result.why });
    return z.NEVER;
  });
}

/** Any text at all; sources give no empty text. */
export const Text = z.string();

/** A secret that is sent over the wire: long enough that nobody guesses it. */
export const Token = value<string>((text) =>
  /^[\x21-\x7e]{16,}$/.test(text)
    ? text
    : new Wrong('must have at least 16 characters of ASCII, without blanks'),
);

/** A TCP port; 0 lets the system choose a free one. */
export const Port = value<number>((text) =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Number(text)
    : new Wrong('is no port: write a number from 0 to 65535'),
);

/** A TCP port, or `off`, which becomes undefined. */
export const PortOrOff = value<number | undefined>((text) => {
  if (text === 'off') return undefined;
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Number(text)
    : new Wrong('is no port: write a number from 0 to 65535, or off');
});

/** The most processes that Sallyport runs as; more cores than that go unused. */
export const MAX_WORKERS = 64;

/** How many processes; `auto` leaves it to the machine. */
export const Workers = value<number | 'auto'>((text) => {
  if (text === 'auto') return 'auto';
  return /^[1-9]\d?$/.test(text) && Number(text) <= MAX_WORKERS
    ? Number(text)
    : new Wrong(`is no number of workers: write one from 1 to ${MAX_WORKERS}, or auto`);
});

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*$/;

/** An address or a host name to listen on, without a port. IPv6 may stand in brackets. */
export const Host = value<string>((text) => {
  const bare = /^\[(.+)\]$/.exec(text)?.[1] ?? text;
  if (ipaddr.IPv6.isValid(bare)) return bare;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return bare;
  // All digits and dots, yet no address: a name like that exists nowhere.
  if (/^[\d.]+$/.test(bare) || !HOST_NAME.test(bare))
    return new Wrong('is no address or host name (a port is given by itself)');
  return bare;
});

/** The address people use: `https://host[:port]`, returned as an origin without a slash at its end. */
export const PublicUrl = value<string>((text) => {
  const url = URL.parse(text);
  if (!url || url.host === '')
    return new Wrong('is no URL: write it like https://sallyport.example.com');
  if (url.protocol !== 'https:')
    return new Wrong('must begin with https://, since kubectl sends no token over anything else');
  if (url.username !== '' || url.password !== '')
    return new Wrong('must hold no user name and no password');
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text))
    return new Wrong('must end after the host and port, without a query');
  if (url.pathname !== '/')
    return new Wrong(
      'must end after the host and port: Sallyport needs a host name of its own, not a path below another',
    );
  return url.origin;
});

/** `postgres://…`. Holds a password, so it is never printed. */
export const DatabaseUrl = value<string>((text) => {
  const url = URL.parse(text);
  return url && (url.protocol === 'postgres:' || url.protocol === 'postgresql:')
    ? text
    : new Wrong('is no database URL: write it like postgres://user:password@host/database');
});

/**
 * A list of addresses and CIDR ranges, divided by commas or spaces.
 *
 * @returns one canonical CIDR an entry, a single address being a range of one
 */
export const AddressRanges = value<readonly string[]>((text) => {
  const ranges: string[] = [];
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const range = toRange(entry);
    if (range === undefined)
      return new Wrong('holds something that is no IP address and no range like 10.0.0.0/8');
    ranges.push(range);
  }
  return ranges;
});

function toRange(entry: string): string | undefined {
  // ipaddr.js also reads octal, hexadecimal and short forms ("10.1"), which people mistype and
  // programs disagree about; only the common form counts here.
  const [address = '', bits, ...rest] = entry.split('/');
  if (rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const v4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!v4 && !ipaddr.IPv6.isValid(address)) return undefined;
  const width = v4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  if (prefix > width) return undefined;
  const network = v4
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`)
    : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${prefix}`);
  return `${network.toString()}/${prefix}`;
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const Level = value<LogLevel>(
  (text) =>
    LOG_LEVELS.find((level) => level === text) ??
    new Wrong(`is no log level: write one of ${LOG_LEVELS.join(', ')}`),
);

/** 32 bytes as base64, base64url or 64 hexadecimal digits. */
export const SecretKey = value<Buffer>((text) => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  // 32 bytes are 43 characters of base64 and one of padding, which may be left out.
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return new Wrong('must be 32 bytes, in base64 or as 64 hexadecimal digits');
});

const MAX_GRACE_MS = 3_600_000;

/** A time to wait, in milliseconds; at most an hour, and 0 means not at all. */
export const Grace = value<number>((text) => {
  const ms = parseDuration(text);
  return ms === undefined || ms > MAX_GRACE_MS
    ? new Wrong('is no duration between 0 and 1h: write it like 10s')
    : ms;
});

const MAX_HSTS_MS = 2 * 365 * 86_400_000;

/** How long browsers remember something, in seconds, 0 meaning that they forget it; or `off`, which becomes undefined. */
export const BrowsersRemember = value<number | undefined>((text) => {
  if (text === 'off') return undefined;
  const ms = parseDuration(text);
  return ms === undefined || ms > MAX_HSTS_MS
    ? new Wrong('is no duration up to 730d: write it like 365d, 0 to take it back, or off')
    : Math.floor(ms / 1_000);
});

const SIZE_UNITS = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;

/** A size of a file, in bytes; at least 1 MB. */
export const Size = value<number>((text) => {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?(KB|MB|GB)$/i.exec(text) ?? [];
  const bytes =
    Number(number) * (SIZE_UNITS[unit?.toUpperCase() as keyof typeof SIZE_UNITS] ?? Number.NaN);
  return bytes >= 1e6 && bytes <= 1e12
    ? Math.round(bytes)
    : new Wrong('is no size between 1 MB and 1000 GB: write it like 100MB');
});

/** A time that may be for ever, which is 0; in milliseconds. */
export const Age = value<number>(
  (text) => parseDuration(text) ?? new Wrong('is no duration: write it like 24h, or 0 for never'),
);

/** How many files. */
export const FileCount = value<number>((text) =>
  /^\d{1,4}$/.test(text) ? Number(text) : new Wrong('is no number from 0 to 9999'),
);

/** How many at once. */
export const AtOnce = value<number>((text) =>
  /^[1-9]\d{0,5}$/.test(text) ? Number(text) : new Wrong('is no number from 1 to 999999'),
);

/** Where events are posted to; `http://` only to this machine, since whoever listens reads them. */
export const WebhookUrl = value<string>((text) => {
  const url = URL.parse(text);
  const local = url && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && local)))
    return new Wrong('must begin with https:// (http:// is for this machine alone)');
  if (url.username !== '' || url.password !== '')
    return new Wrong('must hold no user name and no password');
  return url.href;
});

/** A syslog server. */
export type SyslogAddress =
  | { readonly protocol: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string };

/** The ports of RFC 5426, RFC 6587 (which names none of its own) and RFC 5425. */
const SYSLOG_PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;

/** `udp://`, `tcp://` or `tls://host[:port]`, or `unix:///path` of a stream socket. */
export const Syslog = value<SyslogAddress>((text) => {
  const wrong = new Wrong('is no syslog server: write it like udp://host:514 or unix:///run/log');
  const path = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { protocol: 'unix', path };
  const [, scheme, rest] = /^(udp|tcp|tls):\/\/([^/?#@]+)\/?$/.exec(text) ?? [];
  // The parser knows nothing of these schemes, so it takes the address of one that it knows.
  const url = rest === undefined ? null : URL.parse(`http://${rest}`);
  if (scheme === undefined || !url) return wrong;
  const protocol = scheme as keyof typeof SYSLOG_PORTS;
  const written = /:(\d+)$/.exec(rest ?? '')?.[1];
  const port = written === undefined ? SYSLOG_PORTS[protocol] : Number(written);
  return { protocol, host: url.hostname.replace(/^\[|\]$/g, ''), port };
});
