import { define } from './entry.ts';

/** Requests as such. */
export const requestsErrors = define({
  'request.invalid': {
    status: 400,
    title: 'Invalid request',
    message: '{why}',
  },
  'request.unsupported_media_type': {
    status: 415,
    title: 'Unsupported media type',
    message: 'The body must be JSON.',
    remedy: 'Send it with Content-Type: application/json.',
  },
  'request.too_large': {
    status: 413,
    title: 'Too large',
    message: 'The body is larger than {limit}.',
  },
  'request.cross_origin': {
    status: 403,
    title: 'Cross-origin request',
    message: 'A request that changes something came from another site ({origin}).',
    remedy: 'Use the page that this Sallyport serves, or an API token.',
  },
  'request.not_found': {
    status: 404,
    title: 'Not found',
    message: 'There is nothing at {method} {path}.',
  },
  'request.method_not_allowed': {
    status: 405,
    title: 'Method not allowed',
    message: '{method} is not possible on {path}.',
  },
  'request.target_invalid': {
    status: 400,
    title: 'Invalid request target',
    message: 'The request target is refused: {why}.',
  },
  'request.misdirected': {
    status: 421,
    title: 'Misdirected request',
    message:
      'The connection was opened for environment {named}, by its TLS server name, and the path is of environment {id}.',
    remedy:
      'Use the cluster entry of the kubeconfig as it is: server and tls-server-name belong together.',
  },
  'request.impersonation_refused': {
    status: 403,
    title: 'Impersonation refused',
    message:
      'The request carries the header {header}. Sallyport says who you are to the cluster; nobody else may.',
    remedy: 'Leave out --as, --as-group, --as-uid and as: in the kubeconfig.',
  },
  'request.malformed': {
    status: 400,
    title: 'Malformed request',
    message: 'What arrived is no valid HTTP request.',
  },
  'request.head_too_large': {
    status: 431,
    title: 'Header too large',
    message: 'The header of the request is larger than {limit}.',
  },
  'request.timeout': {
    status: 408,
    title: 'Request too slow',
    message: 'The request did not arrive in time.',
    remedy: 'Send it again.',
  },
  'request.tls_expected': {
    status: 400,
    title: 'HTTPS expected',
    message: 'This port speaks HTTPS, and the request came over plain HTTP.',
    remedy: 'Open https:// instead of http://.',
  },
  'request.header_invalid': {
    status: 400,
    title: 'Invalid header',
    message: 'The request is refused: {why}.',
  },
  'request.too_many': {
    status: 429,
    title: 'Too many requests',
    message: '{why}',
    remedy: 'Try again in {seconds} seconds.',
  },
  'page.not_built': {
    status: 503,
    title: 'Page not built',
    message: 'The page has not been built; the API and the proxy work.',
    remedy: 'Run npm run build.',
  },
  'store.full': {
    status: 503,
    title: 'Disk full',
    message: "The disk of Sallyport's database is full, so nothing can be changed.",
    remedy: 'An admin must make room on it; then it works again without a restart.',
  },
  'internal.error': {
    status: 500,
    title: 'Internal error',
    message:
      'Something went wrong inside Sallyport. Its log says more under request id {requestId}.',
  },
});
