/**
 * The list and the watch of namespaces for those who may see only some. The API server answers
 * both for the whole cluster or not at all, so tools that begin with them fail for a person whose
 * rights are in namespaces. Here is how the question is put instead, in Sallyport's own name.
 *
 * Nothing is filtered here: the API server does it, by a label selector. Every namespace carries
 * its name as the label `kubernetes.io/metadata.name`, which nobody can change or remove (KEP-2161,
 * Kubernetes 1.22 and later; core/v1 `SetDefaults_Namespace` writes it with every read and write).
 * So every format, pages, bookmarks and resource versions are the API server's own.
 */
import type { Target } from '../environments/target.ts';
import { hostLine, type RequestHeaders } from './headers.ts';
import { credentialLine } from './identity.ts';
import { parseQuery } from './query.ts';
import type { RequestInfo } from './requestInfo.ts';

const PATH = '/api/v1/namespaces';
const NAME_LABEL = 'kubernetes.io/metadata.name';
/** RFC 1123 label; a namespace of any other name does not exist. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * What of a client's query goes on (apimachinery, `ListOptions` and `TableOptions`; KEP-5866).
 * `labelSelector` is not here: it is made anew.
 */
const PARAMETERS = [
  'watch',
  'allowWatchBookmarks',
  'sendInitialEvents',
  'resourceVersion',
  'resourceVersionMatch',
  'timeoutSeconds',
  'limit',
  'continue',
  'fieldSelector',
  'shardSelector',
  'includeObject',
  'pretty',
] as const;

/** Whether a request lists or watches the namespaces of the cluster. */
export function asksForNamespaces(method: string, info: RequestInfo): boolean {
  return (
    method === 'GET' &&
    info.resource === 'namespaces' &&
    (info.verb === 'list' || info.verb === 'watch') &&
    (info.path === PATH || info.path === `${PATH}/`)
  );
}

/**
 * Puts the same question about certain namespaces.
 *
 * @param rest path and query as the client sent them
 * @param names the namespaces that the answer may hold; empty: none
 * @returns path and query; whatever the client's says, it selects nothing but those
 */
export function ownNamespacesPath(rest: string, names: readonly string[]): string {
  const question = rest.indexOf('?');
  const asked = parseQuery(question === -1 ? '' : rest.slice(question + 1));
  const query: string[] = [];
  for (const key of PARAMETERS) {
    const value = asked.get(key);
    if (value !== undefined) query.push(`${key}=${encodeURIComponent(value)}`);
  }
  // Requirements of a selector are joined by "and", and there is no "or". Ours is whole before the
  // client's begin, so they narrow it further or are a syntax error.
  const theirs = asked.get('labelSelector') ?? '';
  const selector = theirs === '' ? nameIn(names) : `${nameIn(names)},${theirs}`;
  query.push(`labelSelector=${encodeURIComponent(selector)}`);
  return `${PATH}?${query.join('&')}`;
}

function nameIn(names: readonly string[]): string {
  const valid = names.filter((name) => NAMESPACE.test(name));
  // No namespace is without the label.
  return valid.length === 0 ? `!${NAME_LABEL}` : `${NAME_LABEL} in (${valid.join(',')})`;
}

export interface OwnNamespacesRequest {
  /** Made by {@link ownNamespacesPath}. */
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly target: Target;
  readonly requestId: string;
  /** The client's address. */
  readonly address: string;
}

/**
 * Writes the head of such a request. It is the only one that the proxy makes for nobody but itself,
 * so what it may ask is fixed here: GET, that path, no body, no upgrade.
 *
 * @returns the whole head, for latin1
 * @throws SallyportError internal.error when the credential cannot be written
 */
export function ownNamespacesHead(request: OwnNamespacesRequest): string {
  const { path, headers, target, requestId, address } = request;
  return `GET ${target.basePath}${path} HTTP/1.1\r\n${hostLine(target)}${headers.lines}X-Forwarded-For: ${address}\r\nAudit-ID: ${requestId}\r\n${credentialLine(target)}\r\n`;
}
