/**
 * The form of the audit log: `audit.k8s.io/v1` Events at level Metadata (kubernetes,
 * staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go), so that what reads a cluster's own audit
 * log reads this one. What Kubernetes has no field for stands in annotations.
 */
import { formOf, GAP, HOLE, inJson, VALUE_HOLE } from './form.ts';
import { rememberByText } from './memo.ts';
import { clean, cleanOnce, cleanUri } from './redact.ts';

/** Of a verb or method, which a client may make up. */
export const MAX_VERB = 40;

/** What Kubernetes calls whoever has not shown who they are. */
export const ANONYMOUS = 'system:anonymous';

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

/**
 * The event of a request and of all that are like it, with holes for what
 * {@link valuesOfRequest} gives.
 *
 * @param environment the name of the environment, where there is one
 */
function likeRequest(request: ProxiedRequest, environment: string | undefined) {
  const { caller, identity, status, userAgent } = request;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: HOLE,
    stage: request.stage,
    requestURI: HOLE,
    verb: HOLE,
    user: caller
      ? { username: caller.username, uid: caller.uid, groups: caller.teams }
      : { username: ANONYMOUS, groups: ['system:unauthenticated'] },
    impersonatedUser: identity
      ? {
          username: identity.user,
          uid: identity.uid,
          groups: identity.groups,
          extra: identity.extra,
        }
      : undefined,
    sourceIPs: [HOLE],
    userAgent: userAgent === undefined ? undefined : clean(userAgent),
    objectRef: request.info?.isResourceRequest ? VALUE_HOLE : undefined,
    responseStatus: status === 0 ? undefined : { metadata: {}, code: status },
    requestReceivedTimestamp: HOLE + MICROS,
    stageTimestamp: HOLE + MICROS,
    annotations: {
      'sallyport/kind': 'proxy',
      'sallyport/environment-id': request.environmentId?.toString(),
      'sallyport/environment': environment,
      'sallyport/user-id': caller?.userId.toString(),
      'sallyport/kubeconfig-id': caller?.kubeconfigId.toString(),
      'sallyport/method': HOLE,
      'sallyport/protocol': request.protocol,
      'sallyport/bytes-to-client': HOLE,
      'sallyport/bytes-from-client': HOLE,
      'sallyport/duration-ms': HOLE,
      'sallyport/code': request.code ?? undefined,
      'sallyport/aborted': request.aborted ? 'true' : undefined,
    },
  } satisfies Omit<AuditEvent, 'objectRef'> & { readonly objectRef: string | undefined };
}

/** The form of a request's event (form.ts). @param environment as for {@link likeRequest} */
export function formOfRequest(request: ProxiedRequest, environment: string | undefined): string {
  return formOf(likeRequest(request, environment));
}

/** What a form depends on, besides the identity and the environment's name. */
export type FormKey = ReturnType<typeof formKeyOf>;

export function formKeyOf(request: ProxiedRequest) {
  const { caller, environmentId, userAgent, protocol } = request;
  const { status, stage, code, aborted, info } = request;
  const isResourceRequest = info?.isResourceRequest ?? false;
  return {
    ...{ caller, environmentId, userAgent, protocol },
    ...{ status, stage, code, aborted, isResourceRequest },
  };
}

export function hasForm(request: ProxiedRequest, key: FormKey): boolean {
  return (
    key.caller === request.caller &&
    key.environmentId === request.environmentId &&
    key.status === request.status &&
    key.userAgent === request.userAgent &&
    key.protocol === request.protocol &&
    key.stage === request.stage &&
    key.code === request.code &&
    key.aborted === request.aborted &&
    key.isResourceRequest === (request.info?.isResourceRequest ?? false)
  );
}

/**
 * What fills the form of a request's event, in the order of the form's holes.
 *
 * @param uri cleaned already
 */
export function valuesOfRequest(request: ProxiedRequest, uri: string): string {
  const { requestId, info, method, address, receivedAt, at } = request;
  const verb = escapedVerb(info?.verb || method.toLowerCase());
  const object = info?.isResourceRequest ? GAP + objectOf(info) : '';
  return (
    `${inJson(requestId)}${GAP}${inJson(uri)}${GAP}${verb}${GAP}${inJson(address)}${object}${GAP}` +
    `${milliTime(receivedAt)}${GAP}${milliTime(at)}${GAP}${escapedVerb(method)}${GAP}` +
    `${request.bytesToClient}${GAP}${request.bytesFromClient}${GAP}${at - receivedAt}`
  );
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
      : { username: ANONYMOUS, groups: ['system:unauthenticated'] },
    sourceIPs: [act.address],
    ...(userAgent !== undefined && { userAgent: clean(userAgent) }),
    objectRef: {
      apiGroup: 'sallyport',
      resource: object.resource,
      ...(object.name !== undefined && { name: clean(object.name) }),
    },
    responseStatus: { metadata: {}, code: act.status },
    requestReceivedTimestamp: milliTime(act.receivedAt) + MICROS,
    stageTimestamp: milliTime(act.at) + MICROS,
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

/** JSON of an `ObjectReference`. */
function objectOf(info: NonNullable<ProxiedRequest['info']>): string {
  const { resource, namespace, name, apiGroup, apiVersion, subresource } = info;
  let members = '';
  if (resource !== '') members += memberResource(resource);
  if (namespace !== '') members += memberNamespace(namespace);
  if (name !== '') members += `,"name":"${inJson(cleanOnce(name))}"`;
  if (apiGroup !== '') members += memberGroup(apiGroup);
  if (apiVersion !== '') members += memberVersion(apiVersion);
  if (subresource !== '') members += memberSubresource(subresource);
  return `{${members.slice(1)}}`;
}

const memberResource = asMember('resource');
const memberNamespace = asMember('namespace');
const memberGroup = asMember('apiGroup');
const memberVersion = asMember('apiVersion');
const memberSubresource = asMember('subresource');

function asMember(key: string): (text: string) => string {
  return rememberByText(
    (text) => `,"${key}":${JSON.stringify(clean(text))}`,
    (text) => clean(text) === text,
  );
}

const escapedVerb = rememberByText(
  (text) => inJson(clean(text, MAX_VERB)),
  // What had something to hide is not kept, in memory neither.
  (text, escaped) => escaped === text,
);

function cleanDeep(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map(cleanDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [clean(key), cleanDeep(inner)]),
  );
}

/** Kubernetes' `MicroTime` as far as it is known: RFC 3339, to which {@link MICROS} are missing. */
function milliTime(ms: number): string {
  const second = Math.floor(ms / 1_000);
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1_000).toISOString().slice(0, -4) };
  }
  return lastSecond.text + (MILLIS[Math.floor(ms - second * 1_000)] ?? '');
}

/** Event after event is of the same second. */
let lastSecond = { second: Number.NaN, text: '' };
const MILLIS = Array.from({ length: 1_000 }, (_, ms) => String(ms).padStart(3, '0'));
/** Kubernetes' own reader insists on six digits. */
const MICROS = '000Z';
