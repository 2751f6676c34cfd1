import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FrameEvents, FrameReader } from './frameReader.ts';
import { CODE, ConnectionError, FLAG, frame, PREFACE, settingsFrame, TYPE } from './frames.ts';
import { splitFrames } from './testing.ts';

const SETTINGS = settingsFrame([]);
const EMPTY = Buffer.alloc(0);

/** Reads bytes behind a peer's first SETTINGS, and tells what they were. @param pieces sizes */
function read(
  bytes: Buffer,
  pieces: readonly number[] = [bytes.length + 9],
  peer: 'client' | 'server' = 'server',
): string[] {
  const told: string[] = [];
  let body = '';
  const reader = new FrameReader(peer, {
    onData: (id, size) => {
      body = '';
      told.push(`data ${id} ${size}`);
    },
    onDataBytes: (_, chunk) => {
      assert.ok(chunk.length > 0, 'no empty pieces');
      body += chunk.toString('latin1');
    },
    onDataEnd: (id, end) => told.push(`body ${id} ${JSON.stringify(body)} ${end}`),
    onHeaders: (id, block, end) => told.push(`headers ${id} ${block.toString('hex')} ${end}`),
    onReset: (id, code) => told.push(`reset ${id} ${code}`),
    onSettings: (settings) => told.push(`settings ${JSON.stringify(settings)}`),
    onSettingsAck: () => told.push('ack'),
    onPing: (payload, ack) => told.push(`ping ${payload.toString('hex')} ${ack}`),
    onGoAway: (id, code) => told.push(`goaway ${id} ${code}`),
    onWindowUpdate: (id, increment) => told.push(`window ${id} ${increment}`),
    onIgnored: () => told.push('ignored'),
  });
  const begin = peer === 'client' ? [PREFACE, SETTINGS] : [SETTINGS];
  const all = Buffer.concat([...begin, bytes]);
  let at = 0;
  for (let i = 0; at < all.length; i++) {
    const size = pieces[i % pieces.length] ?? 1;
    // A copy, which is overwritten at once: whoever keeps a slice of a read keeps rubbish.
    const piece = Buffer.from(all.subarray(at, at + size));
    reader.execute(piece);
    piece.fill(0xee);
    at += size;
  }
  return told.slice(1);
}

const streamId = fc.integer({ min: 1, max: 99 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
const padded = (type: number, flags: number, id: number, payload: Buffer, padding: number) =>
  frame(
    type,
    flags | FLAG.PADDED,
    id,
    Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding)]),
  );
const anyFrame: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(streamId, bytes, fc.boolean())
    .map(([id, b, end]) => frame(TYPE.DATA, end ? 1 : 0, id, b)),
  fc
    .tuple(streamId, bytes, fc.integer({ min: 0, max: 255 }))
    .map(([id, b, padding]) => padded(TYPE.DATA, 0, id, b, padding)),
  fc.tuple(streamId, bytes).map(([id, b]) => frame(TYPE.HEADERS, FLAG.END_HEADERS, id, b)),
  fc
    .tuple(streamId, bytes, fc.integer({ min: 0, max: 255 }))
    .map(([id, b, padding]) => padded(TYPE.HEADERS, FLAG.END_HEADERS, id, b, padding)),
  fc
    .tuple(streamId, fc.array(bytes, { minLength: 1, maxLength: 5 }))
    .map(([id, rest]) =>
      Buffer.concat([
        frame(TYPE.HEADERS, FLAG.END_STREAM, id, Buffer.from('first')),
        ...rest.map((b, i) =>
          frame(TYPE.CONTINUATION, i === rest.length - 1 ? FLAG.END_HEADERS : 0, id, b),
        ),
      ]),
    ),
  streamId.map((id) => frame(TYPE.PRIORITY, 0, id, Buffer.alloc(5))),
  streamId.map((id) => frame(TYPE.RST_STREAM, 0, id, Buffer.from([0, 0, 0, 8]))),
  fc.constant(frame(TYPE.PING, FLAG.ACK, 0, Buffer.alloc(8, 7))),
  fc.constant(frame(TYPE.SETTINGS, FLAG.ACK, 0, EMPTY)),
  fc.constant(settingsFrame([[3, 100]])),
  streamId.map((id) => frame(TYPE.WINDOW_UPDATE, 0, id, Buffer.from([0, 0, 1, 0]))),
  fc.tuple(fc.integer({ min: 10, max: 255 }), bytes).map(([type, b]) => frame(type, 0xff, 3, b)),
);

