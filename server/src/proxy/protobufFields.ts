/** Fields of Protocol Buffers, as many kinds of them as Kubernetes' own messages here have. */

/** apimachinery, pkg/runtime/serializer/protobuf: what an object in protobuf begins with. */
export const MAGIC = Buffer.from('k8s\0', 'latin1');

/** A field as it was read; `bytes` is empty where it is a number, and `number` 0 where it is not. */
export interface Field {
  readonly field: number;
  readonly kind: 'number' | 'bytes';
  readonly number: number;
  readonly bytes: Buffer;
  /** The field as it was written, with its key. */
  readonly whole: Buffer;
}

export function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

/** Wire type 2: a length and as many bytes. */
export function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

/** Wire type 0. */
export function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

/** @param value not negative, at most 31 bits */
function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) digits.push((rest & 0x7f) | 0x80);
  return Buffer.from([...digits, rest]);
}

/**
 * Reads the fields of a message, in their order.
 *
 * @returns undefined where they are not whole, or there are others than texts, messages and small
 *   numbers
 */
export function readFields(message: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const next = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const digit = message[at++];
      if (digit === undefined) return undefined;
      value |= (digit & 0x7f) << shift;
      if (digit < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const from = at;
    const key = next();
    const value = next();
    if (key === undefined || value === undefined || key < 8) return undefined;
    const wire = key & 7;
    if (wire !== 0 && wire !== 2) return undefined;
    const start = at;
    if (wire === 2) at += value;
    if (at > message.length) return undefined;
    fields.push({
      field: key >>> 3,
      kind: wire === 0 ? 'number' : 'bytes',
      number: wire === 0 ? value : 0,
      bytes: message.subarray(start, at),
      whole: message.subarray(from, at),
    });
  }
  return fields;
}
