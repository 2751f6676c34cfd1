import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { heapInUse, until } from '../../proxy/testing.ts';
import type { PlainExchange, PlainRequest, ProxyHandler } from '../handlers.ts';
import type { Limits } from '../limits.ts';
import { type Harness, PROXY_PATH, readAll, readUntil, startHarness } from '../testing.ts';
import { PlainConnection } from './connection.ts';

interface Plain extends Harness {
  /** What came by the short way. */
  readonly taken: Array<{ readonly request: PlainRequest; readonly exchange: PlainExchange }>;
}

/** A listener whose proxy takes plain requests; they are answered by the test, or with their target. */
async function withPlain(
  run: (harness: Plain) => Promise<void>,
  options: { limits?: Partial<Limits>; answer?: boolean } = {},
) {
  const taken: Plain['taken'] = [];
  const other = (text: string | undefined) => `node:http has ${text}`;
  const proxy: ProxyHandler = {
    owns: (target) => target.startsWith('/api/endpoints/'),
    handle: (req, res) => void res.end(other(req.url)),
    handlePlain(request, exchange) {
      taken.push({ request, exchange });
      if (options.answer !== false) answer(exchange, request.target);
    },
    handleHttp2: (_request, stream) => stream.reset(0),
    upgrade: (_req, socket) => {
      socket.end('upgraded');
    },
  };
  const harness = await startHarness({ proxy, limits: options.limits ?? {} });
  harness.rooms.api = (req, res) => void res.end(`the API has ${req.url}`);
  try {
    await run({ ...harness, taken });
  } finally {
    await harness.close();
  }
}

function answer(exchange: PlainExchange, body: string): void {
  exchange.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  exchange.done(true);
}

