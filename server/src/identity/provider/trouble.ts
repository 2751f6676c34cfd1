import { fail, SallyportError } from '../../errors.ts';

/** Says why a server could not be talked to: a clause without a full stop. */
export type Explain = (
  cause: unknown,
  server: { readonly servername: string; readonly ca: string | undefined },
) => string;

/** Where the trouble was. */
export interface Place {
  readonly issuer: string;
  readonly ca: string | null;
}

/** What may be said of an error's code, in words of ours: what came from outside is not repeated. */
const CHECKS: Readonly<Record<string, string>> = {
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'the ID token is for another sign-in, client or issuer',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'it comes from another issuer',
  OAUTH_KEY_SELECTION_FAILED: 'the ID token is signed with a key that the provider does not name',
  OAUTH_UNSUPPORTED_OPERATION: 'the ID token is signed in a way that is not accepted',
  OAUTH_RESPONSE_IS_NOT_JSON: 'it is no JSON',
  OAUTH_PARSE_ERROR: 'it cannot be read',
};

/** Errors that an authorization endpoint answers with: RFC 6749 §4.1.2.1, OpenID Connect §3.1.2.6. */
const KNOWN_ERRORS: ReadonlySet<string> = new Set([
  ...['invalid_request', 'unauthorized_client', 'unsupported_response_type', 'invalid_scope'],
  ...['server_error', 'temporarily_unavailable', 'interaction_required', 'login_required'],
  ...['account_selection_required', 'consent_required', 'request_not_supported'],
]);
/** Somebody has pressed Cancel, or may not use this client. */
const DENIED: ReadonlySet<string> = new Set(['access_denied', 'consent_required']);

interface LibraryError extends Error {
  readonly code?: unknown;
  /** OAuth's own code, where the provider has answered with an error. */
  readonly error?: unknown;
  readonly status?: unknown;
}

/** Puts into words what an error answer of the provider in the browser says. */
export function answeredError(error: string): SallyportError {
  if (DENIED.has(error)) return fail('auth.provider_denied');
  return fail('auth.provider_error', { error: KNOWN_ERRORS.has(error) ? error : 'unknown' });
}

/**
 * Puts into words what a sign-in failed with while the provider was asked.
 *
 * @param thrown what the library threw; its causes hold codes and tokens, so it is never passed on
 */
export function signInTrouble(thrown: unknown, place: Place, explain: Explain): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as LibraryError;
  const network = networkTrouble(error, place, explain);
  if (network) return fail('auth.provider_unreachable', { why: `${network}.` });
  if (error.error === 'invalid_client' || error.status === 401) {
    return fail('auth.provider_client_refused');
  }
  if (error.error === 'invalid_grant') return fail('auth.provider_code_refused');
  if (typeof error.error === 'string') return answeredError(error.error);
  const code = String(error.code);
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return fail('auth.provider_clock');
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
    return fail('auth.provider_unreachable', { why: `it has answered ${statusOf(error)}.` });
  }
  const why = CHECKS[code] ?? 'a part of it is missing, or not what it should be';
  return fail('auth.provider_invalid', { why });
}

/** Puts into words why a provider that is to be set up cannot be used. */
export function discoveryTrouble(thrown: unknown, place: Place, explain: Explain): SallyportError {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as LibraryError;
  const refuse = (why: string, how: string) => fail('provider.discovery_failed', { why, how });
  const network = networkTrouble(error, place, explain);
  const host = hostOf(place.issuer);
  if (network) {
    return refuse(
      `${host}: ${network}.`,
      'Correct the issuer or the CA, and see that Sallyport can reach it.',
    );
  }
  const document = `${place.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const how = 'Give the issuer exactly as the provider calls itself.';
  switch (String(error.code)) {
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      return refuse(`${document} answers ${statusOf(error)}: there is no provider there.`, how);
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
    case 'OAUTH_PARSE_ERROR':
      return refuse(`${document} is no description of a provider.`, how);
    default:
      return refuse(`${document} does not describe a provider that can be used.`, how);
  }
}

/** @returns undefined where the provider was reached */
function networkTrouble(error: LibraryError, place: Place, explain: Explain): string | undefined {
  if (error.code === 'OAUTH_TIMEOUT') return 'there was no answer in time';
  // What fetch throws has the reason as its cause.
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return undefined;
  return explain(error.cause, {
    servername: hostOf(place.issuer),
    ca: place.ca ?? undefined,
  });
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}

/** The library gives the answer itself as the cause. */
function statusOf(error: Error): string {
  const { status } = (error.cause ?? {}) as { status?: unknown };
  return typeof status === 'number' ? `HTTP ${status}` : 'not as it should';
}
