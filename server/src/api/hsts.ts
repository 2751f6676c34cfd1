import type { RequestInfo } from './request.ts';

export interface HstsOptions {
  /** For how many seconds browsers are to remember it; 0: forget it. */
  readonly maxAge: number;
  /** `https://host[:port]`; the header is for its host name alone. */
  readonly publicUrl: string;
}

/**
 * The `Strict-Transport-Security` of an answer of the page or of the REST API (RFC 6797, 6.1): where an
 * operator asks for it, over HTTPS (7.2), and for the host name of the public URL alone. A browser
 * holds all ports of a host name to it, so a name by which somebody also happens to reach Sallyport,
 * `localhost` say, must not be taken from what else runs there. Neither subdomains nor preload lists
 * are named: both are about other hosts.
 *
 * @param options undefined: never
 * @returns undefined where the answer is to have none
 */
export function hstsOf(
  options: HstsOptions | undefined,
): (info: RequestInfo) => string | undefined {
  if (options === undefined) return () => undefined;
  const { hostname } = new URL(options.publicUrl);
  const header = `max-age=${options.maxAge}`;
  return ({ secure, host }) =>
    secure && host?.replace(/:\d+$/, '') === hostname ? header : undefined;
}
