import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { until } from '../proxy/testing.ts';
import type { Limits } from './limits.ts';
import {
  type Harness,
  keepsAlive,
  PROXY_PATH,
  readAll,
  readUntil,
  request2,
  startHarness,
} from './testing.ts';

async function withHarness(limits: Partial<Limits>, run: (harness: Harness) => Promise<void>) {
  const harness = await startHarness({ limits });
  try {
    await run(harness);
  } finally {
    await harness.close();
  }
}

describe('a client that is slow on purpose', () => {
  const limits = { headersTimeout: 100, checkInterval: 20 };

  test('and never finishes its header is answered 408 and let go', () =>
    withHarness(limits, async (harness) => {
      const socket = await harness.dial();
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Half: ');
      const answer = await readAll(socket);
      assert.match(answer, /^HTTP\/1\.1 408 /);
      assert.match(answer, /"kind":"Status"/);
    }));

  test('and says nothing after the handshake is let go', () =>
    withHarness(limits, async (harness) => {
      assert.match(await readAll(await harness.dial()), /^HTTP\/1\.1 408 /);
    }));

  test('and says nothing at all, or never finishes the handshake, is let go', () =>
    withHarness({ handshakeTimeout: 100 }, async (harness) => {
      assert.equal(await readAll(connect(harness.port, '127.0.0.1')), '');
      const half = connect(harness.port, '127.0.0.1');
      half.write(Buffer.from([0x16, 0x03, 0x01]));
      half.on('error', () => {});
      await readAll(half);
    }));

  test('and never finishes a body for the API is answered 408, on both protocols', () =>
    withHarness({ bodyTimeout: 100 }, async (harness) => {
      harness.rooms.api = (req, res) => {
        req.on('error', () => {});
        req.resume();
        req.once('end', () => void res.end());
      };
      const socket = await harness.dial();
      socket.write('POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{');
      assert.match(await readAll(socket), /^HTTP\/1\.1 408 /);
      const stream = (await harness.session()).request({ ':path': '/', ':method': 'POST' });
      const [headers] = await once(stream, 'response');
      assert.equal(headers[':status'], 408);
      stream.destroy();
    }));

  test('may take its time with a body for the proxy', () =>
    withHarness({ ...limits, headersTimeout: 1_500, bodyTimeout: 100 }, async (harness) => {
      harness.rooms.proxy = async (req, res) => {
        let text = '';
        for await (const chunk of req) text += chunk;
        res.end(text);
      };
      const socket = await harness.dial();
      socket.write(`POST ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na`);
      // As long as all limits together, so that the longest of them has passed.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      socket.write('b');
      await readUntil(socket, /\r\n\r\nab$/);
    }));

  test('and goes on with a body that was answered already is let go', () =>
    withHarness({ lingerTimeout: 50 }, async (harness) => {
      harness.rooms.proxy = (_req, res) => {
        res.statusCode = 403;
        res.end('no');
      };
      const socket = await harness.dial();
      socket.write(`POST ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n.`);
      assert.match(await readAll(socket), /^HTTP\/1\.1 403.*no$/s);
    }));
});

