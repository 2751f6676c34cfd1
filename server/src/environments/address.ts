import type { Refuse } from './refuse.ts';

/** The parts of an API server's URL. */
export interface Address {
  /** Canonical `https://host[:port][/prefix]`. */
  readonly server: string;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Empty, or `/prefix` without a slash at its end. */
  readonly basePath: string;
}

/** RFC 3986 `pchar` without percent-encoding: a prefix that no hop on the way can read differently. */
const PREFIX = /^(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*$/;
/** As the contract has it; the last slashes of a longer path would be looked for from each of them. */
const MAX_LENGTH = 2_000;
const EXAMPLE = 'Write it like https://203.0.113.7:6443.';

/** Reads the URL of an API server, and refuses what would not be used as it is written. */
export function readAddress(text: string, refuse: Refuse): Address {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) {
    throw refuse(`The server URL is longer than ${MAX_LENGTH} characters.`, EXAMPLE);
  }
  if (/^http:\/\//i.test(trimmed)) {
    throw refuse(
      'The server URL begins with http://. Sallyport sends credentials over verified TLS only.',
      'Give the https:// address of the API server.',
    );
  }
  if (!/^https:\/\/[^/\\]/i.test(trimmed) || !URL.canParse(trimmed)) {
    throw refuse('The server URL is no https:// URL.', EXAMPLE);
  }
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    throw refuse('The server URL contains a user name or password.', EXAMPLE);
  }
  if (trimmed.includes('?') || trimmed.includes('#')) {
    throw refuse('The server URL contains a query or a fragment.', EXAMPLE);
  }
  const basePath = url.pathname.replace(/\/+$/, '');
  if (!PREFIX.test(basePath)) {
    throw refuse('The path of the server URL contains an escape or an empty part.', EXAMPLE);
  }
  return {
    server: `https://${url.host}${basePath}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    basePath,
  };
}
