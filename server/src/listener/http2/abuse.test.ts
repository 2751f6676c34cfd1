/** What one client may do to the others on the same gateway, which is nothing. */
import assert from 'node:assert/strict';
import type { ClientHttp2Session } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  CODE,
  FLAG,
  frame,
  PREFACE,
  resetFrame,
  SETTING,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
} from '../../http2/frames.ts';
import { data, headers, splitFrames } from '../../http2/testing.ts';
import type { Limits } from '../limits.ts';
import { type Harness, PROXY_PATH, readAll, request2, startHarness } from '../testing.ts';
import { ACK, GET, get, goAwayOf, POST, resetOf, scripted, settled } from './testing.ts';

const EMPTY = Buffer.alloc(0);
const times = (count: number, make: (i: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
const pings = times(2_000, () => frame(TYPE.PING, 0, 0, Buffer.alloc(8)));

/** What a peer says last: the code of its GOAWAY. */
async function lastWord(socket: TLSSocket): Promise<number | undefined> {
  const bytes = Buffer.from(await readLatin1(socket), 'latin1');
  return splitFrames(bytes)
    .find(({ type }) => type === TYPE.GOAWAY)
    ?.payload.readUInt32BE(4);
}

function readLatin1(socket: TLSSocket): Promise<string> {
  socket.setEncoding('latin1');
  return readAll(socket);
}

describe('a client that floods', () => {
  let harness: Harness;
  let other: ClientHttp2Session;
  before(async () => {
    harness = await startHarness();
    other = await harness.session();
  });
  after(() => harness.close());

  for (const [what, begin, flood] of [
    [
      'opens and resets streams',
      [],
      (i) => Buffer.concat([get(2 * i + 1), resetFrame(2 * i + 1, 8)]),
    ],
    [
      'makes us reset its streams',
      [],
      (i) => Buffer.concat([headers(2 * i + 1, POST), windowUpdateFrame(2 * i + 1, 0)]),
    ],
    [
      'opens streams that are malformed',
      [],
      (i) => headers(2 * i + 1, [...GET, 'X', 'y'], FLAG.END_STREAM),
    ],
    ['pings', [], () => pings],
    ['changes its settings', [], () => settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 1]])],
    ['sends many settings at once', [], () => settingsFrame(Array(40).fill([99, 1]))],
    ['sends empty DATA', [headers(1, POST)], () => data(1, EMPTY)],
    ['sends PRIORITY', [], () => frame(TYPE.PRIORITY, 0, 1, Buffer.alloc(5))],
    ['sends frames of unknown types', [], () => frame(99, 0, 0, EMPTY)],
    [
      'never ends a header block',
      [frame(TYPE.HEADERS, 0, 1, EMPTY)],
      () => frame(TYPE.CONTINUATION, 0, 1, EMPTY),
    ],
    [
      'sends a header block without end',
      [frame(TYPE.HEADERS, 0, 1, EMPTY)],
      () => frame(TYPE.CONTINUATION, 0, 1, Buffer.alloc(16_384)),
    ],
  ] as ReadonlyArray<readonly [string, Buffer[], (i: number) => Buffer]>) {
    it(`and ${what} is sent away, and nobody else`, async () => {
      const socket = await harness.dial(['h2']);
      const said = lastWord(socket);
      socket.write(Buffer.concat([PREFACE, settingsFrame([]), ACK, ...begin]));
      for (let i = 0; i < 40_000 && !socket.destroyed && socket.writable; i += 500) {
        socket.write(times(500, (n) => (flood(i + n) === pings && n > 0 ? EMPTY : flood(i + n))));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(await said, CODE.ENHANCE_YOUR_CALM);
      assert.equal((await request2(other, { ':path': '/' })).status, 200);
      assert.equal((await request2(other, { ':path': PROXY_PATH })).status, 200);
    });
  }

  it('with questions and reads no answer ends by the ping that it does not answer', async (t) => {
    const quick = await startHarness({ limits: { pingInterval: 1_000 } });
    t.after(() => quick.close());
    const socket = await quick.dial(['h2']);
    socket.pause();
    socket.write(Buffer.concat([PREFACE, settingsFrame([]), ACK]));
    socket.write(times(20_000, (i) => headers(2 * i + 1, GET.with(1, 'HEAD'), FLAG.END_STREAM)));
    while (!quick.log.some((line) => line.includes('did not answer a ping'))) await settled();
    assert.equal((await request2(await quick.session(), { ':path': '/' })).status, 200);
  });

  it('with questions and reads no answer is not read either', async () => {
    const script = await scripted();
    script.answer = ({ stream }) => {
      stream.head(200, ['x-padding', 'p'.repeat(200)]);
      stream.end();
    };
    script.client.pause();
    for (let i = 0; i < 20_000; i += 100) await script.say(times(100, (n) => get(2 * (i + n) + 1)));
    const asked = script.asked.length;
    assert.ok(asked < 3_000, `${asked} were answered into memory`);
    script.client.resume();
    while (script.asked.length < 20_000) await settled();
    assert.equal(script.over(), undefined);
  });
});

