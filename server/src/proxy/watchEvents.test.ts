import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fail, toStatus } from '../errors.ts';
import { CborSequence } from './cborSequence.ts';
import { readCbor } from './testCbor.ts';
import { watchEvents } from './watchEvents.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf;stream=watch';
/** What a kube-apiserver v1.36 sent for a watch from a version that it had forgotten. */
const REAL = Buffer.from(
  '000000640a054552524f52125b0a596b3873000a0c0a02763112065374617475731241' +
    '0a060a0012001a0012074661696c7572651a22746f6f206f6c64207265736f757263652076657273' +
    '696f6e3a203120283138313729220745787069726564309a031a002200',
  'hex',
);

const eventsOf = (type: string) => watchEvents(['content-type', type]);

type Field = readonly [field: number, value: number | Buffer];

/** Reads a protobuf message of fields of wire types 0 and 2. */
function read(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const digit = message.readUInt8(at++);
      value += (digit & 0x7f) * 2 ** shift;
      if (digit < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const value = varint();
    if ((key & 7) === 0) fields.push([key >> 3, value]);
    else {
      assert.equal(key & 7, 2);
      assert.ok(at + value <= message.length, 'a field ends within its message');
      fields.push([key >> 3, message.subarray(at, at + value)]);
      at += value;
    }
  }
  return fields;
}

const bytesOf = (fields: readonly Field[], field: number) => {
  const value = fields.find(([number]) => number === field)?.[1];
  assert.ok(value instanceof Buffer, `field ${field}`);
  return value;
};

/** The Status in a framed event. */
function statusOf(framed: Buffer) {
  assert.equal(framed.readUInt32BE(), framed.length - 4);
  const event = read(framed.subarray(4));
  assert.equal(bytesOf(event, 1).toString(), 'ERROR');
  const object = bytesOf(read(bytesOf(event, 2)), 1);
  assert.equal(object.subarray(0, 4).toString(), 'k8s\0');
  const unknown = read(object.subarray(4));
  const type = read(bytesOf(unknown, 1)).map(([, value]) => String(value));
  const status = read(bytesOf(unknown, 2));
  return {
    type,
    status: bytesOf(status, 2).toString(),
    message: bytesOf(status, 3).toString(),
    reason: bytesOf(status, 4).toString(),
    code: status.find(([field]) => field === 6)?.[1],
    fields: status,
  };
}

describe('the last event of a watch', () => {
  it('in protobuf has the form of the API server\u2019s own', () => {
    const { fields: _, ...real } = statusOf(REAL);
    assert.deepEqual(real, {
      type: ['v1', 'Status'],
      status: 'Failure',
      message: 'too old resource version: 1 (1817)',
      reason: 'Expired',
      code: 410,
    });
    const error = fail('request.too_many', { why: 'Zu viele für einen.', seconds: 300 });
    const expected = toStatus(error);
    const { fields, ...ours } = statusOf(eventsOf(PROTOBUF)?.error(error) ?? Buffer.of());
    assert.deepEqual(ours, {
      type: ['v1', 'Status'],
      status: 'Failure',
      message: expected.message,
      reason: expected.reason,
      code: expected.code,
    });
    const details = read(bytesOf(fields, 5));
    assert.deepEqual(
      read(bytesOf(details, 4)).map(([, value]) => String(value)),
      [error.code, expected.details.causes[0]?.message],
    );
    assert.equal(details.find(([field]) => field === 5)?.[1], 300);
  });

  it('in CBOR says the same as in JSON', () => {
    const error = fail('request.too_many', { why: 'Zu viele für einen.', seconds: 300 });
    const event = eventsOf('application/cbor-seq')?.error(error) ?? Buffer.of();
    assert.deepEqual(readCbor(event), { type: 'ERROR', object: toStatus(error) });
    const sequence = new CborSequence();
    sequence.push(event);
    assert.equal(sequence.between, true);
  });

  it('fits between two events and nowhere else, in whatever pieces they come', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    const cut = (bytes: Buffer, sizes: readonly number[], type: string, ends: Set<number>) => {
      const events = eventsOf(type);
      assert.equal(events?.between, true, 'before the first');
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const next = Math.min(bytes.length, at + (sizes[i % sizes.length] ?? 1));
        events?.push(bytes.subarray(at, next));
        at = next;
        assert.equal(events?.between, ends.has(at), `${type} at ${at}`);
      }
    };
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), pieces, (messages, sizes) => {
        const framed = messages.map((message) => {
          const length = Buffer.alloc(4);
          length.writeUInt32BE(message.length);
          return Buffer.concat([length, message]);
        });
        let end = 0;
        const ends = new Set(framed.map(({ length }) => (end += length)));
        cut(Buffer.concat(framed), sizes, PROTOBUF, ends);
        end = 0;
        const lines = messages.map((message) => `${JSON.stringify([...message])}\n`);
        const lineEnds = new Set(lines.map(({ length }) => (end += length)));
        cut(Buffer.from(lines.join('')), sizes, 'application/json;charset=utf-8', lineEnds);
      }),
    );
  });

  it('is not made for what is compressed or of another format', () => {
    for (const type of [
      'application/cbor',
      'application/vnd.kubernetes.protobuf',
      'text/plain',
      '',
    ]) {
      assert.equal(eventsOf(type), undefined, type);
    }
    const compressed = ['content-type', 'application/json', 'content-encoding', 'gzip'];
    assert.equal(watchEvents(compressed), undefined);
  });
});
