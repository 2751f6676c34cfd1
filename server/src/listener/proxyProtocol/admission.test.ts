import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { type Harness, PROXY_PATH, readAll, request2, startHarness } from '../testing.ts';
import { headerV1, headerV2, rawV2 } from './testing.ts';

/** The load balancer, and the one address besides that is no load balancer here. */
const BALANCER = '127.0.0.1';
const ELSEWHERE = '127.0.0.2';

const ASK = `GET ${PROXY_PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`;

async function dial(port: number, from = BALANCER): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function tlsOver(tcp: Socket, harness: Harness, alpn: string): TLSSocket {
  const socket = connectTls({
    ...{ socket: tcp, host: '127.0.0.1', ca: harness.tls.caData() ?? '' },
    ALPNProtocols: [alpn],
  });
  socket.on('error', () => {});
  return socket;
}

/** Asks over TLS on a connection on which a header may have been written. @returns whom it was for */
async function ask(harness: Harness, tcp: Socket, headers = '') {
  const socket = tlsOver(tcp, harness, 'http/1.1');
  socket.write(`${ASK}${headers}\r\n`);
  return infoIn(await readAll(socket));
}

function infoIn(answer: string) {
  assert.match(answer, /^HTTP\/1\.1 200/);
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).info;
}

describe('a load balancer that sends a PROXY header', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness({
      httpPort: 0,
      proxyProtocol: [`${BALANCER}/32`],
      trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'],
    });
  });
  after(() => harness.close());

  for (const [version, header] of [
    [1, headerV1],
    [2, headerV2],
  ] as const) {
    test(`tells by version ${version} who the client is, over HTTP/1.1 and HTTP/2`, async () => {
      for (const address of ['198.51.100.9', '2001:db8::9']) {
        const tcp = await dial(harness.port);
        tcp.write(header(address));
        assert.deepEqual(await ask(harness, tcp), { secure: true, address, host: 'a' });

        const second = await dial(harness.port);
        second.write(header(address));
        const session = connectHttp2('https://127.0.0.1', {
          createConnection: () => tlsOver(second, harness, 'h2'),
        });
        const { body } = await request2(session, { ':path': PROXY_PATH });
        assert.equal(JSON.parse(body).info.address, address);
        session.destroy();
      }
    });

    test(`tells so by version ${version} on the HTTP port, with the request right behind it`, async () => {
      const tcp = await dial(harness.httpPort ?? 0);
      tcp.write(Buffer.concat([header('198.51.100.9'), Buffer.from(`${ASK}\r\n`)]));
      const info = infoIn(await readAll(tcp));
      assert.deepEqual(info, { secure: false, address: '198.51.100.9', host: 'a' });
    });
  }

  test('on the HTTP port, what comes in pieces behind the header arrives whole', async () => {
    harness.rooms.api = (req, res) => {
      let length = 0;
      req.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      req.once('end', () => void res.end(String(length)));
    };
    const body = Buffer.alloc(300_000, 'x');
    const tcp = await dial(harness.httpPort ?? 0);
    tcp.write(headerV1('198.51.100.9'));
    await delay(20);
    tcp.write(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}`);
    tcp.write(Buffer.concat([Buffer.from('\r\n\r\n'), body.subarray(0, 100_000)]));
    await delay(20);
    tcp.write(body.subarray(100_000));
    assert.match(await readAll(tcp), /300000$/);
  });

  test('may send it byte by byte, or together with the beginning of TLS', async () => {
    const slow = await dial(harness.port);
    slow.setNoDelay();
    for (const byte of headerV2('198.51.100.9')) {
      slow.write(Buffer.from([byte]));
      await delay(1);
    }
    assert.equal((await ask(harness, slow)).address, '198.51.100.9');
    const corked = await dial(harness.port);
    corked.cork();
    corked.write(headerV1('198.51.100.9'));
    const answer = ask(harness, corked);
    await delay(20);
    corked.uncork();
    assert.equal((await answer).address, '198.51.100.9');
  });

  test('may send header and request in any pieces, and any nonsense without harm to others', async () => {
    const request = Buffer.from(`${ASK}\r\n`);
    const cuts = fc.array(fc.nat(200), { maxLength: 5 });
    const way = fc.tuple(fc.constantFrom(headerV1, headerV2), fc.ipV4(), cuts);
    await fc.assert(
      fc.asyncProperty(
        way,
        fc.uint8Array({ maxLength: 300 }),
        async ([header, address, at], junk) => {
          const liar = await dial(harness.httpPort ?? 0);
          liar.end(junk);
          const tcp = await dial(harness.httpPort ?? 0);
          tcp.setNoDelay();
          const all = Buffer.concat([header(address), request]);
          const ends = [...at.sort((a, b) => a - b), all.length];
          let from = 0;
          for (const end of ends) {
            tcp.write(all.subarray(from, end));
            from = Math.max(from, end);
            await setImmediate();
          }
          assert.equal(infoIn(await readAll(tcp)).address, address);
          assert.doesNotMatch(await readAll(liar), /^HTTP\/1\.1 [23]/);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('keeps its own address where it speaks for itself, or does not say for whom', async () => {
    for (const header of [
      rawV2(0x20, 0x00, Buffer.alloc(0)),
      rawV2(0x21, 0x00, Buffer.alloc(0)),
      Buffer.from('PROXY UNKNOWN\r\n'),
    ]) {
      const tcp = await dial(harness.port);
      tcp.write(header);
      // It is a trusted proxy too; but who wrote this is not known.
      const info = await ask(harness, tcp, 'X-Forwarded-For: 203.0.113.5\r\n');
      assert.equal(info.address, BALANCER);
    }
  });

  test('makes nobody a trusted proxy: X-Forwarded-For counts by the address that it names', async () => {
    const forwarded = 'X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Host: gate.example\r\n';
    const client = await dial(harness.port);
    client.write(headerV2('198.51.100.9'));
    const own = await ask(harness, client, forwarded);
    assert.deepEqual([own.address, own.host], ['198.51.100.9', 'a']);
    const proxy = await dial(harness.port);
    proxy.write(headerV2('10.0.0.7'));
    const passedOn = await ask(harness, proxy, forwarded);
    assert.deepEqual([passedOn.address, passedOn.host], ['203.0.113.5', 'gate.example']);
  });

  test('is closed without a header, on both ports, and the log says why', async () => {
    for (const port of [harness.port, harness.httpPort ?? 0])
      for (const words of [
        'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
        '\x16\x03\x01\x02',
        'PROXY TCP4\r\n',
      ]) {
        const tcp = await dial(port);
        tcp.write(words);
        assert.equal(await readAll(tcp), '');
      }
    const lines = harness.log.filter((line) => line.includes('since it lacks the header'));
    assert.match(lines[0] ?? '', /"address":"127\.0\.0\.1","why":"it does not begin with/);
    const warnings = lines.filter((line) => /"level":"?(warn|40)/.test(line));
    assert.equal(warnings.length, 1, 'and not again for each');
  });

  test('may look whether a port is open without a word in the log', async () => {
    const before = harness.log.length;
    const tcp = await dial(harness.port);
    tcp.end();
    await readAll(tcp);
    assert.equal(harness.log.slice(before).join(''), '');
  });

  test('is the only one: from elsewhere a header is no TLS and no HTTP', async () => {
    const plain = await dial(harness.port, ELSEWHERE);
    assert.equal((await ask(harness, plain)).address, ELSEWHERE);
    for (const header of [headerV1('198.51.100.9'), headerV2('198.51.100.9')]) {
      const tls = await dial(harness.port, ELSEWHERE);
      tls.write(header);
      assert.match(await readAll(tls), /Open https:\/\/ instead of http:\/\//);
      const http = await dial(harness.httpPort ?? 0, ELSEWHERE);
      http.write(Buffer.concat([header, Buffer.from(`${ASK}\r\n`)]));
      assert.match(await readAll(http), /^HTTP\/1\.1 400/);
    }
  });

  test('is let go with the others when Sallyport ends', async () => {
    const other = await startHarness({
      ...{ httpPort: 0, proxyProtocol: [`${BALANCER}/32`] },
      limits: { proxyHeaderTimeout: 3_600_000 },
    });
    const silent = [await dial(other.port), await dial(other.httpPort ?? 0)];
    silent[0]?.write('PROX');
    const closed = Promise.all(silent.map((tcp) => readAll(tcp)));
    // It has to know of both before it ends.
    const probe = await dial(other.port);
    probe.write(headerV1('198.51.100.9'));
    await ask(other, probe);
    const ended = other.listener.stop(20_000);
    assert.deepEqual(await closed, ['', '']);
    await ended;
    assert.doesNotMatch(other.log.join(''), /cut off/);
    await other.close();
  });
});

test('a header that does not come in time ends the connection', async () => {
  const harness = await startHarness({
    ...{ httpPort: 0, proxyProtocol: [`${BALANCER}/32`] },
    limits: { proxyHeaderTimeout: 50 },
  });
  for (const port of [harness.port, harness.httpPort ?? 0]) {
    const begun = await dial(port);
    begun.write('PROXY TCP4 ');
    const silent = await dial(port);
    assert.deepEqual(await Promise.all([readAll(begun), readAll(silent)]), ['', '']);
  }
  await harness.close();
});

test('a header that came in time leaves all the time there is to what follows', async () => {
  const harness = await startHarness({
    proxyProtocol: [`${BALANCER}/32`],
    limits: { proxyHeaderTimeout: 1_000 },
  });
  const tcp = await dial(harness.port);
  tcp.write(headerV1('198.51.100.9'));
  await delay(1_200);
  assert.equal((await ask(harness, tcp)).address, '198.51.100.9');
  await harness.close();
});
