/**
 * What a request means to Kubernetes, resolved exactly as the API server does it (kubernetes,
 * staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go, `NewRequestInfo`). It is used
 * for audit, for limits and for telling a stream from a short request; access is the cluster's to
 * decide, so nothing is let in or kept out by it.
 *
 * One difference is known: where a list's `labelSelector` cannot be parsed, the API server forgets
 * a name that the `fieldSelector` gave. It answers such a request with 400 in any case.
 */
import { exactFieldName } from './fieldSelector.ts';
import { parseQuery, type Query } from './query.ts';

export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** The decoded path, without the query. */
  readonly path: string;
  /** The Kubernetes verb of a resource request, else the HTTP method in lower case. */
  readonly verb: string;
  readonly apiPrefix: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/** Paths that name their verb: `/api/v1/watch/pods`; both are deprecated, `proxy` is gone. */
const PATH_VERBS: ReadonlySet<string> = new Set(['proxy', 'watch']);
/** What may follow a namespace's name without being a resource in it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** kube-apiserver's `longRunningFunc`: requests that no time limit is for. */
const LONG_VERBS: ReadonlySet<string> = new Set(['watch', 'proxy']);
const LONG_SUBRESOURCES: ReadonlySet<string> = new Set([
  'attach',
  'exec',
  'proxy',
  'log',
  'portforward',
]);

/**
 * Resolves a request.
 *
 * @param method in upper case
 * @param target path and query as they go to the API server, escaped
 */
export function requestInfo(method: string, target: string): RequestInfo {
  const question = target.indexOf('?');
  const path = decodePath(question === -1 ? target : target.slice(0, question));
  const parts = splitPath(path);
  const prefix = parts[0];
  const groupless = prefix === 'api';
  if (parts.length < (groupless ? 3 : 4) || (!groupless && prefix !== 'apis')) {
    // The API server keeps the prefix of `/apis/apps/v1`, which is no resource request yet.
    const apiPrefix = prefix === 'apis' && parts.length === 3 ? prefix : '';
    return nonResource(method, path, apiPrefix);
  }

  const apiGroup = groupless ? '' : (parts[1] ?? '');
  let at = groupless ? 1 : 2;
  const apiVersion = parts[at++] ?? '';

  let verb = VERBS[method] ?? '';
  const pathVerb = parts[at] ?? '';
  if (PATH_VERBS.has(pathVerb)) {
    // `/api/v1/watch` alone: the API server gives up here and keeps the HTTP method.
    if (parts.length - at < 2) {
      return {
        ...nonResource(method, path, prefix),
        isResourceRequest: true,
        apiGroup,
        apiVersion,
      };
    }
    verb = pathVerb;
    at++;
  }

  let namespace = '';
  if (parts[at] === 'namespaces' && parts.length - at > 1) {
    namespace = parts[at + 1] ?? '';
    const next = parts[at + 2];
    if (next !== undefined && !NAMESPACE_SUBRESOURCES.has(next)) at += 2;
  }

  const resource = parts[at] ?? '';
  let name = parts[at + 1] ?? '';
  const subresource = verb === 'proxy' ? '' : (parts[at + 2] ?? '');
  if (name === '' && verb === 'get') {
    const query = parseQuery(question === -1 ? '' : target.slice(question + 1));
    verb = isTrue(query, 'watch') ? 'watch' : 'list';
    name = selectedName(query);
  } else if (name === '' && verb === 'delete') {
    verb = 'deletecollection';
  }
  return {
    isResourceRequest: true,
    path,
    verb,
    apiPrefix: prefix,
    apiGroup,
    apiVersion,
    namespace,
    resource,
    subresource,
    name,
  };
}

/**
 * Tells a request that may last: a watch, logs, exec, attach, port-forward, or one that a workload
 * answers (kube-apiserver, `BasicLongRunningRequestCheck`).
 */
export function isLongRunning(info: RequestInfo): boolean {
  return (
    info.isResourceRequest && (LONG_VERBS.has(info.verb) || LONG_SUBRESOURCES.has(info.subresource))
  );
}

/** Tells a request that not the API server answers but a service, a pod or a node. */
export function isAnsweredByWorkload(info: RequestInfo): boolean {
  return info.isResourceRequest && (info.verb === 'proxy' || info.subresource === 'proxy');
}

function nonResource(method: string, path: string, apiPrefix: string): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiPrefix,
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
  };
}

/** Go's `URL.Path`: escapes decoded, whatever bytes they give. */
function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    const bytes = path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
}

/** Slashes at both ends are trimmed; those in between make empty parts. */
function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return start === end ? [] : path.slice(start, end).split('/');
}

/** apimachinery, `Convert_Slice_string_To_bool`: only absence, `0` and `false` are false. */
function isTrue(query: Query, key: string): boolean {
  const value = query.get(key);
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}

/** The name that a list or watch is narrowed to by `fieldSelector=metadata.name=…`. */
function selectedName(query: Query): string {
  const selector = query.get('fieldSelector');
  if (selector === undefined) return '';
  // When one option cannot be decoded, the API server disregards all of them.
  for (const key of ['limit', 'timeoutSeconds']) {
    const value = query.get(key);
    if (value !== undefined && !isInt64(value)) return '';
  }
  const name = exactFieldName(selector);
  return name === undefined || name === '' || !isPathSegment(name) ? '' : name;
}

/** Go's `strconv.ParseInt(value, 10, 64)` succeeds. */
function isInt64(value: string): boolean {
  if (!/^[+-]?[0-9]+$/.test(value)) return false;
  const number = BigInt(value.startsWith('+') ? value.slice(1) : value);
  return BigInt.asIntN(64, number) === number;
}

/** apimachinery, `path.IsValidPathSegmentName`. */
function isPathSegment(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/%]/.test(name);
}
