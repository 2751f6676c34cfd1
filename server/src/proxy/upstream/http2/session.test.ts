import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CODE,
  FLAG,
  frame,
  goAwayFrame,
  resetFrame,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
} from '../../../http2/frames.ts';
import { decodeFields } from '../../../http2/hpackDecoder.ts';
import { data, headers } from '../../../http2/testing.ts';
import { heapInUse, until } from '../../testing.ts';
import { STREAM_WINDOW } from './stream.ts';
import { Asker, HEAD, hungUp, type Scripted, scripted, settled } from './testing.ts';

const OK = [':status', '200', 'content-type', 'application/json'];
const EMPTY = Buffer.alloc(0);
const uint32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
};
const goAway = (lastStreamId: number, code = 0): Buffer =>
  frame(TYPE.GOAWAY, 0, 0, uint32(lastStreamId, code));
/** Error codes of the RST_STREAM frames that a session has sent, by stream. */
const resets = ({ seen }: Scripted): Record<number, number> =>
  Object.fromEntries(
    seen()
      .filter(({ type }) => type === TYPE.RST_STREAM)
      .map(({ streamId, payload }) => [streamId, payload.readUInt32BE()]),
  );
/** What a session has allowed the server to send, by stream. */
const allowed = ({ seen }: Scripted, streamId: number): number =>
  seen()
    .filter((one) => one.type === TYPE.WINDOW_UPDATE && one.streamId === streamId)
    .reduce((sum, { payload }) => sum + payload.readUInt32BE(), 0);
/** As many DATA frames as hold so many bytes. */
const bulk = (streamId: number, size: number): Buffer => {
  const frames: Buffer[] = [];
  for (let left = size; left > 0; left -= 16_384) {
    frames.push(data(streamId, Buffer.alloc(Math.min(left, 16_384), 'x')));
  }
  return Buffer.concat(frames);
};

