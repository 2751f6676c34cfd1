import type { FastifyReply, FastifyRequest } from 'fastify';
import { fail, toStatus, toWarning } from '../errors.ts';
import { parseToken } from '../tokens.ts';

/**
 * What Kubernetes clients ask a cluster for at the root of its address. Sallyport's own API has
 * nothing of these names but its health, which needs no credential at all.
 */
const KUBERNETES =
  /^\/(?:api(?:\/v1(?:\/.*)?)?|(?:apis|version|openapi|healthz|livez|readyz|metrics|logs)(?:\/.*)?)$/;

/**
 * Finds requests that were meant for a cluster and lost the path of the server's address on their
 * way: some tools take only its host (kubernetes/kubernetes#115276). A kubeconfig's token on a path
 * of Kubernetes tells them; whether the token is good is not looked at.
 *
 * @returns the path, as it came; undefined for all other requests
 */
export function strayed(request: Pick<FastifyRequest, 'url' | 'headers'>): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined || parseToken(token)?.kind !== 'kubeconfig') return undefined;
  const path = request.url.split('?', 1)[0] ?? '';
  return KUBERNETES.test(path) ? path : undefined;
}

/**
 * Answers as a cluster would, so that the tool can show the sentence: as a `Status`, and as a warning
 * too, since client-go reads no Status in answer to its discovery requests.
 */
export function sendStrayed(reply: FastifyReply, path: string): FastifyReply {
  const error = fail('proxy.path_missing', { path: path.slice(0, 200) });
  const status = toStatus(error);
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .header('www-authenticate', 'Bearer realm="sallyport"')
    .header('warning', toWarning(status.message))
    .type('application/json')
    .serializer(JSON.stringify)
    .send(status);
}
