/** Large answers, whose memory is given back as they go: every byte of them arrives. */
import assert from 'node:assert/strict';
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { dial, type House, PREFIX, startHouse, TOKEN } from './testing.ts';

const HEADERS = { authorization: `Bearer ${TOKEN}` };
const SIZE = 5_000_000;
const BODY = randomBytes(SIZE);
const SHA = createHash('sha256').update(BODY).digest('hex');

let house: House;
before(async () => {
  house = await startHouse();
});
after(() => house.close());

async function write(socket: TLSSocket, bytes: string | Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain');
}

/** Sends the body in pieces of many sizes, so that reads end anywhere in the framing. */
async function send(socket: TLSSocket, chunked: boolean): Promise<void> {
  const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${SIZE}`;
  await write(socket, `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
  const sizes = [1, 70_000, 16_384, 3, 40_001, 8_192, 100_000];
  for (let at = 0, i = 0; at < SIZE; i++) {
    const piece = BODY.subarray(at, at + (sizes[i % sizes.length] ?? 1));
    at += piece.length;
    await write(socket, chunked ? `${piece.length.toString(16)}\r\n` : '');
    await write(socket, piece);
    if (chunked) await write(socket, '\r\n');
  }
  if (chunked) await write(socket, '0\r\n\r\n');
}

/** Reads to the end, with pauses in which everything on the way fills up. */
async function read(body: Readable, slow: boolean): Promise<string> {
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  let next = slow ? 1_000_000 : Number.POSITIVE_INFINITY;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes < next) continue;
    next += 3_000_000;
    await delay(50);
  }
  return hash.digest('hex');
}

async function http1(): Promise<Readable> {
  const { port, ca } = house;
  const options = { host: '127.0.0.1', port, ca, servername: 'front.test', headers: HEADERS };
  const [res] = await once(
    get({ ...options, path: `${PREFIX}/api/v1/pods`, agent: false }),
    'response',
  );
  return res;
}

describe('a large answer arrives byte for byte', () => {
  for (const chunked of [true, false]) {
    for (const slow of [true, false]) {
      const how = `${chunked ? 'in chunks' : 'with a length'}, to a ${slow ? 'slow' : 'quick'} client`;
      it(`over HTTP/1.1, ${how}`, async () => {
        house.upstream.respond = (_, socket) => void send(socket, chunked);
        const bodies = [await http1(), await http1()];
        const sums = await Promise.all(bodies.map((body) => read(body, slow)));
        assert.deepEqual(sums, [SHA, SHA]);
      });

      it(`over HTTP/2, ${how}`, async () => {
        house.upstream.respond = (_, socket) => void send(socket, chunked);
        const socket = await dial(house, 'h2');
        const session = connectHttp2('https://front.test', { createConnection: () => socket });
        const ask = () => session.request({ ':path': `${PREFIX}/api/v1/pods`, ...HEADERS });
        const sums = await Promise.all([ask(), ask()].map((body) => read(body, slow)));
        assert.deepEqual(sums, [SHA, SHA]);
        session.destroy();
      });
    }
  }

  it('through an upgraded connection, both ways', async () => {
    house.upstream.onBytes = (_, socket) => {
      house.upstream.onBytes = () => {};
      socket.removeAllListeners('data');
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
      );
      socket.pipe(socket);
    };
    const socket = await dial(house);
    socket.write(
      `POST ${PREFIX}/api/v1/namespaces/a/pods/b/exec HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`,
    );
    await once(socket, 'readable');
    assert.match(String(socket.read()), /^HTTP\/1\.1 101/);
    const hash = createHash('sha256');
    let bytes = 0;
    const echoed = Promise.withResolvers<void>();
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      if (bytes === SIZE) echoed.resolve();
    });
    socket.write(BODY);
    await echoed.promise;
    assert.equal(hash.digest('hex'), SHA);
    socket.destroy();
    house.upstream.onBytes = undefined;
  });
});
