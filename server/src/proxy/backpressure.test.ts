/**
 * One who reads nothing holds up who sends to them, on every way that bytes can take, and nobody else:
 * what is kept for them is what fits into the buffers on the way, however much there is to come.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { ask, dial, type House, PREFIX, reply, startHouse, TOKEN, until } from './testing.ts';

const MEGABYTE = 1024 * 1024;
/** More than all buffers on the way hold together, those of the kernel included. */
const ALL = 64 * MEGABYTE;
/** As much as they may: both kernels' buffers, TLS, HTTP/2's windows. */
const HELD = 32 * MEGABYTE;
const CHUNK = Buffer.alloc(64 * 1024, 'z');
const AUTHORIZATION = `Authorization: Bearer ${TOKEN}\r\n`;
const EXEC = '/api/v1/namespaces/a/pods/p/exec';
const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';

/** Sends all that it is let. @returns how much that was so far */
function pour(into: Duplex): () => number {
  let sent = 0;
  const more = () => {
    while (sent < ALL && !into.destroyed) {
      sent += CHUNK.length;
      if (!into.write(CHUNK)) return;
    }
  };
  into.on('drain', more);
  more();
  return () => sent;
}

describe('one who reads nothing', () => {
  let house: House;
  /** The API server's end of the way that is tried. */
  let upstream: TLSSocket | undefined;
  beforeEach(async () => {
    house = await startHouse();
    upstream = undefined;
    house.upstream.respond = (_, socket) => socket.write(reply('{}'));
  });
  afterEach(() => house.close());

  /** Waits until no more is taken; meanwhile, others are answered. */
  async function heldUp(sent: () => number): Promise<void> {
    let [before, still] = [-1, 0];
    while (still < 5) {
      assert.equal((await ask(house, '/api/other')).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 20));
      still = sent() === before ? still + 1 : 0;
      before = sent();
    }
    assert.ok(sent() > CHUNK.length, 'it began');
    assert.ok(sent() < HELD, `${sent() / MEGABYTE} MB were taken for one who reads nothing`);
  }

  /** The API server answers with more than anybody holds. */
  function answerWithAll(): () => number {
    let sent = () => 0;
    house.upstream.respond = (request, socket) => {
      if (request.target === '/api/other') {
        socket.write(reply('{}'));
        return;
      }
      upstream = socket;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${ALL}\r\n\r\n`);
      sent = pour(socket);
    };
    return () => sent();
  }

  /** The API server takes a request's head, and no more. */
  function takeNothing(): void {
    house.upstream.onBytes = (chunk, socket) => {
      if (chunk.includes('/api/other')) socket.write(reply('{}'));
      else {
        upstream = socket;
        socket.pause();
      }
    };
  }

  it('of an answer over HTTP/1.1', async () => {
    const sent = answerWithAll();
    const socket = await dial(house);
    socket.write(`GET ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n`);
    await until(() => upstream !== undefined, 'the request');
    await heldUp(sent);
    socket.destroy();
  });

  it('of an answer over HTTP/2', async () => {
    const sent = answerWithAll();
    const socket = await dial(house, 'h2');
    const client = connectHttp2('https://front.test', { createConnection: () => socket });
    const stream = client.request({
      ':path': `${PREFIX}/api/v1/pods`,
      authorization: `Bearer ${TOKEN}`,
    });
    stream.on('error', () => {});
    await once(stream, 'response');
    await heldUp(sent);
    client.destroy();
  });

  it('of a body over HTTP/1.1, at the API server', async () => {
    takeNothing();
    const socket = await dial(house);
    socket.on('error', () => {});
    socket.write(
      `POST ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}Content-Length: ${ALL}\r\n\r\n`,
    );
    const sent = pour(socket);
    await until(() => upstream !== undefined, 'the request');
    await heldUp(sent);
    socket.destroy();
  });

  it('of a body over HTTP/2, at the API server', async () => {
    takeNothing();
    const socket = await dial(house, 'h2');
    const client = connectHttp2('https://front.test', { createConnection: () => socket });
    const stream = client.request(
      {
        ':method': 'POST',
        ':path': `${PREFIX}/api/v1/pods`,
        authorization: `Bearer ${TOKEN}`,
      },
      { endStream: false },
    );
    stream.on('error', () => {});
    const sent = pour(stream);
    await until(() => upstream !== undefined, 'the request');
    await heldUp(sent);
    client.destroy();
  });

  for (const reader of ['client', 'API server'] as const) {
    it(`of an upgraded connection, at the ${reader}`, async () => {
      house.upstream.respond = (request, socket) => {
        if (request.target === '/api/other') {
          socket.write(reply('{}'));
          return;
        }
        upstream = socket;
        socket.removeAllListeners('data');
        socket.pause();
        socket.write(SWITCH);
      };
      const socket = await dial(house);
      socket.on('error', () => {});
      socket.write(
        `POST ${PREFIX}${EXEC} HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`,
      );
      await once(socket, 'readable');
      await until(() => upstream !== undefined, 'the upgrade');
      await heldUp(pour(reader === 'client' ? (upstream as TLSSocket) : socket));
      socket.destroy();
    });
  }
});
