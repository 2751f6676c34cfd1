import type { RequestInfo } from './request.ts';

/**
 * Where people reach Sallyport over HTTPS: the configured URL, or the address that this very request
 * used. A request over plain HTTP names the host, and the port is then our own. Forwarded headers
 * count only from a trusted proxy, which the listener has seen to.
 *
 * @param info undefined: at no particular request
 * @param configured `--public-url`
 * @param port the HTTPS port
 * @returns `https://host[:port]`, without a slash at the end
 */
export function publicUrlOf(
  info: RequestInfo | undefined,
  configured: string | undefined,
  port: number,
): string {
  if (configured !== undefined) return configured.replace(/\/+$/, '');
  const host = info?.host;
  if (host === undefined) return `https://localhost:${port}`;
  if (info?.secure) return `https://${host}`;
  return `https://${host.replace(/:\d+$/, '')}${port === 443 ? '' : `:${port}`}`;
}
