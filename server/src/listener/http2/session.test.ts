import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CODE,
  FLAG,
  frame,
  goAwayFrame,
  PREFACE,
  resetFrame,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
} from '../../http2/frames.ts';
import { data, headers } from '../../http2/testing.ts';
import {
  ACK,
  bodyOf,
  endedBy,
  GET,
  get,
  goAwayOf,
  POST,
  resetOf,
  scripted,
  settled,
  statuses,
  uint32,
} from './testing.ts';

const END = FLAG.END_STREAM;
const EMPTY = Buffer.alloc(0);
const ping = (text: string, flags = 0) => frame(TYPE.PING, flags, 0, Buffer.from(text));
/** A request whose body has begun. */
const post = (id: number, fields: readonly string[] = []) => headers(id, [...POST, ...fields]);

describe('a request over HTTP/2', () => {
  it('reaches its handler as it was sent, and its answer goes out in one write', async () => {
    const script = await scripted();
    script.answer = ({ stream }) => {
      stream.head(200, ['content-type', 'text/plain']);
      stream.write(Buffer.from('hello'));
      stream.end();
    };
    let writes = 0;
    script.client.on('data', () => writes++);
    await script.say(get(1, ['accept', '*/*', 'x-a', '1', 'x-a', '2']));
    const [{ head } = assert.fail('no request')] = script.asked;
    assert.equal(head.method, 'GET');
    assert.equal(head.target, '/');
    assert.deepEqual(head.fields.rawHeaders, [
      ...[':authority', 'a.test', 'accept', '*/*', 'x-a', '1', 'x-a', '2'],
    ]);
    assert.equal(writes, 1);
    assert.deepEqual(
      script
        .seen()
        .slice(-2)
        .map(({ type, flags }) => [type, flags]),
      [
        [TYPE.HEADERS, FLAG.END_HEADERS],
        [TYPE.DATA, END],
      ],
    );
    assert.equal(bodyOf(script, 1).toString(), 'hello');
  });

  it('shares its fields with others of its connection that have the same', async () => {
    const script = await scripted();
    const [json, proto] = [
      ['accept', 'json'],
      ['accept', 'protobuf'],
    ];
    for (const [i, fields] of [json, proto, json, proto, json].entries()) {
      const path = GET.with(7, `/${i}`);
      await script.say(headers(2 * i + 1, [...path, ...(fields ?? [])], END));
    }
    const sets = script.asked.map(({ head }) => head.fields.rawHeaders);
    assert.equal(new Set(sets).size, 2);
    assert.deepEqual(
      script.asked.map(({ head }) => head.target),
      ['/0', '/1', '/2', '/3', '/4'],
    );
  });

  it('brings its body, and is whole only with the end of it', async () => {
    const script = await scripted();
    let text = '';
    let ended = false;
    script.answer = ({ stream }) => {
      stream.body?.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      stream.body?.on('end', () => {
        ended = true;
      });
    };
    await script.say(post(1), data(1, 'one '));
    assert.equal(script.asked[0]?.stream.requestWhole, false);
    await script.say(data(1, 'two'), headers(1, ['x-sum', '5'], END));
    assert.equal(text, 'one two');
    assert.equal(ended, true);
    assert.equal(script.asked[0]?.stream.requestWhole, true);
  });

  it('is told to go on, and answered with trailers', async () => {
    const script = await scripted();
    script.answer = ({ stream }) => {
      stream.informational(100);
      stream.head(200, []);
      stream.write(Buffer.from('x'));
      stream.end(['x-sum', '5']);
    };
    await script.say(get(1));
    assert.deepEqual(statuses(script).slice(0, 2), [
      [1, '100'],
      [1, '200'],
    ]);
    const last = script.seen().at(-1);
    assert.deepEqual([last?.type, last?.flags], [TYPE.HEADERS, END | FLAG.END_HEADERS]);
    assert.ok(last?.payload.includes('x-sum'));
  });

  it('that is HEAD, or answered 204 or 304, gets no body', async () => {
    const script = await scripted();
    const answers = [200, 204, 304];
    script.answer = ({ stream }) => {
      stream.head(answers.shift() ?? 500, ['content-length', '4']);
      stream.write(Buffer.from('body'));
      stream.end();
    };
    await script.say(headers(1, GET.with(1, 'HEAD'), END), get(3), get(5));
    assert.equal(script.seen().filter(({ type }) => type === TYPE.DATA).length, 0);
    for (const id of [1, 3, 5]) assert.ok(endedBy(script, id));
  });

  it('may be answered with a head of any size', async () => {
    const script = await scripted();
    const long = 'v'.repeat(40_000);
    script.answer = ({ stream }) => {
      stream.head(200, ['x-long', long]);
      stream.end();
    };
    await script.say(get(1));
    const frames = script.seen().filter(({ streamId }) => streamId === 1);
    assert.deepEqual(
      frames.map(({ type, flags }) => [type, flags]),
      [
        [TYPE.HEADERS, END],
        [TYPE.CONTINUATION, 0],
        [TYPE.CONTINUATION, FLAG.END_HEADERS],
      ],
    );
    assert.ok(Buffer.concat(frames.map(({ payload }) => payload)).includes(long));
  });

  it('that is answered before it is whole is let go without an error, and the rest ignored', async () => {
    const script = await scripted();
    await script.say(post(1), data(1, 'begin'));
    assert.ok(endedBy(script, 1));
    assert.equal(resetOf(script, 1), CODE.NO_ERROR);
    await script.say(data(1, 'rest'), headers(1, ['x', 'y'], END), get(3));
    assert.deepEqual(statuses(script), [
      [1, '200'],
      [3, '200'],
    ]);
    assert.equal(goAwayOf(script), undefined);
  });

  it('with fields larger than they may be is answered 431, and the connection goes on', async () => {
    const script = await scripted({ limits: { maxHeaderSize: 1_000 } });
    await script.say(get(1, ['x', 'y'.repeat(1_000)]), get(3));
    assert.deepEqual(statuses(script), [
      [1, '431'],
      [3, '200'],
    ]);
  });

  it('whose handler fails is reset, and others go on', async () => {
    const script = await scripted();
    script.answer = ({ head, stream }) => {
      if (head.method === 'POST') stream.onGone = () => assert.fail('broken');
      else stream.end();
    };
    await script.say(post(1), post(3));
    await script.say(resetFrame(1, CODE.CANCEL));
    assert.equal(script.failures.length, 1);
    script.answer = () => assert.fail('broken too');
    await script.say(get(5));
    assert.equal(resetOf(script, 5), CODE.INTERNAL_ERROR);
    script.answer = ({ stream }) => {
      stream.head(200, []);
      stream.end();
    };
    await script.say(get(7));
    assert.deepEqual(statuses(script), [[7, '200']]);
  });
});

