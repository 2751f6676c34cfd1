/** For tests: reviews as an API server answers them, in JSON and in protobuf. */
import { bytes, MAGIC, number, text } from './protobufFields.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export function jsonReview(attributes: object, status: object): Buffer {
  const review = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: { resourceAttributes: attributes },
    status,
  };
  return Buffer.from(`${JSON.stringify(review)}\n`);
}

/** Whether JSON says yes. */
export function allowsJson(body: Buffer | string | undefined): boolean {
  return JSON.parse(String(body)).status.allowed;
}

/** What is added behind the fields of each message, and other types. */
export interface More {
  readonly attributes?: Buffer;
  readonly spec?: Buffer;
  readonly status?: Buffer;
  readonly review?: Buffer;
  readonly envelope?: Buffer;
  readonly kind?: string;
  readonly version?: string;
}

/** In the order of authorization/v1/generated.proto. */
const ATTRIBUTES = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'];
const SELECTORS = ['fieldSelector', 'labelSelector'];
const STATUS = ['allowed', 'reason', 'evaluationError', 'denied'];

export function protobufReview(attributes: object, status: object, more: More = {}): Buffer {
  const asked = message(attributes, [...ATTRIBUTES, ...SELECTORS], more.attributes);
  const review = [
    bytes(1, Buffer.alloc(0)),
    bytes(2, Buffer.concat([bytes(1, asked), more.spec ?? none])),
    bytes(3, message(status, STATUS, more.status)),
    more.review ?? none,
  ];
  const type = [
    text(1, more.version ?? 'authorization.k8s.io/v1'),
    text(2, more.kind ?? 'SelfSubjectAccessReview'),
  ];
  return Buffer.concat([
    MAGIC,
    bytes(1, Buffer.concat(type)),
    bytes(2, Buffer.concat(review)),
    text(3, ''),
    text(4, ''),
    more.envelope ?? none,
  ]);
}

const none: Buffer = Buffer.alloc(0);

function message(values: object, names: readonly string[], more = none): Buffer {
  const fields = names.flatMap((name, index) => {
    const value: unknown = Object.entries(values).find(([key]) => key === name)?.[1];
    if (value === undefined) return [];
    if (typeof value === 'boolean') return [number(index + 1, Number(value))];
    return [text(index + 1, typeof value === 'string' ? value : '')];
  });
  return Buffer.concat([...fields, more]);
}
