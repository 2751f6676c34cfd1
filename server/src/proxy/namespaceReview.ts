/**
 * The one question whose answer of the cluster is not the whole truth: "may I list namespaces?". The
 * cluster says no to a person whose grants are for namespaces, and yet the list shows them theirs
 * (`ownNamespaces.ts`). k9s asks it first and believes it.
 *
 * What was asked is read in the answer, where the API server repeats the question as it has
 * understood it. So there is nothing in a request that could be read in two ways, and it does not
 * matter how it was written or sent.
 */
import { bytes, type Field, MAGIC, number, readFields, text } from './protobufFields.ts';
import type { RequestInfo } from './requestInfo.ts';

// v1beta1 ended with 1.22, before which no list is narrowed anyway.
const API_VERSION = 'authorization.k8s.io/v1';
const KIND = 'SelfSubjectAccessReview';
const PATH = `/apis/${API_VERSION}/selfsubjectaccessreviews`;
/** kubectl gives a reason only with a no; k9s writes every one into its log. */
const REASON = 'Sallyport lists the namespaces of your grants';
/** Where kubectl asks in when nobody has said in which namespace; for it, every question is in one. */
const UNSAID = 'default';

/** The cluster's no to that question. */
export interface Refused {
  /** The namespace that the question named, though a list of namespaces is in none; empty: none. */
  readonly namespace: string;
  /** Writes the same answer anew, with a yes in it. */
  allow(): Buffer;
}

/** Whether a request asks the cluster what the caller may do. */
export function asksForReview(method: string, info: RequestInfo): boolean {
  return method === 'POST' && info.path === PATH;
}

/**
 * Whether it is asked in words that mean the caller's own list. A namespace means nothing here, but
 * whoever goes through many of them, asking in each, wants to know something else.
 *
 * @param own the namespaces of the caller's grants
 */
export function meansOwnList({ namespace }: Refused, own: readonly string[]): boolean {
  return namespace === '' || namespace === UNSAID || own.includes(namespace);
}

/**
 * Reads a review that the cluster has answered.
 *
 * @param type the media type of the answer, without parameters
 * @returns undefined where it is any other question than "may I list (or watch) namespaces?", or any
 *   other answer than no, or is written in a way that is not certain
 */
export function readRefused(type: string, body: Buffer): Refused | undefined {
  if (type === 'application/json') return fromJson(body);
  return type === 'application/vnd.kubernetes.protobuf' ? fromProtobuf(body) : undefined;
}

/** By their names in JSON, with their numbers in protobuf (authorization/v1/generated.proto). */
const ATTRIBUTES = {
  namespace: 1,
  verb: 2,
  group: 3,
  version: 4,
  resource: 5,
  subresource: 6,
  name: 7,
} as const;
type Attributes = { -readonly [name in keyof typeof ATTRIBUTES]?: string };
const NAMES = Object.keys(ATTRIBUTES) as Array<keyof typeof ATTRIBUTES>;

function isTheQuestion({ verb, group, version, resource, subresource, name }: Attributes): boolean {
  return (
    (verb === 'list' || verb === 'watch') &&
    resource === 'namespaces' &&
    (version === undefined || version === '' || version === 'v1') &&
    !group &&
    !subresource &&
    !name
  );
}