describe('a shared connection', () => {
  it('begins with a preface, no dynamic table and no pushes', async () => {
    const { seen } = await scripted();
    const settings = seen()[0];
    assert.equal(settings?.type, TYPE.SETTINGS);
    assert.equal(settings.payload.toString('hex').slice(0, 24), '000100000000000200000000');
    assert.equal(seen()[1]?.type, TYPE.WINDOW_UPDATE);
    assert.equal(seen()[2]?.flags, FLAG.ACK, "the server's SETTINGS are acknowledged");
  });

  it('carries the head of a request and nothing else', async () => {
    const { session, seen } = await scripted();
    new Asker(session);
    new Asker(session);
    await settled();
    const [first, second] = seen().filter(({ type }) => type === TYPE.HEADERS);
    assert.equal(first?.flags, FLAG.END_STREAM | FLAG.END_HEADERS);
    const fields = [':method', 'GET', ':scheme', 'https', ':authority', 'api.test', ':path', '/x'];
    assert.deepEqual(decodeFields(first.payload, 9_999), [...fields, 'accept', 'text/plain']);
    assert.deepEqual([first.streamId, second?.streamId], [1, 3]);
    assert.equal(first.payload[0], 0x20, 'the first block says that there is no table');
    assert.notEqual(second?.payload[0], 0x20);
  });

  it('carries a head that is larger than a frame', async () => {
    const { session, seen } = await scripted();
    const large = HEAD.replace('text/plain', 'x'.repeat(40_000));
    new Asker(session, large);
    await settled();
    const pieces = seen().filter(({ type }) => type === TYPE.HEADERS || type === TYPE.CONTINUATION);
    assert.deepEqual(
      pieces.map(({ flags }) => flags),
      [FLAG.END_STREAM, 0, FLAG.END_HEADERS],
    );
    const block = Buffer.concat(pieces.map(({ payload }) => payload));
    assert.equal(decodeFields(block, 99_999).at(-1)?.length, 40_000);
  });

  it('gives each answer to who asked for it, piece by piece', async () => {
    const { session, say } = await scripted();
    const one = new Asker(session);
    const two = new Asker(session);
    await say(headers(3, OK), headers(1, [':status', '404']), data(1, 'on'), data(3, 'tw'));
    assert.equal(one.head?.status, 404);
    assert.deepEqual(two.head?.fields, OK.slice(2));
    assert.deepEqual([one.pauses, two.pauses], [1, 1], 'what waits is let go after each read');
    await say(data(3, 'o', FLAG.END_STREAM), data(1, 'e'));
    await say(headers(1, ['grpc-status', '0'], FLAG.END_STREAM));
    assert.deepEqual([one.text, two.text], ['one', 'two']);
    assert.deepEqual([one.trailers, two.trailers], [['grpc-status', '0'], []]);
    assert.equal(session.size, 0);
  });

  it('passes 1xx heads on, and heads without a body', async () => {
    const { session, say } = await scripted();
    const asker = new Asker(session);
    await say(headers(1, [':status', '103']), headers(1, [':status', '204'], FLAG.END_STREAM));
    assert.deepEqual(asker.informational, [103]);
    assert.deepEqual(asker.head?.framing, { kind: 'none' });
    assert.deepEqual(asker.trailers, []);
  });

  describe('costs a stream its own, where its message is not valid:', () => {
    const end = FLAG.END_STREAM;
    const cases: ReadonlyArray<readonly [string, ...Buffer[]]> = [
      ['no status', headers(1, ['a', 'b'])],
      ['two statuses', headers(1, [':status', '200', ':status', '200'])],
      ['a status that is no number', headers(1, [':status', '2OO'])],
      ['a status behind a field', headers(1, ['a', 'b', ':status', '200'])],
      ['another pseudo-header', headers(1, [...OK, ':path', '/'])],
      ['a name in upper case', headers(1, [...OK, 'Server', 'x'])],
      ['a name with a blank', headers(1, [...OK, 'a b', 'x'])],
      ['an empty name', headers(1, [...OK, '', 'x'])],
      ['a value with CR and LF', headers(1, [...OK, 'a', 'b\r\nset-cookie: c'])],
      ['a value with NUL', headers(1, [...OK, 'a', 'b\0'])],
      ['a value with a blank at its end', headers(1, [...OK, 'a', 'b '])],
      ['connection', headers(1, [...OK, 'connection', 'close'])],
      ['transfer-encoding', headers(1, [...OK, 'transfer-encoding', 'chunked'])],
      ['101', headers(1, [':status', '101'])],
      ['too many fields', headers(1, [...OK, ...Array<string>(600).fill('a')])],
      ['a 1xx head that is the last', headers(1, [':status', '103'], end)],
      [
        '1xx heads without end',
        ...Array.from({ length: 17 }, () => headers(1, [':status', '103'])),
      ],
      ['a body without a head', data(1, 'x')],
      ['an empty body without a head', data(1, '', end)],
      ['a 204 with a body', headers(1, [':status', '204'])],
      ['two lengths', headers(1, [...OK, 'content-length', '1', 'content-length', '1'])],
      ['a length that is no number', headers(1, [...OK, 'content-length', '+1'])],
      ['a body longer than its length', headers(1, [...OK, 'content-length', '1']), data(1, 'xy')],
      ['a shorter one', headers(1, [...OK, 'content-length', '3']), data(1, 'xy', end)],
      ['no body where a length is', headers(1, [...OK, 'content-length', '3'], end)],
      ['a second head', headers(1, OK), headers(1, OK)],
      ['trailers with a status', headers(1, OK), headers(1, [':status', '200'], end)],
      ['trailers with a length', headers(1, OK), headers(1, ['content-length', '0'], end)],
    ];
    for (const [what, ...frames] of cases) {
      it(what, async () => {
        const script = await scripted();
        const broken = new Asker(script.session);
        const other = new Asker(script.session);
        await script.say(...frames, headers(3, OK), data(3, 'fine', end));
        assert.equal(broken.failure?.kind, 'broken');
        assert.equal(broken.trailers, undefined);
        assert.deepEqual(resets(script), { 1: CODE.PROTOCOL_ERROR });
        assert.deepEqual([other.text, other.trailers], ['fine', []]);
        assert.equal(script.gone(), undefined);
      });
    }
  });

  for (const [what, ...frames] of [
    ['a head', headers(1, OK)],
    ['a piece of a body', headers(1, OK), data(1, 'x')],
    ['an end', headers(1, OK), data(1, '', FLAG.END_STREAM)],
  ] as const) {
    it(`costs a stream its own, where ${what} cannot be handed on to who asked`, async () => {
      const script = await scripted();
      const fault = new Error('it cannot be written');
      const asker = new Asker(script.session);
      const refuse = (): never => {
        throw fault;
      };
      if (what === 'a head') asker.onHead = refuse;
      else if (what === 'an end') asker.onComplete = refuse;
      else asker.onBody = refuse;
      const other = new Asker(script.session);
      await script.say(...frames, headers(3, OK), data(3, 'fine', FLAG.END_STREAM));
      assert.deepEqual([other.text, other.trailers], ['fine', []]);
      assert.equal(script.gone(), undefined);
      assert.equal(script.session.size, 0);
      if (what === 'an end') return;
      assert.equal(asker.failure?.cause, fault);
      assert.deepEqual(resets(script), { 1: CODE.INTERNAL_ERROR });
    });
  }

  describe('ends, with all that is on it, where the protocol is broken:', () => {
    const cases: ReadonlyArray<readonly [string, keyof typeof CODE, ...Buffer[]]> = [
      ['DATA on a stream that was never opened', 'PROTOCOL_ERROR', data(5, 'x')],
      ['HEADERS on a stream of the server', 'PROTOCOL_ERROR', headers(2, OK)],
      ['a reset of a stream that was never opened', 'PROTOCOL_ERROR', resetFrame(9, 0)],
      ['a window of a stream that was never opened', 'PROTOCOL_ERROR', windowUpdateFrame(9, 1)],
      ['a window enlarged by nothing', 'PROTOCOL_ERROR', windowUpdateFrame(0, 0)],
      ['a push that is allowed', 'PROTOCOL_ERROR', settingsFrame([[2, 1]])],
      ['a frame size out of bounds', 'PROTOCOL_ERROR', settingsFrame([[5, 1]])],
      ['a window out of bounds', 'FLOW_CONTROL_ERROR', settingsFrame([[4, 2 ** 31]])],
      ['a field that is in no table', 'COMPRESSION_ERROR', frame(1, 4, 1, Buffer.from([0xff, 0]))],
      ['DATA behind the end', 'STREAM_CLOSED', headers(1, OK, 1), data(1, 'x')],
      ['DATA behind a reset', 'STREAM_CLOSED', resetFrame(1, 8), data(1, 'x')],
      ['a GOAWAY that takes back another', 'PROTOCOL_ERROR', goAway(3), goAway(5)],
      ['more than a window', 'FLOW_CONTROL_ERROR', headers(1, OK), bulk(1, STREAM_WINDOW + 1)],
    ];
    for (const [what, code, ...frames] of cases) {
      it(what, async () => {
        const script = await scripted();
        const asker = new Asker(script.session);
        asker.stream.pause();
        const other = new Asker(script.session);
        await script.say(...frames);
        const last = script.seen().at(-1);
        assert.equal(last?.type, TYPE.GOAWAY);
        assert.equal(last.payload.readUInt32BE(4), CODE[code]);
        assert.equal(other.failure?.kind, 'broken');
        assert.equal(script.gone()?.kind, 'broken');
        assert.equal(script.session.room, 0);
        await hungUp(script.server);
      });
    }
  });

  it('is cut off for all when it is closed, and says so once', async () => {
    const { session, server, gone } = await scripted();
    const askers = [new Asker(session), new Asker(session)];
    server.end();
    await settled();
    assert.deepEqual(
      askers.map(({ failure }) => failure?.message),
      ['it closed the connection', 'it closed the connection'],
    );
    assert.ok(gone());
    assert.deepEqual(
      askers.map(({ stream }) => stream.reused),
      [false, true],
    );
  });
});

