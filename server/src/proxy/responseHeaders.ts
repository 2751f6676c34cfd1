/**
 * The header policy for responses. A response may come from the API server, from an aggregated one
 * or, on the proxy paths of services, pods and nodes, from any workload; it arrives at the client on
 * the gateway's own origin. So all of it passes except what would act on that origin or on the
 * connection, and every response is made harmless for a browser that should ever show it.
 */
import type { Target } from '../environments/target.ts';

/** What stays here, and why. */
const DROPPED: ReadonlySet<string> = new Set([
  // Hop-by-hop (RFC 9110 §7.6.1) and framing, which each hop does for itself.
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'http2-settings',
  // They would set, clear or ask for state of the gateway's origin.
  'set-cookie',
  'set-cookie2',
  'clear-site-data',
  'service-worker-allowed',
  'strict-transport-security',
  'public-key-pins',
  'public-key-pins-report-only',
  'alt-svc',
  'alt-used',
  'origin-agent-cluster',
  'expect-ct',
  'nel',
  'report-to',
  'reporting-endpoints',
  'accept-ch',
  'critical-ch',
  'refresh',
  'speculation-rules',
  'activate-storage-access',
  // They would let pages of other sites in.
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-private-network',
  'access-control-expose-headers',
  'access-control-max-age',
  'timing-allow-origin',
  // Sallyport says these itself.
  'content-security-policy',
  'content-security-policy-report-only',
  'x-content-type-options',
  'x-frame-options',
  'x-request-id',
]);

/** Also needed to switch protocols. */
const OF_UPGRADE: ReadonlySet<string> = new Set(['connection', 'upgrade']);

/**
 * An opaque origin: should a browser show a workload's page under the gateway's name, then that
 * page has neither the gateway's cookies nor its storage.
 */
export const SANDBOX =
  'sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts';

export interface ResponseContext {
  readonly target: Target;
  /** `/api/endpoints/{id}/kubernetes`. */
  readonly prefix: string;
  readonly requestId: string;
}

/**
 * Chooses the headers that go on to the client.
 *
 * @param fields names in lower case and values, in turn
 * @param contentLength what the body's length is told to be; undefined: it is not told
 * @returns names in lower case and values, in turn
 */
export function responseHeaders(
  fields: readonly string[],
  contentLength: number | undefined,
  context: ResponseContext,
): string[] {
  const named = connectionTokens(fields);
  const headers: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (DROPPED.has(name) || named?.has(name)) continue;
    const value = fields[i + 1] ?? '';
    headers.push(name, name === 'location' ? insideGateway(value, context) : value);
  }
  if (contentLength !== undefined) headers.push('content-length', String(contentLength));
  headers.push(
    'x-content-type-options',
    'nosniff',
    'content-security-policy',
    SANDBOX,
    'x-request-id',
    context.requestId,
  );
  return headers;
}

/**
 * Chooses the headers of a 101, `Connection` and `Upgrade` among them.
 *
 * @param fields names in lower case and values, in turn
 * @returns names in lower case and values, in turn
 */
export function switchingHeaders(fields: readonly string[], requestId: string): string[] {
  const headers: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (DROPPED.has(name) && !OF_UPGRADE.has(name)) continue;
    headers.push(name, fields[i + 1] ?? '');
  }
  headers.push('x-request-id', requestId);
  return headers;
}

/** Chooses the trailers that go on: none that would count as a header of those above. */
export function responseTrailers(fields: readonly string[]): string[] {
  const trailers: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    // RFC 9110 §6.5.1: framing, routing, authentication and content fields are no trailers.
    if (DROPPED.has(name) || /^(?:content-|location$|date$|vary$|warning$|www-)/.test(name))
      continue;
    trailers.push(name, fields[i + 1] ?? '');
  }
  return trailers;
}

/**
 * Keeps a redirect of the API server inside the gateway: it names a path of its own, or its own
 * address. A redirect of a workload to somewhere else is the workload's and passes.
 */
function insideGateway(location: string, { target, prefix }: ResponseContext): string {
  let path = location;
  const absolute = /^(?:https?:)?\/\/([^/?#]*)(.*)$/i.exec(location);
  if (absolute !== null) {
    const authority = (absolute[1] ?? '').toLowerCase();
    if (!authorities(target).has(authority)) return location;
    path = absolute[2] === '' ? '/' : (absolute[2] ?? '/');
  }
  if (!path.startsWith('/')) return absolute === null ? location : `${prefix}/${path}`;
  const { basePath } = target;
  if (basePath !== '' && (path === basePath || path.startsWith(`${basePath}/`))) {
    path = path.slice(basePath.length);
  }
  return `${prefix}${path}`;
}

function authorities(target: Target): Set<string> {
  const names = [target.host, target.servername].map((name) => {
    const lower = name.toLowerCase();
    return lower.includes(':') ? `[${lower}]` : lower;
  });
  return new Set(
    names.flatMap((name) => [`${name}:${target.port}`, ...(target.port === 443 ? [name] : [])]),
  );
}

function connectionTokens(fields: readonly string[]): Set<string> | undefined {
  let tokens: Set<string> | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== 'connection') continue;
    for (const token of (fields[i + 1] ?? '').split(',')) {
      tokens = (tokens ?? new Set()).add(token.trim().toLowerCase());
    }
  }
  return tokens;
}
