import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  FLAG,
  resetFrame,
  SETTING,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
} from '../../http2/frames.ts';
import { data, headers } from '../../http2/testing.ts';
import {
  bodyOf,
  endedBy,
  get,
  goAwayOf,
  POST,
  type Scripted,
  scripted,
  settled,
} from './testing.ts';

const window = (size: number) => settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, size]]);

/** Bytes that tell where they belong. */
function bytesOf(streamId: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (streamId * 31 + i) & 0xff));
}

/** Answers each request with a body, in pieces, as an upstream does that is made to wait. */
function answerWith(script: Scripted, length: number, piece: number): void {
  script.answer = ({ stream }) => {
    const body = bytesOf(stream.id, length);
    let at = 0;
    const more = (): void => {
      while (at < length) {
        const chunk = body.subarray(at, at + piece);
        at += chunk.length;
        if (!stream.write(chunk)) break;
      }
      if (at < length) stream.onDrain = more;
      else stream.end();
      stream.flush();
    };
    stream.head(200, []);
    more();
  };
}

describe('an answer', () => {
  it('arrives whole and in order, whatever the windows are and however they change', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          initial: fc.integer({ min: 0, max: 40_000 }),
          streams: fc.integer({ min: 1, max: 5 }),
          length: fc.integer({ min: 1, max: 120_000 }),
          piece: fc.integer({ min: 1, max: 50_000 }),
          steps: fc.array(
            fc.tuple(
              fc.integer({ min: 0, max: 5 }),
              fc.integer({ min: 1, max: 30_000 }),
              fc.boolean(),
            ),
            { maxLength: 30 },
          ),
        }),
        async ({ initial, streams, length, piece, steps }) => {
          const script = await scripted({ settings: [[SETTING.INITIAL_WINDOW_SIZE, initial]] });
          answerWith(script, length, Math.max(piece, length / 20));
          const ids = Array.from({ length: streams }, (_, i) => 2 * i + 1);
          let allowed = 65_535;
          const allowedOn = new Map(ids.map((id) => [id, initial]));
          let current = initial;
          const check = () => {
            const sent = ids.map((id) => bodyOf(script, id).length);
            assert.ok(sent.reduce((sum, one) => sum + one, 0) <= allowed, 'the connection');
            for (const [i, id] of ids.entries()) {
              // A window that was made smaller later has been used before it was.
              assert.ok((sent[i] ?? 0) <= (most.get(id) ?? 0), `stream ${id}`);
            }
          };
          const most = new Map(allowedOn);
          await script.say(...ids.map((id) => get(id)));
          check();
          for (const [which, size, shrink] of steps) {
            if (which === 0) {
              allowed += size;
              await script.say(windowUpdateFrame(0, size));
            } else if (shrink) {
              for (const id of ids) allowedOn.set(id, (allowedOn.get(id) ?? 0) + size - current);
              current = size;
              await script.say(window(size));
            } else {
              const id = ids[which % ids.length] ?? 1;
              allowedOn.set(id, (allowedOn.get(id) ?? 0) + size);
              await script.say(endedBy(script, id) ? Buffer.alloc(0) : windowUpdateFrame(id, size));
            }
            for (const id of ids) {
              most.set(id, Math.max(most.get(id) ?? 0, allowedOn.get(id) ?? 0));
            }
            check();
          }
          await script.say(
            windowUpdateFrame(0, 1_000_000),
            ...ids
              .filter((id) => !endedBy(script, id))
              .map((id) => windowUpdateFrame(id, 1_000_000)),
          );
          await settled();
          for (const id of ids) {
            assert.ok(bodyOf(script, id).equals(bytesOf(id, length)), `the body of ${id}`);
            assert.ok(endedBy(script, id), `the end of ${id}`);
          }
          assert.equal(goAwayOf(script), undefined);
          assert.equal(script.session.outbox.held, 0);
          script.client.destroy();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('waits where its client takes none, is not kept, and holds up no other', async () => {
    const script = await scripted({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 10_000]] });
    let written = 0;
    script.answer = ({ stream }) => {
      stream.head(200, []);
      if (stream.id > 1) return stream.end();
      const more = () => {
        do written += 16_384;
        while (stream.write(Buffer.alloc(16_384)) && written < 100_000_000);
      };
      stream.onDrain = more;
      more();
      stream.flush();
    };
    await script.say(get(1), get(3));
    assert.equal(bodyOf(script, 1).length, 10_000);
    assert.equal(written, 16_384, 'its sender was told to wait at once');
    assert.ok(endedBy(script, 3));
    await script.say(windowUpdateFrame(1, 20_000));
    assert.equal(bodyOf(script, 1).length, 30_000);
    assert.equal(written, 2 * 16_384);
    await script.say(resetFrame(1, 8));
    assert.equal(script.session.outbox.held, 0);
  });

  it('gives the memory of its pieces back as they are sent, and when nobody takes them any more', async () => {
    const script = await scripted({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 150]] });
    const done: number[] = [];
    script.answer = ({ stream }) => {
      stream.head(200, []);
      for (let i = 0; i < 4; i++) stream.write(Buffer.alloc(100), () => done.push(i));
      stream.flush();
    };
    await script.say(get(1));
    assert.deepEqual(done, [0]);
    await script.say(windowUpdateFrame(1, 100));
    assert.deepEqual(done, [0, 1]);
    await script.say(resetFrame(1, 8));
    assert.deepEqual(done, [0, 1, 2, 3]);
  });

  it('shares a connection that is slow with the others on it', async () => {
    const script = await scripted({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 10_000_000]] });
    await script.say(windowUpdateFrame(0, 100_000_000));
    answerWith(script, 400_000, 16_384);
    script.client.pause();
    await script.say(get(1), get(3), get(5));
    script.client.resume();
    // The order in which streams come to an end shows that none was served before the others.
    while (![1, 3, 5].every((id) => endedBy(script, id))) await settled();
    const order = script.seen().filter(({ type }) => type === TYPE.DATA);
    const firstEnd = order.findIndex(({ flags }) => (flags & FLAG.END_STREAM) !== 0);
    const before = new Set(order.slice(0, firstEnd).map(({ streamId }) => streamId));
    assert.deepEqual([...before].sort(), [1, 3, 5]);
    for (const id of [1, 3, 5]) assert.ok(bodyOf(script, id).equals(bytesOf(id, 400_000)));
  });
});