describe('flow control', () => {
  it('gives back what has been taken, half a window at a time', async () => {
    const script = await scripted();
    new Asker(script.session);
    await script.say(headers(1, OK), bulk(1, STREAM_WINDOW / 2 - 1));
    assert.equal(allowed(script, 1), 0);
    await script.say(data(1, 'x'));
    assert.equal(allowed(script, 1), STREAM_WINDOW / 2);
  });

  it('counts padding, which nobody takes', async () => {
    const script = await scripted();
    const asker = new Asker(script.session);
    await script.say(headers(1, OK));
    const padding = frame(
      TYPE.DATA,
      FLAG.PADDED,
      1,
      Buffer.concat([Buffer.from([255]), Buffer.alloc(255)]),
    );
    for (let size = 0; size < 4 * STREAM_WINDOW; size += 64 * 256) {
      await script.say(...Array.from({ length: 64 }, () => padding));
    }
    assert.equal(script.gone(), undefined);
    assert.equal(asker.text, '');
  });

  it('lets one slow reader hold up itself and nobody else', async () => {
    const script = await scripted();
    const slow = new Asker(script.session);
    const quick = new Asker(script.session);
    await script.say(headers(1, OK), headers(3, OK), data(1, 'first'));
    slow.stream.pause();
    await script.say(bulk(1, STREAM_WINDOW - 5));
    assert.equal(slow.text, 'first', 'what comes is kept, not handed on');
    // Several times the window of the whole connection.
    const round = STREAM_WINDOW / 2;
    for (let size = 0; size < 48 * 1024 * 1024; size += round) await script.say(bulk(3, round));
    assert.equal(
      quick.body.reduce((sum, { length }) => sum + length, 0),
      48 * 1024 * 1024,
    );
    assert.equal(allowed(script, 1), 0, 'the server may send the slow one nothing more');
    slow.stream.resume();
    assert.equal(slow.text.length, STREAM_WINDOW);
    await settled();
    assert.ok(allowed(script, 1) >= STREAM_WINDOW / 2, 'now it may');
    assert.equal(script.gone(), undefined);
  });

  it('keeps copies of what a slow reader has not taken, and in order', async () => {
    const { session, say } = await scripted();
    const asker = new Asker(session);
    await say(headers(1, OK));
    asker.stream.pause();
    const pieces = Array.from({ length: 50 }, (_, n) => `<${n}>`);
    for (const piece of pieces) await say(data(1, piece));
    await say(data(1, 'end', FLAG.END_STREAM));
    assert.equal(asker.text, '');
    assert.equal(asker.trailers, undefined, 'it is not whole before all of it has been taken');
    asker.stream.resume();
    assert.equal(asker.text, `${pieces.join('')}end`);
    assert.deepEqual(asker.trailers, []);
  });

  it('keeps single bytes at no more cost than one piece', async () => {
    const { session, say } = await scripted();
    const asker = new Asker(session);
    await say(headers(1, OK));
    asker.stream.pause();
    const round = Buffer.concat(
      Array.from({ length: 1_000 }, (_, n) => data(1, String.fromCharCode(97 + (n % 26)))),
    );
    const before = heapInUse();
    const rounds = 120;
    for (let n = 0; n < rounds; n++) await say(round);
    // Kept one by one they were twenty megabytes.
    assert.ok(heapInUse() - before < 6_000_000, 'every piece is kept by itself');
    asker.stream.resume();
    assert.equal(asker.text.length, rounds * 1_000);
    assert.match(asker.text, /^abcdefghij.*wxyzabc/);
  });

  it('stops handing on where the reader stops again', async () => {
    const { session, say } = await scripted();
    const asker = new Asker(session);
    await say(headers(1, OK));
    asker.stream.pause();
    await say(data(1, 'a'), data(1, 'b'), data(1, 'c'));
    asker.onBody = (chunk) => {
      asker.body.push(Buffer.from(chunk));
      asker.stream.pause();
    };
    for (const text of ['a', 'ab', 'abc']) {
      asker.stream.resume();
      assert.equal(asker.text, text);
    }
    await say(data(1, 'd'));
    asker.stream.resume();
    assert.equal(asker.text, 'abcd');
  });
});