describe('a client that is slow on purpose over HTTP/2', () => {
  // So long that a busy machine says what it is to say before it is over.
  const limits: Partial<Limits> = { headersTimeout: 1_000, checkInterval: 20 };
  for (const [what, code, ...said] of [
    ['says nothing', undefined],
    ['says half of its preface', undefined, PREFACE.subarray(0, 10)],
    ['says no SETTINGS', undefined, PREFACE],
    ['does not acknowledge SETTINGS', CODE.SETTINGS_TIMEOUT, PREFACE, settingsFrame([])],
    [
      'does not end its header block',
      CODE.ENHANCE_YOUR_CALM,
      PREFACE,
      settingsFrame([]),
      ACK,
      frame(TYPE.HEADERS, 0, 1, EMPTY),
    ],
    [
      'does not end the frame of its header block',
      CODE.ENHANCE_YOUR_CALM,
      PREFACE,
      settingsFrame([]),
      ACK,
      get(1).subarray(0, 12),
    ],
  ] as ReadonlyArray<readonly [string, number | undefined, ...Buffer[]]>) {
    it(`and ${what} is let go`, async (t) => {
      const harness = await startHarness({ limits });
      t.after(() => harness.close());
      const socket = await harness.dial(['h2']);
      socket.write(Buffer.concat(said));
      assert.equal(await lastWord(socket), code);
    });
  }
});

describe('streams of one client', () => {
  it('beyond those that may be open are turned away, and the others go on', async () => {
    const script = await scripted({ limits: { maxConcurrentStreams: 3 } });
    const { answer } = script;
    script.answer = () => {};
    await script.say(get(1), get(3), headers(5, POST), headers(7, POST), data(7, 'ignored'));
    assert.equal(resetOf(script, 7), CODE.REFUSED_STREAM);
    assert.equal(script.asked.length, 3);
    script.answer = answer;
    await script.say(resetFrame(1, CODE.CANCEL), get(9));
    assert.equal(script.asked.length, 4);
    assert.equal(goAwayOf(script), undefined);
  });

  it('are turned away while too much waits for it', async () => {
    const script = await scripted({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
    script.answer = ({ stream }) => {
      stream.head(200, []);
      stream.write(Buffer.alloc(17 * 1024 * 1024));
      stream.flush();
    };
    await script.say(get(1), get(3), get(5), get(7), get(9));
    assert.equal(resetOf(script, 9), CODE.ENHANCE_YOUR_CALM);
    await script.say(resetFrame(1, 8), get(11));
    assert.equal(resetOf(script, 11), undefined, 'there is room again');
    assert.equal(script.asked.length, 5);
  });

  it('cannot be made to answer in crumbs without end', async () => {
    const script = await scripted({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 1]] });
    script.answer = ({ stream }) => {
      stream.head(200, []);
      stream.write(Buffer.alloc(1_000_000));
      stream.flush();
    };
    await script.say(get(1));
    for (let i = 0; i < 30 && script.over() === undefined; i++) {
      await script.say(times(500, () => windowUpdateFrame(1, 1)));
    }
    assert.equal(goAwayOf(script), CODE.ENHANCE_YOUR_CALM);
  });

  it('that are cancelled for long, at the pace of a busy controller, cost it nothing', async () => {
    const script = await scripted();
    script.answer = ({ stream }) => {
      stream.head(200, []);
      stream.flush();
    };
    for (let i = 0; i < 15_000; i += 100) {
      await script.say(times(100, (n) => get(2 * (i + n) + 1)));
      await script.say(times(100, (n) => resetFrame(2 * (i + n) + 1, CODE.CANCEL)));
    }
    await settled();
    assert.equal(script.over(), undefined);
    assert.equal(script.session.size, 0);
  });
});