describe('the body of a request', () => {
  it('arrives whole and in order, whatever its pieces are and whenever it is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.nat({ max: 200 }), fc.boolean()),
          {
            minLength: 1,
            maxLength: 20,
          },
        ),
        async (pieces) => {
          const script = await scripted();
          script.answer = () => {};
          await script.say(headers(1, POST));
          const body = script.asked[0]?.stream.body ?? assert.fail('no body');
          const ended = once(body, 'end');
          const read: Buffer[] = [];
          body.on('data', (chunk: Buffer) => read.push(Buffer.from(chunk)));
          const sent: Buffer[] = [];
          for (const [length, padding, flows] of pieces) {
            if (flows) body.resume();
            else body.pause();
            const bytes = bytesOf(length, Math.min(length, 16_000));
            sent.push(bytes);
            const padded = Buffer.concat([Buffer.from([padding]), bytes, Buffer.alloc(padding)]);
            await script.say(data(1, padded, FLAG.PADDED));
          }
          await script.say(data(1, '', FLAG.END_STREAM));
          body.resume();
          await ended;
          assert.ok(Buffer.concat(read).equals(Buffer.concat(sent)));
          assert.equal(script.session.outbox.held, 0);
          script.client.destroy();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is paid for as it is read, and not before', async () => {
    const script = await scripted();
    script.answer = () => {};
    await script.say(headers(1, POST));
    const body = script.asked[0]?.stream.body ?? assert.fail('no body');
    const granted = () =>
      script
        .seen()
        .filter(({ type, streamId }) => type === TYPE.WINDOW_UPDATE && streamId === 1)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    for (let i = 0; i < 64; i++) await script.say(data(1, Buffer.alloc(16_384)));
    assert.equal(granted(), 0, 'all of the window has been used, and nobody reads');
    assert.equal(script.session.outbox.held, 64 * 16_384);
    body.resume();
    await settled();
    assert.ok(granted() >= 512 * 1024);
    assert.equal(script.session.outbox.held, 0);
    // What was taken may come again, to the byte.
    for (let i = 0; i < 32; i++) await script.say(data(1, Buffer.alloc(16_384)));
    assert.equal(goAwayOf(script), undefined);
  });

  it('beyond its window ends its stream, and beyond that of the connection the connection', async () => {
    const script = await scripted();
    script.answer = () => {};
    await script.say(headers(1, POST), headers(3, POST));
    for (let i = 0; i < 65; i++) await script.say(data(1, Buffer.alloc(16_384)));
    const reset = script.seen().find(({ type }) => type === TYPE.RST_STREAM);
    assert.deepEqual([reset?.streamId, reset?.payload.readUInt32BE(0)], [1, 3]);
    assert.equal(goAwayOf(script), undefined);
    const greedy = await scripted();
    greedy.answer = () => {};
    const ids = Array.from({ length: 5 }, (_, i) => 2 * i + 1);
    await greedy.say(...ids.map((id) => headers(id, POST)));
    for (const id of ids) {
      for (let i = 0; i < 64; i++) await greedy.say(data(id, Buffer.alloc(16_384)));
    }
    assert.equal(goAwayOf(greedy), 3);
  });

  it('in the smallest pieces costs no more than its bytes, however long nobody reads it', async () => {
    const script = await scripted();
    script.answer = () => {};
    await script.say(headers(1, POST));
    const before = process.memoryUsage();
    for (let i = 0; i < 50; i++) {
      await script.say(Buffer.concat(Array.from({ length: 1_000 }, () => data(1, 'x'))));
    }
    const after = process.memoryUsage();
    assert.equal(script.session.outbox.held, 50_000);
    const grown = after.arrayBuffers - before.arrayBuffers;
    assert.ok(grown < 4_000_000, `${grown} bytes more`);
    const body = script.asked[0]?.stream.body;
    let read = 0;
    body?.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    await settled();
    assert.equal(read, 50_000);
  });
});
