import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { closeFrame, FrameBoundary } from './webSocket.ts';

function frame(opcode: number, payload: Buffer, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0;
  const { length } = payload;
  let head: Buffer;
  if (length < 126) head = Buffer.from([opcode, mask | length]);
  else if (length < 65_536) {
    head = Buffer.from([opcode, mask | 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.from([opcode, mask | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

const frames = fc.array(
  fc
    .record({
      opcode: fc.constantFrom(0x01, 0x02, 0x80, 0x82, 0x89, 0x8a),
      length: fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000),
      masked: fc.boolean(),
    })
    .map(({ opcode, length, masked }) => frame(opcode, Buffer.alloc(length, 0x88), masked)),
  { maxLength: 6 },
);

describe('the boundary between frames', () => {
  it('is found after each frame and nowhere else, in whatever pieces they come', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 9_000 }), (list, size) => {
        const bytes = Buffer.concat(list);
        const ends = new Set<number>([0]);
        let end = 0;
        for (const { length } of list) {
          end += length;
          ends.add(end);
        }
        const boundary = new FrameBoundary();
        assert.ok(boundary.open);
        for (let at = 0; at < bytes.length; at += size) {
          boundary.push(bytes.subarray(at, at + size));
          assert.equal(boundary.open, ends.has(Math.min(bytes.length, at + size)));
        }
      }),
    );
  });

  it('is no place for a frame any more once a close frame was sent', () => {
    const boundary = new FrameBoundary();
    boundary.push(frame(0x88, Buffer.from([3, 232]), false));
    assert.equal(boundary.open, false);
  });
});

describe('a close frame', () => {
  it('says why, cut at a character to what a control frame can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (reason) => {
        const bytes = closeFrame(reason);
        assert.equal(bytes[0], 0x88);
        assert.equal(bytes[1], bytes.length - 2);
        assert.ok(bytes.length <= 127);
        assert.equal(bytes.readUInt16BE(2), 1008);
        const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4));
        assert.ok(reason.toWellFormed().startsWith(text));
        if (Buffer.byteLength(reason) <= 123) assert.equal(text, reason.toWellFormed());
      }),
    );
  });
});
