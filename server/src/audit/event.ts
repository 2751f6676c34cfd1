/**
 * The form of the audit log: `audit.k8s.io/v1` Events at level Metadata (kubernetes,
 * staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go), so that what reads a cluster's own audit
 * log reads this one. What Kubernetes has no field for stands in annotations.
 */
import { clean, cleanUri } from './redact.ts';

/** A request to a cluster, as the proxy tells of it. Times are epoch milliseconds. */
export interface ProxiedRequest {
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
  readonly requestId: string;
  readonly receivedAt: number;
  readonly at: number;
  readonly method: string;
  readonly uri: string;
  readonly info: {
    readonly isResourceRequest: boolean;
    readonly verb: string;
    readonly apiGroup: string;
    readonly apiVersion: string;
    readonly namespace: string;
    readonly resource: string;
    readonly subresource: string;
    readonly name: string;
  } | null;
  readonly environmentId: number | null;
  readonly caller: {
    readonly kubeconfigId: number;
    readonly userId: number;
    readonly username: string;
    readonly uid: string;
    readonly teams: readonly string[];
  } | null;
  /** null: nothing was sent to a cluster. */
  readonly identity: {
    readonly user: string;
    readonly uid: string;
    readonly groups: readonly string[];
    readonly extra: Readonly<Record<string, readonly string[]>>;
  } | null;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly protocol: string;
  readonly status: number;
  readonly code: string | null;
  readonly aborted: boolean;
  readonly bytesToClient: number;
  readonly bytesFromClient: number;
}

/** An act in Sallyport itself, done or refused. Times are epoch milliseconds. */
export interface Act {
  readonly requestId: string;
  readonly receivedAt: number;
  readonly at: number;
  readonly method: string;
  readonly uri: string;
  /** Such as `create` or `login`. */
  readonly verb: string;
  readonly object: {
    /** Such as `users`. */
    readonly resource: string;
    /** The id of the one, where it is about one. */
    readonly id: string | undefined;
    /** What people know it by. */
    readonly name: string | undefined;
  };
  readonly person: { readonly userId: number; readonly username: string } | null;
  /** How they showed who they are: `session` or `token`. */
  readonly by: string | undefined;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly status: number;
  /** Why it was refused; null: it was not. */
  readonly code: string | null;
  /** What was asked for, without anything secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

interface User {
  readonly username?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** As much of an `audit.k8s.io/v1` Event as there is here; what is undefined is not in its JSON. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: 'Metadata';
  readonly auditID: string;
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: User;
  readonly impersonatedUser?: User | undefined;
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string | undefined;
  readonly objectRef?:
    | {
        readonly resource?: string | undefined;
        readonly namespace?: string | undefined;
        readonly name?: string | undefined;
        readonly apiGroup?: string | undefined;
        readonly apiVersion?: string | undefined;
        readonly subresource?: string | undefined;
      }
    | undefined;
  /** Absent where no answer was sent. */
  readonly responseStatus?:
    | { readonly metadata: Record<string, never>; readonly code: number }
    | undefined;
  /** With six digits after the second, which Kubernetes' own reader insists on. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations: Readonly<Record<string, string | undefined>>;
}

/** @param environment the name of the environment, where there is one */
export function eventOfRequest(
  request: ProxiedRequest,
  environment: string | undefined,
): AuditEvent {
  const { info, caller, identity, status, userAgent } = request;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: request.requestId,
    stage: request.stage,
    requestURI: cleanUri(request.uri),
    verb: clean(info?.verb || request.method.toLowerCase(), 40),
    user: caller
      ? { username: caller.username, uid: caller.uid, groups: caller.teams }
      : { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    impersonatedUser: identity
      ? {
          username: identity.user,
          uid: identity.uid,
          groups: identity.groups,
          extra: identity.extra,
        }
      : undefined,
    sourceIPs: [request.address],
    userAgent: userAgent === undefined ? undefined : clean(userAgent),
    objectRef: info?.isResourceRequest ? objectOf(info) : undefined,
    responseStatus: status === 0 ? undefined : { metadata: {}, code: status },
    requestReceivedTimestamp: microTime(request.receivedAt),
    stageTimestamp: microTime(request.at),
    annotations: {
      'sallyport/kind': 'proxy',
      'sallyport/environment-id': request.environmentId?.toString(),
      'sallyport/environment': environment,
      'sallyport/user-id': caller?.userId.toString(),
      'sallyport/kubeconfig-id': caller?.kubeconfigId.toString(),
      'sallyport/method': clean(request.method, 40),
      'sallyport/protocol': request.protocol,
      'sallyport/bytes-to-client': String(request.bytesToClient),
      'sallyport/bytes-from-client': String(request.bytesFromClient),
      'sallyport/duration-ms': String(request.at - request.receivedAt),
      'sallyport/code': request.code ?? undefined,
      'sallyport/aborted': request.aborted ? 'true' : undefined,
    },
  };
}

export function eventOfAct(act: Act): AuditEvent {
  const { object, person, userAgent } = act;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: act.requestId,
    stage: 'ResponseComplete',
    requestURI: cleanUri(act.uri),
    verb: act.verb,
    user: person
      ? { username: person.username }
      : { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    sourceIPs: [act.address],
    ...(userAgent !== undefined && { userAgent: clean(userAgent) }),
    objectRef: {
      apiGroup: 'sallyport',
      resource: object.resource,
      ...(object.name !== undefined && { name: clean(object.name) }),
    },
    responseStatus: { metadata: {}, code: act.status },
    requestReceivedTimestamp: microTime(act.receivedAt),
    stageTimestamp: microTime(act.at),
    annotations: {
      'sallyport/kind': 'act',
      ...(person && { 'sallyport/user-id': String(person.userId) }),
      ...(act.by !== undefined && { 'sallyport/signed-in-by': act.by }),
      ...(object.id !== undefined && { 'sallyport/object-id': clean(object.id) }),
      'sallyport/method': act.method,
      'sallyport/duration-ms': String(act.at - act.receivedAt),
      ...(act.code !== null && { 'sallyport/code': act.code }),
      ...(Object.keys(act.details).length > 0 && {
        'sallyport/details': JSON.stringify(cleanDeep(act.details)),
      }),
    },
  };
}

function objectOf(info: NonNullable<ProxiedRequest['info']>): AuditEvent['objectRef'] {
  const { resource, namespace, name, apiGroup, apiVersion, subresource } = info;
  return {
    resource: cleanUnlessEmpty(resource),
    namespace: cleanUnlessEmpty(namespace),
    name: cleanUnlessEmpty(name),
    apiGroup: cleanUnlessEmpty(apiGroup),
    apiVersion: cleanUnlessEmpty(apiVersion),
    subresource: cleanUnlessEmpty(subresource),
  };
}

function cleanUnlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : clean(text);
}

function cleanDeep(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map(cleanDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [clean(key), cleanDeep(inner)]),
  );
}

/** Kubernetes' `MicroTime`: RFC 3339 with exactly six digits after the second. */
function microTime(ms: number): string {
  const second = Math.floor(ms / 1_000);
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1_000).toISOString().slice(0, -4) };
  }
  return `${lastSecond.text}${String(Math.floor(ms - second * 1_000)).padStart(3, '0')}000Z`;
}

/** Event after event is of the same second. */
let lastSecond = { second: Number.NaN, text: '' };