describe('a malformed request', () => {
  const without = (name: string) => {
    const at = GET.indexOf(name);
    return [...GET.slice(0, at), ...GET.slice(at + 2)];
  };
  for (const [what, fields] of [
    ['without a method', without(':method')],
    ['without a scheme', without(':scheme')],
    ['without a path', without(':path')],
    ['without authority and host', without(':authority')],
    ['with a method twice', [':method', 'GET', ...GET]],
    ['with an unknown pseudo-header', [':protocol', 'websocket', ...GET]],
    ['with the pseudo-header of an answer', [':status', '200', ...GET]],
    ['with a late pseudo-header', ['accept', '*/*', ...GET]],
    ['with an empty path', GET.with(7, '')],
    ['with a path that is none', GET.with(7, 'https://a/')],
    ['with a blank in its path', GET.with(7, '/a b')],
    ['with user information', GET.with(5, 'ada@a.test')],
    ['with a name in capitals', [...GET, 'X-A', '1']],
    ['with a blank in a name', [...GET, 'x a', '1']],
    ['with an empty name', [...GET, '', '1']],
    ['with a NUL in a value', [...GET, 'x', 'a\0b']],
    ['with a line break in a value', [...GET, 'x', 'a\nb']],
    ['with a blank before a value', [...GET, 'x', ' a']],
    ['with Connection', [...GET, 'connection', 'close']],
    ['with Transfer-Encoding', [...GET, 'transfer-encoding', 'chunked']],
    ['with Upgrade', [...GET, 'upgrade', 'h2c']],
    ['with te other than trailers', [...GET, 'te', 'gzip']],
    ['with two lengths', [...GET, 'content-length', '0', 'content-length', '0']],
    ['with a length that is none', [...GET, 'content-length', '+1']],
    ['with a length and no body', [...GET, 'content-length', '1']],
    ['that is CONNECT with a path', [':method', 'CONNECT', ':authority', 'a:1', ':path', '/']],
  ] as ReadonlyArray<readonly [string, string[]]>) {
    it(`${what} is reset, and never seen by a handler`, async () => {
      const script = await scripted();
      await script.say(headers(1, fields, END), get(3));
      assert.equal(resetOf(script, 1), CODE.PROTOCOL_ERROR);
      assert.deepEqual(statuses(script), [[3, '200']]);
      assert.equal(script.asked.length, 1);
    });
  }

  for (const [what, ...frames] of [
    ['shorter than its length', data(1, 'ab', END)],
    ['longer than its length', data(1, 'abcd')],
    ['with fields in the middle', headers(1, ['x', 'y'])],
    ['with a pseudo-header behind it', data(1, 'abc'), headers(1, [':path', '/'], END)],
    ['with a length behind it', data(1, 'abc'), headers(1, ['content-length', '3'], END)],
  ] as ReadonlyArray<readonly [string, ...Buffer[]]>) {
    it(`whose body is ${what} is reset, and never looks whole`, async () => {
      const script = await scripted();
      let ended = false;
      let gone = false;
      script.answer = ({ stream }) => {
        stream.body
          ?.on('data', () => {})
          .on('end', () => {
            ended = true;
          });
        stream.onGone = () => {
          gone = true;
        };
      };
      await script.say(post(1, ['content-length', '3']), ...frames);
      assert.equal(resetOf(script, 1), CODE.PROTOCOL_ERROR);
      assert.deepEqual([ended, gone], [false, true]);
      assert.equal(script.asked[0]?.stream.requestWhole, false);
    });
  }

  it('may say te: trailers, and name a host in place of an authority', async () => {
    const script = await scripted();
    await script.say(
      get(1, ['te', 'trailers']),
      headers(3, [...without(':authority'), 'host', 'a'], END),
    );
    assert.deepEqual(statuses(script), [
      [1, '200'],
      [3, '200'],
    ]);
  });
});

