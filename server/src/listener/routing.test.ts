import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type Harness, PROXY_PATH, readAll, readUntil, request2, startHarness } from './testing.ts';

describe('one port', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  async function request1(target: string, headers = '', method = 'GET') {
    const socket = await harness.dial();
    socket.write(
      `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`,
    );
    const text = await readAll(socket);
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    return { status: Number(text.split(' ')[1]), json: body === '' ? {} : JSON.parse(body) };
  }

  test('speaks HTTP/2 and HTTP/1.1, as ALPN chooses, and HTTP/1.1 where it does not', async () => {
    assert.equal((await harness.dial(['h2', 'http/1.1'])).alpnProtocol, 'h2');
    assert.equal((await harness.dial(['http/1.1'])).alpnProtocol, 'http/1.1');
    const without = await harness.dial([]);
    without.write('GET / HTTP/1.0\r\n\r\n');
    assert.match(await readAll(without), /^HTTP\/1\.1 200/);
  });

  test('gives the proxy what the proxy owns, with the target as it came', async () => {
    const target = `${PROXY_PATH}/api/v1/pods?labelSelector=a%3Db&x=/../`;
    const { json } = await request1(target);
    assert.deepEqual(json, {
      room: 'proxy',
      target,
      info: { secure: true, address: '127.0.0.1', host: 'localhost' },
    });
    const two = JSON.parse((await request2(await harness.session(), { ':path': target })).body);
    assert.deepEqual(two, {
      room: 'proxy',
      target,
      info: { secure: true, address: '127.0.0.1', host: `127.0.0.1:${harness.port}` },
    });
  });

  test('gives everything else to the API, and tells it who asks', async () => {
    for (const target of [
      '/',
      '/api/users',
      '/%61pi/endpoints/1/kubernetes/',
      '//api/endpoints/1',
    ]) {
      const { json } = await request1(target);
      assert.equal(json.room, 'api');
      assert.equal(json.target, target);
      assert.equal(json.info.secure, true);
      const session = await harness.session();
      const two = JSON.parse((await request2(session, { ':path': target })).body);
      assert.equal(two.room, 'api');
      assert.equal(two.info.address, '127.0.0.1');
    }
  });

  test('refuses every target that is not a path', async () => {
    for (const target of ['*', 'https://localhost/api/endpoints/1/kubernetes/', 'localhost:1']) {
      const { status, json } = await request1(target, '', 'OPTIONS');
      assert.equal(status, 400);
      assert.equal(json.kind, 'Status');
    }
    const session = await harness.session();
    assert.equal((await request2(session, { ':path': '*', ':method': 'OPTIONS' })).status, 400);
    const connect = { ':method': 'CONNECT', ':authority': 'elsewhere:443' };
    assert.equal((await request2(session, connect)).status, 400);
  });

  test('does not take CONNECT over HTTP/1.1', async () => {
    const socket = await harness.dial();
    socket.write('CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n');
    assert.equal(await readAll(socket), '');
  });

  test('answers Expect: 100-continue, so that large bodies are sent', async () => {
    harness.rooms.api = (req, res) => {
      req.resume();
      req.once('end', () => void res.end('thanks'));
    };
    const stream = (await harness.session()).request(
      { ':path': '/', ':method': 'POST', expect: '100-continue' },
      { endStream: false },
    );
    await once(stream, 'continue');
    stream.end('body');
    await once(stream, 'response');
    const socket = await harness.dial();
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n');
    await readUntil(socket, /100 Continue\r\n\r\n/);
    socket.write('x');
    await readUntil(socket, /thanks/);
  });

  test('tells a client that speaks plain HTTP what is expected', async () => {
    for (const text of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'nonsense']) {
      const socket = connect(harness.port, '127.0.0.1');
      socket.write(text);
      const answer = await readAll(socket);
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.match(answer, /Open https:\/\/ instead of http:\/\//);
    }
  });

  test('keeps idle connections longer than client-go does, which is 90 seconds', async () => {
    const socket = await harness.dial();
    socket.write('GET /api/endpoints/1 HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = await readUntil(socket, /\r\n\r\n.*}$/s);
    assert.ok(Number(/Keep-Alive: timeout=(\d+)/i.exec(answer)?.[1]) > 90, answer);
  });
});

