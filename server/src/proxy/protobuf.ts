/** The one message that Sallyport makes in Kubernetes' protobuf: the last event of a watch. */
import type { KubernetesStatus } from '../errors.ts';
import { bytes, MAGIC, number, text } from './protobufFields.ts';

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