describe('frames on a stream', () => {
  const open = post(1);
  const halfClosed = get(1);
  for (const [state, what, code, whose, ...frames] of [
    ['idle', 'DATA', 'PROTOCOL_ERROR', 'connection', data(1, 'x')],
    ['idle', 'RST_STREAM', 'PROTOCOL_ERROR', 'connection', resetFrame(1, 8)],
    ['idle', 'WINDOW_UPDATE', 'PROTOCOL_ERROR', 'connection', windowUpdateFrame(1, 1)],
    ['even', 'HEADERS', 'PROTOCOL_ERROR', 'connection', headers(2, GET, END)],
    ['skipped', 'HEADERS', 'PROTOCOL_ERROR', 'connection', get(5), get(3)],
    ['half-closed', 'DATA', 'STREAM_CLOSED', 'stream', halfClosed, data(1, 'x')],
    ['half-closed', 'HEADERS', 'STREAM_CLOSED', 'stream', halfClosed, headers(1, ['x', 'y'], END)],
    ['closed by RST', 'DATA', 'STREAM_CLOSED', 'connection', open, resetFrame(1, 8), data(1, 'x')],
    ['closed by RST', 'HEADERS', 'STREAM_CLOSED', 'connection', open, resetFrame(1, 8), get(1)],
    ['open', 'an increment of 0', 'PROTOCOL_ERROR', 'stream', open, windowUpdateFrame(1, 0)],
    [
      'open',
      'an increment beyond all',
      'FLOW_CONTROL_ERROR',
      'stream',
      open,
      windowUpdateFrame(1, 0x7fffffff),
    ],
  ] as ReadonlyArray<readonly [string, string, keyof typeof CODE, string, ...Buffer[]]>) {
    it(`(${state}): ${what} is ${code} of the ${whose}`, async () => {
      const script = await scripted();
      script.answer = () => {};
      await script.say(...frames);
      if (whose === 'connection') {
        assert.equal(goAwayOf(script), CODE[code]);
        assert.ok(script.over()?.why);
      } else {
        assert.equal(resetOf(script, 1), CODE[code]);
        assert.equal(goAwayOf(script), undefined);
      }
    });
  }

  it('(closed): RST_STREAM, WINDOW_UPDATE and PRIORITY are ignored', async () => {
    const script = await scripted();
    const priority = frame(TYPE.PRIORITY, 0, 1, Buffer.alloc(5));
    await script.say(get(1), resetFrame(1, 8), windowUpdateFrame(1, 9), priority, get(3));
    assert.deepEqual(statuses(script), [
      [1, '200'],
      [3, '200'],
    ]);
  });

  for (const [what, code, ...frames] of [
    ['an increment of 0', 'PROTOCOL_ERROR', windowUpdateFrame(0, 0)],
    ['an increment beyond all', 'FLOW_CONTROL_ERROR', windowUpdateFrame(0, 0x7fffffff)],
    ['a window beyond all', 'FLOW_CONTROL_ERROR', settingsFrame([[4, 0x80000000]])],
    ['ENABLE_PUSH of 2', 'PROTOCOL_ERROR', settingsFrame([[2, 2]])],
    ['a frame size that is too small', 'PROTOCOL_ERROR', settingsFrame([[5, 16_383]])],
    [
      'a header block that cannot be read',
      'COMPRESSION_ERROR',
      frame(1, 5, 3, Buffer.from([0xff])),
    ],
    [
      'a push',
      'PROTOCOL_ERROR',
      frame(TYPE.PUSH_PROMISE, FLAG.END_HEADERS, 1, Buffer.concat([uint32(2), EMPTY])),
    ],
  ] as ReadonlyArray<readonly [string, keyof typeof CODE, ...Buffer[]]>) {
    it(`end the connection: ${what} is ${code}`, async () => {
      const script = await scripted();
      let gone = 0;
      script.answer = ({ stream }) => {
        stream.onGone = () => gone++;
      };
      await script.say(get(1), ...frames);
      assert.equal(goAwayOf(script), CODE[code]);
      assert.equal(gone, 1, 'who answers is told');
      assert.ok(script.client.readableEnded || script.client.destroyed);
    });
  }
});

