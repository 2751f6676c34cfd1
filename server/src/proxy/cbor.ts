/** The one message that Sallyport writes in CBOR (RFC 8949): the last event of a watch. */
import type { KubernetesStatus } from '../errors.ts';

/** Tag 55799, by which apimachinery knows CBOR (pkg/runtime/serializer/cbor, `selfDescribedCBOR`). */
const MAGIC = Buffer.from('d9d9f7', 'hex');

/** What is in a Status: JSON without what JSON has and a Status has not. */
type Value = string | number | readonly Value[] | { readonly [name: string]: Value | undefined };

/**
 * Writes a `WatchEvent` of type `ERROR` whose object is a Status, as the API server does: strings are
 * byte strings, and event and object each carry the tag.
 */
export function statusItem(status: KubernetesStatus): Buffer {
  const object = Buffer.concat([MAGIC, write({ ...status })]);
  return Buffer.concat([MAGIC, head(5, 2), write('type'), write('ERROR'), write('object'), object]);
}

function write(value: Value): Buffer {
  if (typeof value === 'number') return head(0, value);
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([head(2, bytes.length), bytes]);
  }
  if (isList(value)) return Buffer.concat([head(4, value.length), ...value.map(write)]);
  const entries = Object.entries(value).flatMap(([name, of]) =>
    of === undefined ? [] : [Buffer.concat([write(name), write(of)])],
  );
  return Buffer.concat([head(5, entries.length), ...entries]);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** @param argument not negative, at most 32 bits */
function head(major: number, argument: number): Buffer {
  const first = major << 5;
  if (argument < 24) return Buffer.of(first | argument);
  if (argument < 0x100) return Buffer.of(first | 24, argument);
  const bytes = Buffer.alloc(5);
  bytes[0] = first | 26;
  bytes.writeUInt32BE(argument, 1);
  if (argument >= 0x10000) return bytes;
  return Buffer.of(first | 25, argument >> 8, argument & 0xff);
}
