import type { RequestInfo } from './request.ts';

/**
 * Where people reach Sallyport: the configured URL, or the address that this very request used.
 * Forwarded headers count only from a trusted proxy, which the listener has seen to.
 *
 * @param info undefined: at no particular request
 * @param configured `--public-url`
 * @param fallback `https://localhost:9443`, where a request names no host
 * @returns `https://host[:port]`, without a slash at the end
 */
export function publicUrlOf(
  info: RequestInfo | undefined,
  configured: string | undefined,
  fallback: string,
): string {
  if (configured !== undefined) return configured.replace(/\/+$/, '');
  return info?.secure && info.host !== undefined ? `https://${info.host}` : fallback;
}