describe('a connection', () => {
  it('says first what it allows, and acknowledges what it is told', async () => {
    const script = await scripted();
    const [settings, window, ack] = script.seen(0);
    assert.equal(settings?.type, TYPE.SETTINGS);
    const said = Array.from({ length: 3 }, (_, i) => [
      settings?.payload.readUInt16BE(6 * i),
      settings?.payload.readUInt32BE(6 * i + 2),
    ]);
    assert.deepEqual(said, [
      [3, 250],
      [4, 1_048_576],
      [6, 65_536],
    ]);
    assert.deepEqual(window?.payload, uint32(4_194_304 - 65_535));
    assert.deepEqual([ack?.type, ack?.flags], [TYPE.SETTINGS, FLAG.ACK]);
  });

  it('answers pings, and pings by itself where nothing else says that the client is there', async () => {
    const script = await scripted();
    await script.say(ping('12345678'));
    assert.deepEqual(script.seen().at(-1), {
      type: TYPE.PING,
      flags: FLAG.ACK,
      streamId: 0,
      payload: Buffer.from('12345678'),
    });
    const now = performance.now() + 1_000;
    script.session.ping(now);
    await settled();
    const asked = script.seen().at(-1);
    assert.deepEqual([asked?.type, asked?.flags], [TYPE.PING, 0]);
    script.session.ping(now + 1_000);
    assert.match(String(script.over()?.why), /did not answer a ping/);
  });

  it('goes when it has been idle for long, in two steps', async () => {
    const script = await scripted({ limits: { idleSessionTimeout: 100 } });
    script.session.ping(performance.now() + 200);
    await settled();
    const [first, asked] = script.seen().slice(-2);
    assert.equal(first?.payload.readUInt32BE(0), 0x7fff_ffff);
    await script.say(get(1));
    assert.deepEqual(statuses(script), [[1, '200']], 'what was under way is answered');
    await script.say(ping(asked?.payload.toString() ?? '', FLAG.ACK));
    const last = script.seen().at(-1);
    assert.deepEqual([last?.type, last?.payload.readUInt32BE(0)], [TYPE.GOAWAY, 1]);
    assert.deepEqual(script.over(), { why: undefined });
  });

  it('that drains lets streams end, and looks at no later one', async () => {
    const script = await scripted();
    script.answer = () => {};
    await script.say(get(1));
    script.session.drain();
    await settled();
    await script.say(ping('draining', FLAG.ACK), get(3), data(3, 'x'));
    assert.equal(script.asked.length, 1);
    assert.equal(script.over(), undefined);
    script.asked[0]?.stream.head(200, []);
    script.asked[0]?.stream.end();
    await settled();
    assert.deepEqual(statuses(script), [[1, '200']]);
    assert.deepEqual(script.over(), { why: undefined });
  });

  it('ends when a client that leaves has all of its answers', async () => {
    const script = await scripted();
    script.answer = () => {};
    await script.say(get(1), goAwayFrame(0, CODE.NO_ERROR));
    assert.equal(script.over(), undefined);
    script.asked[0]?.stream.head(200, []);
    script.asked[0]?.stream.end();
    await settled();
    assert.deepEqual(script.over(), { why: undefined });
  });

  it('that breaks off tells all who answer, and no body looks whole', async () => {
    const script = await scripted();
    let gone = 0;
    script.answer = ({ stream }) => {
      stream.body?.resume().on('end', () => assert.fail('it looks whole'));
      stream.onGone = () => gone++;
    };
    await script.say(post(1), data(1, 'x'), post(3));
    script.client.destroy();
    await settled();
    assert.equal(gone, 2);
    assert.ok(script.over());
  });

  it('gives no answer to one who speaks something else', async () => {
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', PREFACE.toString()]) {
      const script = await scripted();
      await script.say(Buffer.from(bytes));
      assert.ok(script.over());
      assert.equal(script.asked.length, 0);
    }
  });

  it('reads the same from any pieces, and acts the same', async () => {
    const bytes = Buffer.concat([
      post(1, ['content-length', '5']),
      data(1, 'ab'),
      get(3),
      ACK,
      data(1, 'cde', END),
      ping('abcdefgh'),
      headers(5, [...GET, 'X', 'y'], END),
      get(7),
    ]);
    const outcomes: string[] = [];
    for (const size of [1, 2, 7, 23, bytes.length]) {
      const script = await scripted();
      const bodies: string[] = [];
      script.answer = ({ stream }) => {
        stream.head(200, []);
        if (stream.body === undefined) return stream.end();
        let text = '';
        stream.body.on('data', (chunk: Buffer) => {
          text += chunk;
        });
        stream.body.on('end', () => {
          bodies.push(text);
          stream.end();
        });
      };
      for (let at = 0; at < bytes.length; at += size)
        await script.say(bytes.subarray(at, at + size));
      const answered = statuses(script)
        .map(([id]) => id)
        .sort();
      outcomes.push(
        JSON.stringify([answered, bodies, resetOf(script, 5), goAwayOf(script) ?? null]),
      );
    }
    assert.equal(new Set(outcomes).size, 1, outcomes.join('\n'));
    assert.equal(outcomes[0], '[[1,3,7],["abcde"],1,null]');
  });
});
