import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  FLAG,
  frame,
  goAwayFrame,
  resetFrame,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
} from '../../http2/frames.ts';
import { data, headers } from '../../http2/testing.ts';
import { ACK, GET, get, goAwayOf, POST, type Scripted, scripted, settled } from './testing.ts';

const streamId = fc.integer({ min: 0, max: 9 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
/** What clients say, mostly in an order that none may. */
const anyFrame: fc.Arbitrary<Buffer> = fc.oneof(
  streamId.map((id) => get(id)),
  streamId.map((id) => headers(id, POST)),
  fc
    .tuple(streamId, fc.boolean())
    .map(([id, end]) => headers(id, ['x', 'y'], end ? FLAG.END_STREAM : 0)),
  fc
    .tuple(streamId, bytes, fc.boolean())
    .map(([id, b, end]) => data(id, b, end ? FLAG.END_STREAM : 0)),
  streamId.map((id) => resetFrame(id, 8)),
  fc
    .tuple(streamId, fc.integer({ min: 0, max: 0x7fffffff }))
    .map(([id, n]) => windowUpdateFrame(id, n)),
  fc.integer({ min: 0, max: 0x80000000 }).map((size) => settingsFrame([[4, size]])),
  fc.constant(frame(TYPE.PING, 0, 0, Buffer.alloc(8))),
  fc.constant(goAwayFrame(0, 0)),
  fc.constant(ACK),
  fc
    .tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 0, max: 255 }), streamId, bytes)
    .map(([type, flags, id, b]) => frame(type, flags, id, b)),
);

/** Answers, and echoes what bodies there are. */
function echo(script: Scripted): void {
  script.answer = ({ stream }) => {
    stream.head(200, []);
    stream.write(Buffer.from('begun'));
    stream.flush();
    if (stream.body === undefined) return stream.end();
    stream.body.on('data', (chunk: Buffer) => void stream.write(Buffer.from(chunk)));
    stream.body.on('end', () => stream.end());
  };
}

/** Whatever was said: nobody's callback failed, and the session goes on or has told its client why not. */
async function holds(script: Scripted): Promise<void> {
  await settled();
  assert.deepEqual(script.failures, []);
  if (script.over()?.why !== undefined) assert.ok(goAwayOf(script), 'it ended without a word');
  script.client.destroy();
  await settled();
  assert.equal(script.session.size, 0);
  assert.equal(script.session.outbox.held, 0);
}

describe('a session', () => {
  it('stands whatever frames its client sends, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 30 }), async (frames) => {
        const script = await scripted();
        echo(script);
        await script.say(...frames);
        await holds(script);
      }),
      { numRuns: 400 },
    );
  });

  it('stands damaged bytes, in any pieces', async () => {
    const valid = Buffer.concat([
      headers(1, [...POST, 'content-length', '5']),
      data(1, 'ab'),
      get(3),
      windowUpdateFrame(1, 1000),
      data(1, 'cde', FLAG.END_STREAM),
      settingsFrame([[4, 5]]),
      headers(5, GET.with(7, '/long'), FLAG.END_STREAM),
      resetFrame(5, 8),
      frame(TYPE.PING, 0, 0, Buffer.alloc(8)),
      get(7, ['x-a', 'b']),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 80 }),
        async (damage, size) => {
          const script = await scripted();
          echo(script);
          const sent = Buffer.from(valid);
          for (const [at, octet] of damage) sent[at] = octet;
          for (let at = 0; at < sent.length; at += size) {
            await script.say(sent.subarray(at, at + size));
          }
          await holds(script);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('stands any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        const script = await scripted();
        echo(script);
        await script.say(Buffer.from(noise));
        await holds(script);
      }),
      { numRuns: 300 },
    );
  });
});
