import { fail } from '../errors.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The parts of a request that tell where it came from. */
export interface Provenance {
  readonly method: string;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which browsers set and pages cannot (Fetch Metadata). */
  readonly fetchSite: string | undefined;
  /** The authority that was asked for. */
  readonly host: string | undefined;
  readonly secure: boolean;
}

/**
 * Refuses a request that rides on a browser's cookie but was made by another site's page. The
 * cookie is SameSite=Strict already; this holds where a sibling subdomain counts as the same site.
 *
 * @param issuesByGet whether the route changes something though it is a GET
 * @throws request.cross_origin
 */
export function requireSameOrigin(request: Provenance, issuesByGet: boolean): void {
  const { method, origin, fetchSite, host, secure } = request;
  if (SAFE.has(method) && !issuesByGet) return;
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    throw fail('request.cross_origin', { origin: origin ?? fetchSite });
  }
  if (origin === undefined) return;
  if (
    host === undefined ||
    origin.toLowerCase() !== `${secure ? 'https' : 'http'}://${host.toLowerCase()}`
  ) {
    throw fail('request.cross_origin', { origin: origin.slice(0, 200) });
  }
}