describe('ends of streams', () => {
  it('reach the server, whose last frames are then ignored', async () => {
    const script = await scripted();
    const asker = new Asker(script.session);
    await script.say(headers(1, OK));
    asker.stream.destroy();
    asker.stream.destroy();
    await script.say(data(1, 'late'), headers(1, ['a', 'b'], FLAG.END_STREAM));
    assert.deepEqual(resets(script), { 1: CODE.CANCEL });
    assert.equal(asker.text, '');
    assert.equal(asker.failure, undefined);
    assert.equal(script.gone(), undefined);
  });

  it('keep their place for a while, so that no server takes them for an attack', async () => {
    const { session } = await scripted([[3, 10]]);
    assert.equal(session.room, 10);
    for (let n = 0; n < 4; n++) new Asker(session).stream.destroy();
    assert.equal(session.size, 0);
    assert.equal(session.room, 6);
    await until(() => session.room === 10, 'the places are given back');
  });

  it('by the server are told as what they are', async () => {
    const { session, say } = await scripted();
    const askers = Array.from({ length: 3 }, () => new Asker(session));
    new Asker(session);
    await say(resetFrame(1, CODE.INTERNAL_ERROR), resetFrame(3, CODE.REFUSED_STREAM));
    await say(headers(5, OK), data(5, 'x'), resetFrame(5, CODE.CANCEL), resetFrame(5, CODE.CANCEL));
    assert.deepEqual(
      askers.map(({ failure, stream: { answered } }) => [failure?.message, answered]),
      [
        ['it reset the stream (INTERNAL_ERROR)', false],
        ['it reset the stream (REFUSED_STREAM)', false],
        ['it reset the stream (CANCEL)', true],
      ],
    );
    assert.equal(askers[1]?.stream.reused, true, 'what it did not look at may be asked again');
  });
});

