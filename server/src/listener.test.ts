import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SallyportError } from './errors.ts';
import {
  type Harness,
  PROXY_PATH,
  readAll,
  readUntil,
  request2,
  startHarness,
} from './listener/testing.ts';

describe('start', () => {
  const refusedAs = (code: string, sentence: RegExp) => (error: unknown) => {
    assert.ok(error instanceof SallyportError, String(error));
    assert.equal(error.code, code);
    assert.match(`${error.message} ${error.remedy ?? ''}`, sentence);
    return true;
  };

  test('says which port is taken, and by which flag to choose another', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      startHarness({ port }),
      refusedAs('listener.port_taken', new RegExp(`Port ${port} .* with --port\\.`)),
    );
    await assert.rejects(
      startHarness({ httpPort: port }),
      refusedAs('listener.port_taken', /with --http-port\./),
    );
    other.close();
  });

  test('leaves no port open where another could not be', async () => {
    // An address that nobody else uses, so that nobody takes the port meanwhile.
    const host = '127.0.0.2';
    const first = createServer();
    first.listen(0, host);
    await once(first, 'listening');
    const taken = (first.address() as AddressInfo).port;
    const probe = createServer();
    probe.listen(0, host);
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    await assert.rejects(startHarness({ host, port, httpPort: taken }));
    const socket = connect(port, host);
    await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
    first.close();
  });

  test('says which address this machine does not have', async () => {
    for (const host of ['192.0.2.1', 'no-such-host.invalid'])
      await assert.rejects(
        startHarness({ host }),
        refusedAs('listener.host_unavailable', new RegExp(`no address ${host}`)),
      );
  });

  test('returns the ports it took where free ones were asked for', async () => {
    const harness = await startHarness({ httpPort: 0 });
    assert.ok(harness.port > 0);
    assert.ok((harness.httpPort ?? 0) > 0);
    await harness.close();
  });
});

describe('stop', () => {
  // Long enough that a test which waited for it would be stopped by its own timeout.
  const FOREVER = 600_000;
  const limits = { handshakeTimeout: FOREVER, headersTimeout: FOREVER };
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness({ httpPort: 0, limits });
  });
  afterEach(() => harness.close());

  const get = `GET ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`;

  test('ends idle connections of every kind at once', async () => {
    const silent = connect(harness.port, '127.0.0.1');
    await once(silent, 'connect');
    const unused = await harness.dial();
    const idle = await harness.dial();
    idle.write(get);
    await readUntil(idle, /}$/);
    const plain = connect(harness.httpPort ?? 0, '127.0.0.1');
    plain.write(get);
    await readUntil(plain, /}$/);
    const session = await harness.session();
    await request2(session, { ':path': PROXY_PATH });
    await Promise.all([
      harness.listener.stop(FOREVER),
      once(silent, 'close'),
      once(unused, 'close'),
      once(idle, 'close'),
      once(plain, 'close'),
      once(session, 'close'),
    ]);
  });

  test('lets requests end that are under way, and takes no new connection', async () => {
    const { promise: go, resolve: release } = Promise.withResolvers<void>();
    let waiting = 0;
    const bothWait = new Promise<void>((resolve) => {
      const count = () => ++waiting === 2 && resolve();
      harness.rooms.proxy = async (_req, res) => {
        count();
        await go;
        res.end('whole');
      };
      harness.rooms.stream = async (stream) => {
        count();
        await go;
        stream.head(200, []);
        stream.write(Buffer.from('whole'));
        stream.end();
      };
    });
    const one = await harness.dial();
    one.write(get);
    const session = await harness.session();
    const two = request2(session, { ':path': PROXY_PATH });
    await bothWait;
    const stopped = harness.listener.stop(FOREVER);
    await once(session, 'goaway');
    const late = connect(harness.port, '127.0.0.1');
    await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' });
    release();
    const answer = await readAll(one);
    assert.match(answer, /Connection: close/i);
    assert.match(answer, /whole$/);
    assert.equal((await two).body, 'whole');
    await stopped;
  });

  test('ends a connection after an answer that had begun before', async () => {
    let finish = () => {};
    harness.rooms.proxy = (_req, res) => {
      res.write('a');
      finish = () => res.end('b');
    };
    const socket = await harness.dial();
    socket.write(get);
    await readUntil(socket, /a\r\n/);
    const stopped = harness.listener.stop(FOREVER);
    finish();
    assert.match(await readAll(socket), /b\r\n0\r\n\r\n$/);
    await stopped;
  });

  test('cuts off what is left when the time is over: streams, watches and upgraded connections', async () => {
    harness.rooms.proxy = (_req, res) => void res.write('event');
    harness.rooms.stream = (stream) => {
      stream.head(200, []);
      stream.write(Buffer.from('event'));
      stream.flush();
    };
    harness.rooms.upgrade = (_req, socket) =>
      void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    const watch = await harness.dial();
    watch.write(get);
    await readUntil(watch, /event/);
    const upgraded = await harness.dial();
    upgraded.write(get.replace('Host', 'Connection: upgrade\r\nUpgrade: x\r\nHost'));
    await readUntil(upgraded, /101/);
    const session = await harness.session();
    const stream = session.request({ ':path': PROXY_PATH });
    stream.on('error', () => {});
    await once(stream, 'data');
    await Promise.all([
      harness.listener.stop(50),
      once(watch, 'close'),
      once(upgraded, 'close'),
      once(session, 'close'),
    ]);
    assert.match(harness.log.join(''), /"connections":3,"msg":"Connections are cut off/);
  });
});
