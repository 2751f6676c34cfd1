/** How the proxy refuses: a `metav1.Status` in JSON, which every Kubernetes client can read. */
import { type SallyportError, toStatus } from '../errors.ts';

/**
 * Makes the headers and the body of an error response.
 *
 * @param requestId to look it up by in Sallyport's log
 * @returns headers as names in lower case and values in turn, and the body in UTF-8
 */
export function statusResponse(
  error: SallyportError,
  requestId: string,
): { readonly headers: string[]; readonly body: Buffer } {
  const body = Buffer.from(`${JSON.stringify(toStatus(error))}\n`);
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
  if (error.retryAfter !== undefined) headers.push('retry-after', String(error.retryAfter));
  return { headers, body };
}

/**
 * Makes the last event of a JSON watch: it says why the watch ends, and client-go hands it on as an
 * error (apimachinery, pkg/watch, `Error`).
 */
export function watchError(error: SallyportError): string {
  return `${JSON.stringify({ type: 'ERROR', object: toStatus(error) })}\n`;
}