describe('the limits of a shared connection', () => {
  it('are those of the server, also when they change, and never more than a hundred', async () => {
    const { session, say } = await scripted([[3, 2]]);
    assert.equal(session.room, 2);
    new Asker(session);
    assert.equal(session.room, 1);
    await say(settingsFrame([[3, 1_000]]));
    assert.equal(session.room, 99);
    await say(settingsFrame([[3, 0]]));
    assert.ok(session.room <= 0);
  });

  it('announce anew that there is no table when the server changes its size', async () => {
    const { session, say, seen } = await scripted();
    new Asker(session);
    await say(settingsFrame([[1, 0]]));
    new Asker(session);
    await settled();
    const blocks = seen().filter(({ type }) => type === TYPE.HEADERS);
    assert.deepEqual(
      blocks.map(({ payload }) => payload[0]),
      [0x20, 0x20],
    );
  });

  it('end it when the server asks and asks and reads nothing', async () => {
    const { session, server, say, gone } = await scripted();
    const asker = new Asker(session);
    server.pause();
    server.removeAllListeners('data');
    const pings = Array.from({ length: 5_000 }, () => frame(TYPE.PING, 0, 0, Buffer.alloc(8)));
    for (let n = 0; n < 20 && gone() === undefined; n++) await say(...pings);
    assert.equal(asker.failure?.message, 'it does not read what it is sent');
  });
});

