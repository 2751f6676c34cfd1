import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { dial, type House, PREFIX, reply, startHouse, TOKEN, until } from './testing.ts';

async function session(house: House): Promise<ClientHttp2Session> {
  const socket = await dial(house, 'h2');
  const client = connect('https://front.test', { createConnection: () => socket });
  client.on('error', () => {});
  return client;
}

function open(
  client: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders = {},
  endStream = true,
): ClientHttp2Stream {
  const stream = client.request(
    { ':path': `${PREFIX}${path}`, authorization: `Bearer ${TOKEN}`, ...headers },
    { endStream },
  );
  stream.on('error', () => {});
  return stream;
}

async function answer(stream: ClientHttp2Stream) {
  let trailers: Record<string, unknown> = {};
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const [headers] = await once(stream, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { status: headers[':status'], headers, trailers, body: Buffer.concat(chunks).toString() };
}

/** Frames by hand (RFC 9113 §4.1, §6), for what no client library lets itself be made to send. */
function frame(type: number, flags: number, id: number, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload as string);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, body]);
}

/** Literal fields without indexing and without Huffman (RFC 7541 §6.2.2). */
function headersFrame(fields: ReadonlyArray<readonly string[]>, end: boolean): Buffer {
  const text = (value = '') => {
    const bytes = Buffer.from(value, 'latin1');
    assert.ok(bytes.length < 127);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  const block = fields.map(([name, value]) =>
    Buffer.concat([Buffer.from([0]), text(name), text(value)]),
  );
  return frame(1, end ? 5 : 4, 1, Buffer.concat(block));
}

function framesOf(bytes: Buffer): Array<{ type: number; id: number; payload: Buffer }> {
  const frames = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    if (payload.length === length) {
      frames.push({ type: bytes[at + 3] ?? 0, id: bytes.readUInt32BE(at + 5), payload });
    }
    at += 9 + length;
  }
  return frames;
}

const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(4, 0, 0, ''),
]);
const REQUEST = [
  [':path', `${PREFIX}/api`],
  [':scheme', 'https'],
  [':authority', 'front.test'],
  ['authorization', `Bearer ${TOKEN}`],
] as const;
const GET: ReadonlyArray<readonly [string, string]> = [[':method', 'GET'], ...REQUEST];

