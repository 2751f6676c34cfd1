/** How the proxy refuses: a `metav1.Status` in JSON, which every Kubernetes client can read. */
import { type SallyportError, toStatus, toWarning } from '../errors.ts';
import type { Client } from './client.ts';
import type { RequestInfo } from './requestInfo.ts';

/**
 * Makes the headers and the body of an error response.
 *
 * @param requestId to look it up by in Sallyport's log
 * @param info what was asked, as far as that was understood. client-go reads no Status in answer to
 *   its discovery requests (client-go, discovery_client.go: `Raw()` hands on the bare error), so a
 *   person with a fresh cache would be told "unknown"; but it prints every `Warning`, so there the
 *   sentence goes as one too (RFC 7234 §5.5; KEP-1693)
 * @returns headers as names in lower case and values in turn, and the body in UTF-8
 */
export function statusResponse(
  error: SallyportError,
  requestId: string,
  info?: RequestInfo,
): { readonly headers: string[]; readonly body: Buffer } {
  const status = toStatus(error);
  const body = Buffer.from(`${JSON.stringify(status)}\n`);
  const headers = [
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
    'x-request-id',
    requestId,
  ];
  // RFC 9110 §11.6.1 wants a challenge with 401; for Bearer no browser asks for a password.
  if (error.status === 401) headers.push('www-authenticate', 'Bearer realm="sallyport"');
  if (info?.isResourceRequest === false) headers.push('warning', toWarning(status.message));
  if (error.retryAfter !== undefined) headers.push('retry-after', String(error.retryAfter));
  return { headers, body };
}

/** Answers a request with a Status. @param info what was asked, as far as that was understood */
export function sendError(
  client: Client,
  error: SallyportError,
  requestId: string,
  info?: RequestInfo,
): void {
  const { headers, body } = statusResponse(error, requestId, info);
  client.head(error.status, headers, false);
  client.write(body);
  client.end([]);
}