describe('a server that goes away', () => {
  it('lets what it took end, turns away what it did not take, and is not asked again', async () => {
    const script = await scripted();
    const askers = [new Asker(script.session), new Asker(script.session)];
    await script.say(headers(1, OK), goAway(1));
    assert.equal(askers[0]?.failure, undefined);
    assert.match(askers[1]?.failure?.message ?? '', /did not take the request/);
    assert.equal(askers[1]?.stream.reused, true);
    assert.equal(script.session.room, 0);
    assert.equal(script.gone(), undefined);
    await script.say(data(1, 'whole', FLAG.END_STREAM));
    assert.equal(askers[0]?.text, 'whole');
    assert.deepEqual(askers[0]?.trailers, []);
    assert.deepEqual(script.seen().at(-1), {
      ...{ type: TYPE.GOAWAY, flags: 0, streamId: 0 },
      payload: goAwayFrame(0, CODE.NO_ERROR).subarray(9),
    });
    await hungUp(script.server);
  });

  it('may say so twice: first that it will, then what it took', async () => {
    const { session, say, gone } = await scripted();
    const askers = [new Asker(session), new Asker(session)];
    await say(goAway(2 ** 31 - 1));
    assert.deepEqual(
      askers.map(({ failure }) => failure),
      [undefined, undefined],
    );
    await say(goAway(1));
    assert.deepEqual(
      askers.map(({ failure }) => failure === undefined),
      [true, false],
    );
    assert.equal(gone(), undefined);
  });

  it('is found out by a ping when it falls silent, and kept when it answers', async () => {
    const script = await scripted();
    const asker = new Asker(script.session);
    const now = performance.now();
    const pings = () => script.seen().filter(({ type }) => type === TYPE.PING).length;
    script.session.sweep(now + 20_000, 1e9);
    await settled();
    assert.equal(pings(), 0);
    script.session.sweep(now + 31_000, 1e9);
    await settled();
    assert.equal(pings(), 1);
    await script.say(frame(TYPE.PING, FLAG.ACK, 0, Buffer.from('sallypor')));
    script.session.sweep(now + 47_000, 1e9);
    await settled();
    assert.equal(pings(), 2, 'it has answered, and is asked again after another while');
    script.session.sweep(now + 61_000, 1e9);
    assert.equal(asker.failure, undefined);
    script.session.sweep(now + 63_000, 1e9);
    assert.match(String(asker.failure), /it has become silent/);
    assert.ok(script.gone());
  });

  it('has its own pings answered', async () => {
    const { say, seen } = await scripted();
    await say(frame(TYPE.PING, 0, 0, Buffer.from('12345678')));
    assert.deepEqual(seen().at(-1), {
      ...{ type: TYPE.PING, flags: FLAG.ACK, streamId: 0 },
      payload: Buffer.from('12345678'),
    });
  });

  it('is left when nobody needs it for a while, and not before', async () => {
    const { session, gone, say } = await scripted();
    new Asker(session);
    const later = performance.now() + 60_000;
    session.sweep(later, 45_000);
    assert.equal(gone(), undefined);
    await say(headers(1, OK, FLAG.END_STREAM));
    session.sweep(performance.now() + 44_000, 45_000);
    assert.equal(gone(), undefined);
    session.sweep(later, 45_000);
    assert.ok(gone());
    assert.equal(session.room, 0);
  });

  it('ignores what it does not know', async () => {
    const { session, say, gone } = await scripted([[99, 1]]);
    const asker = new Asker(session);
    await say(frame(99, 255, 7, EMPTY), frame(TYPE.PRIORITY, 0, 1, Buffer.alloc(5)));
    await say(headers(1, OK, FLAG.END_STREAM));
    assert.deepEqual(asker.trailers, []);
    assert.equal(gone(), undefined);
  });
});