describe('upgrades', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness({ httpPort: 0 });
  });
  after(() => harness.close());

  const ask = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`;

  test('on the paths of the proxy reach it with the bytes that came behind the header', async () => {
    harness.rooms.upgrade = (req, socket, head, info) => {
      assert.equal(req.headers.upgrade, 'SPDY/3.1');
      assert.equal(info.secure, true);
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
      );
      socket.write(head);
      socket.pipe(socket);
    };
    const socket = await harness.dial();
    socket.write(`${ask(`${PROXY_PATH}/exec`)}early`);
    await readUntil(socket, /101 Switching.*early$/s);
    socket.write('late');
    await readUntil(socket, /late/);
  });

  test('elsewhere are ordinary requests', async () => {
    const socket = await harness.dial();
    socket.write(ask('/api/users'));
    const answer = await readUntil(socket, /}$/);
    assert.match(answer, /^HTTP\/1\.1 200/);
    assert.match(answer, /"room":"api"/);
  });

  test('end when the client ends, without a half that stays open', async () => {
    const closed = new Promise<void>((resolve) => {
      harness.rooms.upgrade = (_req, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        socket.resume();
        socket.once('close', () => resolve());
      };
    });
    const socket = await harness.dial();
    socket.write(ask(PROXY_PATH));
    await readUntil(socket, /101/);
    socket.end();
    await closed;
  });

  /** Upgrades, and keeps sending, so that whatever happens to the connection happens to a write. */
  function flood(): Promise<void> {
    return new Promise((resolve) => {
      harness.rooms.upgrade = (_req, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        const timer = setInterval(() => socket.write('x'.repeat(1000)), 1);
        socket.once('close', () => {
          clearInterval(timer);
          resolve();
        });
      };
    });
  }

  test('whose connection breaks end nothing else', async () => {
    const breaks: Array<(tcp: Socket) => unknown> = [
      (tcp) => tcp.resetAndDestroy(),
      (tcp) => tcp.write('this is no TLS record at all'),
    ];
    for (const breakOff of breaks) {
      const closed = flood();
      const tcp = connect(harness.port, '127.0.0.1');
      const socket = connectTls({ socket: tcp, host: '127.0.0.1', ca: harness.tls.caData() ?? '' });
      socket.on('error', () => {});
      socket.write(ask(PROXY_PATH));
      await readUntil(socket, /101/);
      breakOff(tcp);
      await closed;
      tcp.destroy();
    }
    const closed = flood();
    const plain = connect(harness.httpPort ?? 0, '127.0.0.1');
    plain.write(ask(PROXY_PATH));
    await readUntil(plain, /101/);
    plain.resetAndDestroy();
    await closed;
    assert.equal((await request2(await harness.session(), { ':path': '/' })).status, 200);
  });
});

describe('behind a proxy that ends TLS', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness({ httpPort: 0, trustedProxies: ['127.0.0.1/32'] });
  });
  after(() => harness.close());

  async function ask(headers: string) {
    const socket = connect(harness.httpPort ?? 0, '127.0.0.1');
    socket.write(
      `GET ${PROXY_PATH} HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n${headers}\r\n`,
    );
    const text = await readAll(socket);
    return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)).info;
  }

  test('a request over plain HTTP is one, unless the proxy says it came over HTTPS', async () => {
    assert.deepEqual(await ask(''), { secure: false, address: '127.0.0.1', host: 'inner' });
    const headers =
      'X-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Host: gate.example\r\n';
    assert.deepEqual(await ask(headers), {
      secure: true,
      address: '198.51.100.1',
      host: 'gate.example',
    });
  });

  test('nobody else is believed', async () => {
    const other = await startHarness({ httpPort: 0, trustedProxies: ['10.0.0.0/8'] });
    const socket = connect(other.httpPort ?? 0, '127.0.0.1');
    socket.write(
      'GET /api/endpoints/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n',
    );
    assert.match(await readAll(socket), /"secure":false/);
    await other.close();
  });
});