describe('frames', () => {
  it('are read the same in any pieces, and nothing of a read is kept', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), sizes, (frames, pieces) => {
        const all = Buffer.concat(frames);
        assert.deepEqual(read(all, pieces), read(all));
        assert.deepEqual(read(all, pieces, 'client'), read(all));
      }),
      { numRuns: 300 },
    );
  });

  it('lose their padding and their priority', () => {
    assert.deepEqual(read(padded(TYPE.DATA, FLAG.END_STREAM, 1, Buffer.from('abc'), 4)), [
      'data 1 8',
      'body 1 "abc" true',
    ]);
    const priority = Buffer.concat([Buffer.alloc(5), Buffer.from([0x88])]);
    assert.deepEqual(read(padded(TYPE.HEADERS, FLAG.END_HEADERS | FLAG.PRIORITY, 1, priority, 3)), [
      'headers 1 88 false',
    ]);
  });

  it('are nothing but connection errors where they are not valid', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 4 }),
        fc.uint8Array(),
        fc.nat(),
        (frames, noise, at) => {
          const all = Buffer.concat([...frames, Buffer.from(noise)]);
          if (all.length > 0) all[at % all.length] = at & 0xff;
          try {
            read(all, [7]);
          } catch (error) {
            assert.ok(error instanceof ConnectionError, String(error));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const four = Buffer.alloc(4);
  const open = frame(TYPE.HEADERS, 0, 1, EMPTY);
  const endless = Array.from({ length: 40 }, () => frame(TYPE.CONTINUATION, 0, 1, EMPTY));
  const large = Array.from({ length: 5 }, () =>
    frame(TYPE.CONTINUATION, 0, 1, Buffer.alloc(16_384)),
  );
  const tooLarge = Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]);
  for (const [what, code, ...frames] of [
    ['DATA on no stream', 'PROTOCOL_ERROR', frame(TYPE.DATA, 0, 0, four)],
    ['HEADERS on no stream', 'PROTOCOL_ERROR', frame(TYPE.HEADERS, 4, 0, four)],
    ['PRIORITY on no stream', 'PROTOCOL_ERROR', frame(TYPE.PRIORITY, 0, 0, Buffer.alloc(5))],
    ['RST_STREAM on no stream', 'PROTOCOL_ERROR', frame(TYPE.RST_STREAM, 0, 0, four)],
    ['SETTINGS on a stream', 'PROTOCOL_ERROR', frame(TYPE.SETTINGS, 0, 1, EMPTY)],
    ['PING on a stream', 'PROTOCOL_ERROR', frame(TYPE.PING, 0, 1, Buffer.alloc(8))],
    ['GOAWAY on a stream', 'PROTOCOL_ERROR', frame(TYPE.GOAWAY, 0, 1, Buffer.alloc(8))],
    ['a push', 'PROTOCOL_ERROR', frame(TYPE.PUSH_PROMISE, 4, 1, four)],
    ['CONTINUATION of nothing', 'PROTOCOL_ERROR', frame(TYPE.CONTINUATION, 4, 1, EMPTY)],
    ['a PING within a block', 'PROTOCOL_ERROR', open, frame(TYPE.PING, 0, 0, Buffer.alloc(8))],
    ['an unknown frame within a block', 'PROTOCOL_ERROR', open, frame(77, 0, 1, EMPTY)],
    [
      "another stream's CONTINUATION",
      'PROTOCOL_ERROR',
      open,
      frame(TYPE.CONTINUATION, 4, 3, EMPTY),
    ],
    ['a block in endless empty pieces', 'ENHANCE_YOUR_CALM', open, ...endless],
    ['a block beyond 64 KB', 'ENHANCE_YOUR_CALM', open, ...large],
    [
      'DATA whose padding is all of it and more',
      'PROTOCOL_ERROR',
      frame(0, 8, 1, Buffer.from([4, 0, 0, 0])),
    ],
    [
      'HEADERS whose padding is more than it',
      'PROTOCOL_ERROR',
      frame(1, 12, 1, Buffer.from([4, 0, 0, 0])),
    ],
    ['padded DATA without a length of padding', 'FRAME_SIZE_ERROR', frame(0, 8, 1, EMPTY)],
    ['a frame larger than allowed', 'FRAME_SIZE_ERROR', tooLarge],
    ['a PRIORITY of a wrong size', 'FRAME_SIZE_ERROR', frame(TYPE.PRIORITY, 0, 1, four)],
    ['a RST_STREAM of a wrong size', 'FRAME_SIZE_ERROR', frame(TYPE.RST_STREAM, 0, 1, EMPTY)],
    ['a PING of a wrong size', 'FRAME_SIZE_ERROR', frame(TYPE.PING, 0, 0, four)],
    ['a WINDOW_UPDATE of a wrong size', 'FRAME_SIZE_ERROR', frame(TYPE.WINDOW_UPDATE, 0, 0, EMPTY)],
    ['a GOAWAY that is too short', 'FRAME_SIZE_ERROR', frame(TYPE.GOAWAY, 0, 0, four)],
    ['SETTINGS of a wrong size', 'FRAME_SIZE_ERROR', frame(TYPE.SETTINGS, 0, 0, four)],
    ['an ACK with settings', 'FRAME_SIZE_ERROR', frame(TYPE.SETTINGS, 1, 0, Buffer.alloc(6))],
  ] as ReadonlyArray<readonly [string, keyof typeof CODE, ...Buffer[]]>) {
    it(`end the connection: ${what}`, () => {
      assert.throws(
        () => read(Buffer.concat(frames)),
        (error) => error instanceof ConnectionError && error.code === CODE[code],
      );
    });
  }

  it('begin with SETTINGS, or are not those of a server', () => {
    const deaf = new Proxy({} as FrameEvents, { get: () => () => {} });
    const reader = new FrameReader('server', deaf);
    assert.throws(
      () => reader.execute(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
      /first frame is not SETTINGS/,
    );
  });

  it('begin with the preface and SETTINGS, or are not those of a client', () => {
    const deaf = new Proxy({} as FrameEvents, { get: () => () => {} });
    for (const bytes of ['GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r.'])
      assert.throws(
        () => new FrameReader('client', deaf).execute(Buffer.from(bytes)),
        /preface is not that of HTTP\/2/,
      );
    assert.throws(
      () => new FrameReader('client', deaf).execute(Buffer.concat([PREFACE, Buffer.alloc(9)])),
      /first frame is not SETTINGS/,
    );
  });

  it('are written as they are read', () => {
    const written = frame(TYPE.DATA, FLAG.END_STREAM, 5, Buffer.from('x'));
    assert.deepEqual(splitFrames(written), [
      { type: TYPE.DATA, flags: FLAG.END_STREAM, streamId: 5, payload: Buffer.from('x') },
    ]);
  });
});