describe('a request over HTTP/2', () => {
  let house: House;
  let client: ClientHttp2Session;
  beforeEach(async () => {
    house = await startHouse();
    client = await session(house);
  });
  afterEach(async () => {
    client.destroy();
    await house.close();
  });

  it('reaches the API server as the same HTTP/1.1 request', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write(
        reply('{}', '200 OK', 'Connection: X-Gone\r\nX-Gone: 1\r\nWarning: 299 - "a"\r\n'),
      );
    const { status, body, headers } = await answer(open(client, '/api/v1//x%2Fy?limit=5'));
    assert.equal(status, 200);
    assert.equal(body, '{}');
    assert.equal(headers.warning, '299 - "a"');
    assert.equal(headers['x-gone'], undefined);
    const [seen] = house.upstream.requests;
    assert.equal(seen?.target, '/api/v1//x%2Fy?limit=5');
    assert.deepEqual(seen?.headers.get('impersonate-user'), ['sallyport:ada']);
    assert.deepEqual(seen?.headers.get('host'), [`127.0.0.1:${house.upstream.port}`]);
  });

  it('sends a body with and without a length', async () => {
    house.upstream.respond = (request, socket) => socket.write(reply(request.body));
    const body = 'y'.repeat(300_000);
    for (const headers of [{ 'content-length': body.length }, {}]) {
      const stream = open(client, '/api/v1/pods', { ':method': 'POST', ...headers }, false);
      stream.end(body);
      assert.equal((await answer(stream)).body, body);
    }
    assert.deepEqual(house.upstream.requests[0]?.headers.get('content-length'), ['300000']);
    assert.deepEqual(house.upstream.requests[1]?.headers.get('transfer-encoding'), ['chunked']);
  });

  it('carries many streams over few connections', async () => {
    house.upstream.respond = (request, socket) => socket.write(reply(request.target));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => answer(open(client, `/api/${i}`))),
    );
    assert.deepEqual(
      answers.map(({ body }) => body),
      Array.from({ length: 100 }, (_, i) => `/api/${i}`),
    );
  });

  it('brings announced trailers', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 5\r\nSet-Cookie: a=b\r\n\r\n',
      );
    const { body, trailers } = await answer(open(client, '/api'));
    assert.equal(body, 'a');
    assert.equal(trailers['x-sum'], '5');
    assert.equal(trailers['set-cookie'], undefined);
  });

  it('passes no trailer of a request on', async () => {
    const stream = client.request(
      { ':method': 'POST', ':path': `${PREFIX}/api/v1/pods`, authorization: `Bearer ${TOKEN}` },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'x-sum': '5', 'impersonate-user': 'root', authorization: 'other' }),
    );
    stream.end('body');
    assert.equal((await answer(stream)).status, 200);
    assert.equal(house.upstream.requests[0]?.body, 'body');
    assert.doesNotMatch(house.upstream.received(), /x-sum|trailer|root|other/i);
  });

  it('is answered before its body is whole, and the rest of the body refused without harm', async () => {
    house.upstream.onBytes = (_, socket) => {
      socket.write(reply('{"too":"large"}', '413 Too Large', 'Connection: close\r\n'));
    };
    const stream = open(client, '/api/v1/pods', { ':method': 'POST' }, false);
    stream.write('begin');
    const { status, body } = await answer(stream);
    assert.equal(status, 413);
    assert.equal(body, '{"too":"large"}');
    house.upstream.onBytes = undefined;
    assert.equal((await answer(open(client, '/api'))).status, 200, 'the session goes on');
  });

  for (const code of [constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_CANCEL]) {
    it(`whose body is cut short by a reset (${code}) is never made to look whole`, async () => {
      const raw = await dial(house, 'h2');
      const post = [[':method', 'POST'], ...REQUEST];
      raw.write(Buffer.concat([PREFACE, headersFrame(post, false), frame(0, 0, 1, '{"half":')]));
      await until(() => house.upstream.received().includes('{"half":'), 'the first half');
      const reason = Buffer.alloc(4);
      reason.writeUInt32BE(code);
      raw.write(frame(3, 0, 1, reason));
      await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
      assert.doesNotMatch(house.upstream.received(), /\r\n0\r\n/);
      assert.equal(house.upstream.requests.length, 0);
      raw.destroy();
    });
  }

  it('that the client gives up is given up at the API server', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const stream = open(client, '/api/v1/pods?watch=1');
    await once(stream, 'response');
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
    assert.equal(house.events.at(-1)?.aborted, true);
  });

  it('whose answer is cut is reset, so that nobody takes it for whole', async () => {
    let cut = () => {};
    house.upstream.respond = (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      cut = () => socket.destroy();
    };
    const stream = open(client, '/api');
    let whole = false;
    stream.on('end', () => {
      whole = true;
    });
    stream.once('data', () => cut());
    await until(() => stream.closed, 'the reset');
    assert.notEqual(stream.rstCode, constants.NGHTTP2_NO_ERROR);
    assert.equal(whole, false, 'the client was told that the answer is whole');
  });

  for (const [why, headers, status] of [
    ['with two Authorization headers', [...GET, ['authorization', 'Bearer x']], 400],
    ['with Impersonate-User', [...GET, ['impersonate-user', 'root']], 403],
    ['with an unknown method', [[':method', 'TRACE'], ...REQUEST], 405],
    ['with a dot segment', [...GET.with(1, [':path', `${PREFIX}/api/../x`])], 400],
    [
      'with an absolute URL as path',
      [...GET.with(1, [':path', `https://a${PREFIX}/api`])],
      'reset',
    ],
    ['with another host than authority', [...GET, ['host', 'other.test']], 400],
    ['with two lengths', [...GET, ['content-length', '1'], ['content-length', '2']], 'reset'],
    ['with Transfer-Encoding', [...GET, ['transfer-encoding', 'chunked']], 'reset'],
    ['with Connection', [...GET, ['connection', 'impersonate-user']], 'reset'],
    ['with two paths', [...GET.slice(0, 2), [':path', `${PREFIX}/x`], ...GET.slice(2)], 'reset'],
    ['without a path', GET.toSpliced(1, 1), 'reset'],
    ['with an empty path', [...GET.with(1, [':path', ''])], 'reset'],
    [
      'with a path that begins with no slash',
      [...GET.with(1, [':path', PREFIX.slice(1)])],
      'reset',
    ],
    ['with a pseudo-header of its own', [[':impersonate-user', 'root'], ...GET], 'reset'],
    ['with a pseudo-header behind others', [...GET, [':path', `${PREFIX}/x`]], 'reset'],
    [
      'with a protocol for CONNECT',
      [...GET.slice(0, 1), [':protocol', 'websocket'], ...GET.slice(1)],
      'reset',
    ],
    ['with an escaped dot segment', [...GET.with(1, [':path', `${PREFIX}/api/%2e%2e/x`])], 400],
    ['with a backslash', [...GET.with(1, [':path', `${PREFIX}/api\\..\\x`])], 400],
    ['with a fragment', [...GET.with(1, [':path', `${PREFIX}/api#x`])], 400],
    ['with Impersonate-Extra', [...GET, ['impersonate-extra-scopes', 'all']], 403],
    ['with impersonation in Trailer', [...GET, ['trailer', 'impersonate-user']], 403],
    ['with Upgrade', [...GET, ['upgrade', 'websocket']], 'reset'],
    ['with a name in capitals', [...GET, ['Impersonate-User', 'root']], 'reset'],
    ['with a line break in a value', [...GET, ['user-agent', 'a\r\nimpersonate-user: b']], 'reset'],
  ] as const) {
    it(`${why} is refused, and nothing reaches the API server`, async () => {
      const raw = await dial(house, 'h2');
      const chunks: Buffer[] = [];
      raw.on('data', (chunk: Buffer) => chunks.push(chunk));
      raw.write(Buffer.concat([PREFACE, headersFrame(headers, true)]));
      const got = () => framesOf(Buffer.concat(chunks));
      await until(() => got().some(({ id, type }) => id === 1 && type !== 8), 'an answer');
      if (status === 'reset') {
        // It is malformed (RFC 9113 §8.1.1), and never becomes a request.
        assert.ok(got().some(({ id, type }) => id === 1 && type === 3));
      } else {
        await until(() => got().some(({ id, type }) => id === 1 && type === 0), 'a body');
        const body =
          got()
            .find(({ id, type }) => id === 1 && type === 0)
            ?.payload.toString() ?? '';
        assert.equal(JSON.parse(body).code, status);
      }
      assert.equal(house.upstream.connections(), 0);
      raw.destroy();
    });
  }

  it('whose header never ends costs its own connection, and no memory', async () => {
    const raw = await dial(house, 'h2');
    raw.on('error', () => {});
    raw.resume();
    let closed = false;
    raw.on('close', () => {
      closed = true;
    });
    const begun = headersFrame(GET, true);
    // Without END_HEADERS, so that more of it follows in CONTINUATION frames (CVE-2024-27983).
    begun[4] = 1;
    raw.write(Buffer.concat([PREFACE, begun]));
    const field = Buffer.concat([Buffer.from([0, 1]), Buffer.from('a'), Buffer.from([100])]);
    const more = frame(9, 0, 1, Buffer.concat([field, Buffer.alloc(100, 'b')]));
    for (let i = 0; i < 100_000 && !closed; i++) {
      if (!raw.write(more)) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => closed, 'the end of the connection');
    assert.equal(house.upstream.connections(), 0);
    assert.equal((await answer(open(client, '/api'))).status, 200);
  });

  it('with CONNECT is refused', async () => {
    const stream = client.request({ ':method': 'CONNECT', ':authority': 'kubernetes.default' });
    stream.on('error', () => {});
    const [headers] = await once(stream, 'response');
    assert.equal(headers[':status'], 400);
    stream.destroy();
    assert.equal(house.upstream.connections(), 0);
  });

  it('is answered with an error when the answer cannot be said in HTTP/2', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write(reply('{}', '200 OK', 'Content-Type: text/html\r\n'));
    const { status, body } = await answer(open(client, '/api'));
    assert.equal(status, 502);
    assert.match(body, /proxy\.upstream_broken/);
  });

  it('survives a rapid reset, and tells the kubeconfig to wait', async () => {
    // So few are forgotten that none is while the test runs, however long that takes.
    const strict = await startHouse({
      limits: { abortsPerKubeconfig: 50, abortsPerSecond: 1 / 3_600 },
    });
    try {
      strict.upstream.respond = () => {};
      const attacker = await session(strict);
      for (let i = 0; i < 300; i++) open(attacker, `/api/${i}`).close(constants.NGHTTP2_CANCEL);
      const other = await session(strict);
      await until(() => strict.events.length >= 50, 'the resets');
      const last = await answer(open(other, '/api'));
      assert.equal(last.status, 429);
      assert.equal(last.headers['retry-after'], '1');
      assert.ok(strict.upstream.requests.length <= 60);
      attacker.destroy();
      other.destroy();
    } finally {
      await strict.close();
    }
  });

  it('with a slow reader holds no other one up, and not its own answer in memory', async () => {
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024, 'z');
    house.upstream.respond = (request, socket: TLSSocket) => {
      if (request.target === '/api') {
        socket.write(reply('{}'));
        return;
      }
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${chunk.length * 1000}\r\n\r\n`);
      const more = () => {
        while (written < chunk.length * 1000) {
          written += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on('drain', more);
      more();
    };
    const slow = open(client, '/logs');
    await once(slow, 'response');
    const other = await session(house);
    for (let i = 0; i < 20; i++) assert.equal((await answer(open(other, '/api'))).status, 200);
    assert.ok(written < chunk.length * 1000, 'the sender was made to wait');
    other.destroy();
    slow.close(constants.NGHTTP2_CANCEL);
  });
});