const get = (target: string, fields = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('a connection with plain requests for the proxy', () => {
  test('carries one after the other by the short way', () =>
    withPlain(async ({ dial, taken }) => {
      const socket = await dial();
      for (const path of ['/1', '/2', '/3']) {
        socket.write(get(PROXY_PATH + path));
        await readUntil(socket, new RegExp(`${path}$`));
      }
      assert.deepEqual(
        taken.map(({ request }) => request.target.slice(PROXY_PATH.length)),
        ['/1', '/2', '/3'],
      );
    }));

  const POST = `POST ${PROXY_PATH}/b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy`;
  const UPGRADE = get(`${PROXY_PATH}/u`, 'Connection: upgrade\r\nUpgrade: x\r\n');
  for (const [what, bytes, expected] of [
    ['a request for the API', get('/api/users'), /the API has \/api\/users$/],
    ['a body', POST, /node:http has \S+\/b$/],
    ['an upgrade', UPGRADE, /upgraded$/],
    ['what cannot be read', 'nonsense\r\n\r\n', /HTTP\/1\.1 400 /],
  ] as const)
    test(`goes to node:http with ${what}`, () =>
      withPlain(async ({ dial, taken }) => {
        const socket = await dial();
        socket.write(get(`${PROXY_PATH}/1`));
        await readUntil(socket, /\/1$/);
        socket.write(bytes);
        await readUntil(socket, expected);
        assert.equal(taken.length, 1);
      }));

  test('stays with node:http once it went there', () =>
    withPlain(async ({ dial, taken }) => {
      const socket = await dial();
      for (const [bytes, expected] of [
        [POST, /node:http has \S+\/b$/],
        [get(`${PROXY_PATH}/2`), /node:http has \S+\/2$/],
        [get('/'), /the API has \/$/],
      ] as const) {
        socket.write(bytes);
        await readUntil(socket, expected);
      }
      assert.equal(taken.length, 0);
    }));

  test('may begin with anything else', () =>
    withPlain(async ({ dial }) => {
      const socket = await dial();
      socket.write(get('/'));
      await readUntil(socket, /the API has \/$/);
    }));

  test('takes a request that comes in pieces, as node:http reads it', () =>
    withPlain(async ({ dial }) => {
      const socket = await dial();
      const bytes = get(`${PROXY_PATH}/1`);
      socket.write(bytes.slice(0, 30));
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.write(bytes.slice(30));
      await readUntil(socket, /node:http has \S+\/1$/);
    }));

  test('answers requests that are sent without waiting, in their order', () =>
    withPlain(
      async ({ dial, taken }) => {
        const socket = await dial();
        socket.write(get(`${PROXY_PATH}/1`));
        await until(() => taken.length === 1, 'the first request');
        socket.write(get(`${PROXY_PATH}/2`) + get(`${PROXY_PATH}/3`));
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(taken.length, 1);
        const text = readUntil(socket, /\/3$/);
        const [first] = taken;
        if (first) answer(first.exchange, 'the first');
        assert.match(
          await text,
          /the first[\s\S]*node:http has \S+\/2[\s\S]*node:http has \S+\/3$/,
        );
      },
      { answer: false },
    ));

  test('says once that its client is gone, also while bytes wait that nobody has read', () =>
    withPlain(
      async ({ dial, taken }) => {
        const socket = await dial();
        socket.write(get(PROXY_PATH));
        await until(() => taken.length === 1, 'the request');
        let gone = 0;
        const exchange = taken[0]?.exchange;
        assert.ok(exchange);
        exchange.onGone = () => {
          gone += 1;
        };
        socket.write('more');
        socket.destroy();
        await until(() => exchange.socket.closed, 'the end');
        assert.equal(gone, 1);
      },
      { answer: false },
    ));

  test('makes a client wait that asks and reads no answer', () =>
    withPlain(async ({ dial, taken }) => {
      const socket = await dial();
      socket.pause();
      const large = 'x'.repeat(256 * 1024);
      socket.write(get(`${PROXY_PATH}/1`));
      await until(() => taken.length === 1, 'the first request');
      const exchange = taken[0]?.exchange;
      assert.ok(exchange);
      // More than both kernels keep for it.
      for (let n = 0; n < 64; n += 1) exchange.socket.write(large);
      socket.write(get(`${PROXY_PATH}/2`));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(taken.length, 1);
      socket.resume();
      await until(() => taken.length === 2, 'the second request');
    }));

  test('ends with a fault of a handler, which ends nothing else', () =>
    withPlain(async ({ dial, taken, log }) => {
      const other = await dial();
      const socket = await dial();
      taken.push = () => {
        throw new Error('broken');
      };
      socket.write(get(PROXY_PATH));
      assert.equal(await readAll(socket), '');
      Reflect.deleteProperty(taken, 'push');
      other.write(get(`${PROXY_PATH}/1`));
      await readUntil(other, /\/1$/);
      assert.equal(log.filter((line) => line.includes('A request handler failed')).length, 1);
    }));

  test('ends with a fault of who was to hear of its client, which ends nothing else', () =>
    withPlain(
      async ({ dial, taken, log }) => {
        const failed = () => {
          throw new Error('broken');
        };
        for (const when of ['onGone', 'onDrain'] as const) {
          const socket = await dial();
          socket.pause();
          const before = taken.length;
          socket.write(get(PROXY_PATH));
          await until(() => taken.length === before + 1, 'the request');
          const exchange = taken[before]?.exchange;
          assert.ok(exchange);
          exchange[when] = failed;
          for (let n = 0; n < 64; n += 1) exchange.socket.write('x'.repeat(256 * 1024));
          if (when === 'onDrain') socket.resume();
          else socket.destroy();
          await until(() => exchange.socket.closed, 'the end');
        }
        assert.equal(log.filter((line) => line.includes('A request handler failed')).length, 2);
      },
      { answer: false },
    ));
});

describe('a connection that is idle', () => {
  test('and never asked is answered 408', () =>
    withPlain(async ({ dial }) => assert.match(await readAll(await dial()), /^HTTP\/1\.1 408 /), {
      limits: { headersTimeout: 60, checkInterval: 20 },
    }));

  test('and has asked is closed without a word', () =>
    withPlain(
      async ({ dial }) => {
        const socket = await dial();
        socket.write(get(PROXY_PATH));
        assert.match(await readAll(socket), /^HTTP\/1\.1 200 OK\r\n[\s\S]*kubernetes$/);
      },
      { limits: { keepAliveTimeout: 120, checkInterval: 20 } },
    ));

  test('is not while its answer is under way, however long that takes', () =>
    withPlain(
      async ({ dial, taken }) => {
        const socket = await dial();
        socket.write(get(PROXY_PATH));
        await until(() => taken.length === 1, 'the request');
        // Longer than either limit, of which the first is long enough for a busy machine to ask.
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        const [first] = taken;
        if (first) answer(first.exchange, 'late');
        await readUntil(socket, /late$/);
      },
      {
        limits: { headersTimeout: 1_500, keepAliveTimeout: 120, checkInterval: 20 },
        answer: false,
      },
    ));

  test('is closed when the listener stops, and one with an answer under way after that', () =>
    withPlain(
      async ({ dial, taken, listener }) => {
        const idle = await dial();
        const busy = await dial();
        idle.write(get(`${PROXY_PATH}/idle`));
        await until(() => taken.length === 1, 'the first request');
        if (taken[0]) answer(taken[0].exchange, 'done');
        await readUntil(idle, /done$/);
        busy.write(get(`${PROXY_PATH}/busy`));
        await until(() => taken.length === 2, 'the second request');
        const closed = once(idle, 'close');
        const stopped = listener.stop(600_000);
        await closed;
        const exchange = taken[1]?.exchange;
        assert.equal(exchange?.last, true);
        if (exchange) answer(exchange, 'whole');
        assert.match(await readAll(busy), /whole$/);
        await stopped;
      },
      { answer: false },
    ));
});

test('what comes before its turn costs no more in single bytes than in one piece', async () => {
  const socket = new PassThrough();
  const went: Buffer[] = [];
  let exchange: PlainExchange | undefined;
  const handedOver = Promise.withResolvers<void>();
  const connection = new PlainConnection(socket as unknown as Socket, {
    owns: () => true,
    infoOf: () => ({ secure: true, address: '192.0.2.7', host: 'a' }),
    handle: (_, turn) => {
      exchange = turn;
    },
    onFailure: (error) => assert.fail(String(error)),
    handOver: () => {
      socket.on('data', (chunk: Buffer) => went.push(chunk));
      handedOver.resolve();
    },
    onClosed: () => {},
  });
  socket.emit('data', Buffer.from(get(PROXY_PATH)));
  assert.equal(exchange, connection);

  const before = heapInUse();
  const count = 60_000;
  for (let n = 0; n < count; n++) socket.emit('data', Buffer.from(new Uint8Array([n % 251])));
  // Kept one by one they were twelve megabytes and more.
  assert.ok(heapInUse() - before < 3_000_000, 'every piece is kept by itself');

  exchange.done(true);
  await handedOver.promise;
  await until(() => Buffer.concat(went).length === count, 'all of it');
  assert.ok(Buffer.concat(went).every((octet, n) => octet === n % 251));
  socket.destroy();
});
