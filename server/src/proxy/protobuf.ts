/** The one message that Sallyport writes in Kubernetes' protobuf: the last event of a watch. */
import type { KubernetesStatus } from '../errors.ts';

/** apimachinery, pkg/runtime/serializer/protobuf: what an object in protobuf begins with. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

/**
 * Writes a `WatchEvent` of type `ERROR` whose object is a Status. The numbers of the fields are those
 * of apimachinery, pkg/apis/meta/v1/generated.proto and pkg/runtime/generated.proto.
 */
export function statusMessage(status: KubernetesStatus): Buffer {
  const { retryAfterSeconds } = status.details;
  const details = [
    ...status.details.causes.map(({ reason, message }) =>
      bytes(4, Buffer.concat([text(1, reason), text(2, message)])),
    ),
    ...(retryAfterSeconds === undefined ? [] : [number(5, retryAfterSeconds)]),
  ];
  const raw = Buffer.concat([
    text(2, status.status),
    text(3, status.message),
    text(4, status.reason),
    bytes(5, Buffer.concat(details)),
    number(6, status.code),
  ]);
  const type = Buffer.concat([text(1, status.apiVersion), text(2, status.kind)]);
  const object = Buffer.concat([MAGIC, bytes(1, type), bytes(2, raw)]);
  return Buffer.concat([text(1, 'ERROR'), bytes(2, bytes(1, object))]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

/** Wire type 2: a length and as many bytes. */
function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

/** Wire type 0. */
function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

/** @param value not negative, at most 31 bits */
function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) digits.push((rest & 0x7f) | 0x80);
  return Buffer.from([...digits, rest]);
}