function fromJson(body: Buffer): Refused | undefined {
  let review: unknown;
  try {
    review = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return undefined;
  }
  if (!holds(review, ['kind', 'apiVersion', 'metadata', 'spec', 'status'])) return undefined;
  const { kind, apiVersion, spec, status } = review;
  if (kind !== KIND || apiVersion !== API_VERSION) return undefined;
  if (!holds(spec, ['resourceAttributes']) || !holds(spec.resourceAttributes, NAMES)) {
    return undefined;
  }
  const attributes: Attributes = {};
  for (const name of NAMES) {
    const value = spec.resourceAttributes[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return undefined;
    attributes[name] = value;
  }
  if (!holds(status, ['allowed', 'denied', 'reason', 'evaluationError'])) return undefined;
  if (status.allowed !== false || !isTheQuestion(attributes)) return undefined;
  const { denied: _, ...kept } = status;
  return {
    namespace: attributes.namespace ?? '',
    allow: () => {
      const allowed = { ...review, status: { ...kept, allowed: true, reason: REASON } };
      return Buffer.from(`${JSON.stringify(allowed)}\n`);
    },
  };
}

/** Whether a value is an object that has nothing but these. */
function holds<K extends string>(
  value: unknown,
  names: readonly K[],
): value is Partial<Record<K, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const known: readonly string[] = names;
  return Object.keys(value).every((name) => known.includes(name));
}

/** `Unknown` of apimachinery's pkg/runtime, around the message itself. */
const ENVELOPE = { typeMeta: 1, raw: 2 } as const;
const TYPE = { apiVersion: 1, kind: 2 } as const;
const REVIEW = { spec: 2, status: 3 } as const;
const SPEC = { resourceAttributes: 1 } as const;
const STATUS = { allowed: 1, reason: 2, denied: 4 } as const;

function fromProtobuf(body: Buffer): Refused | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const envelope = once(body.subarray(MAGIC.length), 4);
  const type = once(envelope?.get(ENVELOPE.typeMeta)?.bytes, 2);
  if (type?.get(TYPE.apiVersion)?.bytes.toString() !== API_VERSION) return undefined;
  if (type.get(TYPE.kind)?.bytes.toString() !== KIND) return undefined;
  const review = once(envelope?.get(ENVELOPE.raw)?.bytes, 3);
  const spec = once(review?.get(REVIEW.spec)?.bytes, 1);
  const asked = once(spec?.get(SPEC.resourceAttributes)?.bytes, NAMES.length);
  const status = once(review?.get(REVIEW.status)?.bytes, 4);
  if (!envelope || !review || !asked || !status) return undefined;
  const allowed = status.get(STATUS.allowed);
  if (allowed?.kind !== 'number' || allowed.number !== 0) return undefined;
  const attributes: Attributes = {};
  for (const name of NAMES) {
    const value = asked.get(ATTRIBUTES[name]);
    if (value === undefined) continue;
    if (value.kind !== 'bytes') return undefined;
    attributes[name] = value.bytes.toString();
  }
  if (!isTheQuestion(attributes)) return undefined;
  return {
    namespace: attributes.namespace ?? '',
    allow: () => {
      const yes = replaced(status, {
        [STATUS.allowed]: number(STATUS.allowed, 1),
        [STATUS.reason]: text(STATUS.reason, REASON),
        [STATUS.denied]: Buffer.alloc(0),
      });
      const raw = replaced(review, { [REVIEW.status]: bytes(REVIEW.status, yes) });
      const whole = replaced(envelope, { [ENVELOPE.raw]: bytes(ENVELOPE.raw, raw) });
      return Buffer.concat([MAGIC, whole]);
    },
  };
}

/**
 * The fields of a message by their numbers.
 *
 * @param last the highest number that is known
 * @returns undefined where there is no message, or it has a field twice or one that is not known
 */
function once(message: Buffer | undefined, last: number): Map<number, Field> | undefined {
  const fields = message && readFields(message);
  if (fields === undefined) return undefined;
  const found = new Map(fields.map((field) => [field.field, field]));
  return found.size === fields.length && fields.every(({ field }) => field <= last)
    ? found
    : undefined;
}

/** Writes a message anew, in its order, with other fields for some; those that it lacks come last. */
function replaced(message: Map<number, Field>, others: Record<number, Buffer>): Buffer {
  const missing = Object.entries(others).filter(([field]) => !message.has(Number(field)));
  return Buffer.concat([
    ...[...message.values()].map(({ field, whole }) => others[field] ?? whole),
    ...missing.map(([, field]) => field),
  ]);
}