describe('a request that cannot be read', () => {
  test('is answered 400, or 431 where its header is too large', () =>
    withHarness({}, async (harness) => {
      const cases: Array<[string, RegExp]> = [
        ['nonsense\r\n\r\n', /^HTTP\/1\.1 400 .*"code":400/s],
        ['GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n', /^HTTP\/1\.1 400 /],
        [
          'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
          /^HTTP\/1\.1 400 /,
        ],
        [
          `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
          /^HTTP\/1\.1 431 .*64 KiB/s,
        ],
      ];
      for (const [text, pattern] of cases) {
        const socket = await harness.dial();
        socket.write(text);
        const answer = await readAll(socket);
        assert.match(answer, pattern);
        assert.match(answer, /Connection: close/);
      }
    }));

  test('does not put its refusal into the middle of another answer', () =>
    withHarness({}, async (harness) => {
      harness.rooms.proxy = (_req, res) => void res.write('{"items":[');
      const socket = await harness.dial();
      socket.write(`GET ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const begun = await readUntil(socket, /items/);
      socket.write('nonsense\r\n\r\n');
      assert.doesNotMatch(begun + (await readAll(socket)), /400/);
    }));

  test('because it asks for an upgrade behind one that is not answered yet reaches nobody', () =>
    withHarness({}, async (harness) => {
      let upgrades = 0;
      harness.rooms.upgrade = () => void upgrades++;
      harness.rooms.proxy = (_req, res) => void res.write('{"items":[');
      const socket = await harness.dial();
      const head = `GET ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\n`;
      socket.write(`${head}\r\n${head}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`);
      await readAll(socket);
      assert.equal(upgrades, 0);
      assert.doesNotMatch(harness.log.join(''), /"level":"error"/);
      assert.equal((await request2(await harness.session(), { ':path': '/' })).status, 200);
    }));

  test('ends nothing but itself over HTTP/2', () =>
    withHarness({}, async (harness) => {
      const socket = await harness.dial(['h2']);
      socket.write('nonsense, and no HTTP/2 preface\r\n\r\n');
      await readAll(socket);
      assert.equal((await request2(await harness.session(), { ':path': '/' })).status, 200);
    }));
});

test('a client that resets before it has said anything ends nothing else', () =>
  withHarness({}, async (harness) => {
    const tcp = connect(harness.port, '127.0.0.1');
    await once(tcp, 'connect');
    // An answer on a later connection shows that the server has taken up this one.
    await request2(await harness.session(), { ':path': '/' });
    tcp.resetAndDestroy();
    await once(tcp, 'close');
    assert.equal((await request2(await harness.session(), { ':path': '/' })).status, 200);
  }));

describe('a handler that fails', () => {
  for (const [how, fails] of [
    ['at once', () => assert.fail('broken')],
    ['later', () => Promise.reject(new Error('broken'))],
  ] as const)
    test(`${how} is answered 500 and logged, on both protocols and in both rooms`, () =>
      withHarness({}, async (harness) => {
        Object.assign(harness.rooms, { proxy: fails, stream: fails, api: fails, upgrade: fails });
        const session = await harness.session();
        for (const path of ['/', PROXY_PATH]) {
          const { status, body } = await request2(session, { ':path': path });
          assert.equal(status, 500);
          assert.doesNotMatch(body, /broken/);
          const socket = await harness.dial();
          socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
          assert.match(await readAll(socket), /^HTTP\/1\.1 500 /);
        }
        const socket = await harness.dial();
        socket.write(
          `GET ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`,
        );
        assert.equal(await readAll(socket), '');
        assert.equal(
          harness.log.filter((line) => line.includes('A request handler failed')).length,
          5,
        );
      }));

  test('in the middle of an answer cuts it off, so that it cannot be taken for whole', () =>
    withHarness({}, async (harness) => {
      harness.rooms.proxy = async (_req, res) => {
        res.write('half');
        throw new Error('broken');
      };
      harness.rooms.stream = async (stream) => {
        stream.head(200, []);
        stream.write(Buffer.from('half'));
        throw new Error('broken');
      };
      harness.rooms.api = harness.rooms.proxy as typeof harness.rooms.api;
      const session = await harness.session();
      for (const path of ['/', PROXY_PATH]) {
        const socket = await harness.dial();
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        assert.doesNotMatch(await readAll(socket), /\r\n0\r\n\r\n$/);
        await assert.rejects(request2(session, { ':path': path }));
      }
    }));
});

describe('HTTP/2', () => {
  test('survives a client that cancels thousands of watches', () =>
    withHarness({}, async (harness) => {
      harness.rooms.stream = (stream) => {
        stream.head(200, []);
        stream.flush();
      };
      const session = await harness.session();
      let goaway: number | undefined;
      session.on('goaway', (code) => {
        goaway = code;
      });
      for (let batch = 0; batch < 30; batch++)
        await Promise.all(
          Array.from({ length: 100 }, async () => {
            const stream = session.request({ ':path': PROXY_PATH });
            stream.on('error', () => {});
            await once(stream, 'response');
            stream.close(8);
            await once(stream, 'close');
          }),
        );
      assert.equal(goaway, undefined);
      assert.equal((await request2(session, { ':path': '/' })).status, 200);
    }));

  test('lets go of a client that does not answer pings', () =>
    withHarness({ pingInterval: 50 }, async (harness) => {
      const socket = await harness.dial(['h2']);
      // The preface and empty SETTINGS (RFC 9113, 3.4), and from then on silence.
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
      await readAll(socket);
    }));

  test('keeps a client that answers them, for as long as it has a stream', () =>
    withHarness({ pingInterval: 400, idleSessionTimeout: 1_000 }, async (harness) => {
      harness.rooms.stream = (stream) => {
        stream.head(200, []);
        stream.flush();
      };
      const session = await harness.session();
      const stream = session.request({ ':path': PROXY_PATH });
      await once(stream, 'response');
      let pings = 0;
      while (pings < 5) {
        await once(session, 'ping');
        pings += 1;
      }
      assert.equal(session.closed, false);
      stream.close();
      // Without a stream it is idle, and told to go.
      await once(session, 'goaway');
    }));
});

test('a client that says nothing is asked by TCP whether it is still there', () =>
  withHarness({}, async (harness) => {
    for (const protocol of ['http/1.1', 'h2']) {
      const socket = await harness.dial([protocol]);
      await until(() => keepsAlive(harness.port, socket.localPort ?? 0) === true, protocol);
    }
  }));

test('a certificate that changes is served to the next client, and open connections stay', async () => {
  let changed: (() => void) | undefined;
  const harness = await startHarness();
  const second = await startHarness();
  let current = harness.tls;
  const served = await startHarness({
    tls: {
      secureContext: () => current.secureContext(),
      onChange: (callback) => {
        changed = callback;
        return () => {};
      },
    },
  });
  const fingerprint = async () => {
    const socket = connectTls({ port: served.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    return { socket, fingerprint256 };
  };
  const before = await fingerprint();
  current = second.tls;
  changed?.();
  const after = await fingerprint();
  assert.notEqual(after.fingerprint256, before.fingerprint256);
  before.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await readUntil(before.socket, /200 OK/);
  before.socket.destroy();
  after.socket.destroy();
  await Promise.all([harness.close(), second.close(), served.close()]);
});
