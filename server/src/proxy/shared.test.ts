/**
 * Watches and logs on connections that they share: a real HTTP/2 server (node:http2) stands for the
 * API server, so that what is sent to it is read by somebody else's code.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { ask, dial, type House, PREFIX, startHouse, TOKEN, testPki, until } from './testing.ts';

interface Seen {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

let house: House;
let server: Http2SecureServer;
let seen: Seen[];
let sessions: ServerHttp2Session[];
/** Requests that came over HTTP/1.1. */
let http1: string[];
let respond: (seen: Seen) => void;

async function startServer(maxConcurrentStreams = 250): Promise<void> {
  const { api } = await testPki();
  const { cert, key } = api;
  server = createSecureServer({ cert, key, allowHTTP1: true, settings: { maxConcurrentStreams } });
  server.on('session', (session) => sessions.push(session));
  server.on('request', (req, res) => {
    http1.push(req.url ?? '');
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"over":"HTTP/1.1"}');
  });
  // Whoever listens for requests gets those of HTTP/2 as well, through a layer that answers for us.
  server.removeAllListeners('stream');
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const one = { stream, headers };
    seen.push(one);
    respond(one);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  house.passage = {
    ...house.passage,
    target: { ...house.passage.target, port, generation: `h2-${port}` },
  };
}

beforeEach(async () => {
  seen = [];
  sessions = [];
  http1 = [];
  respond = ({ stream }) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.write('{"type":"BOOKMARK"}\n');
  };
  house = await startHouse();
  await startServer();
});

afterEach(async () => {
  await house.close();
  for (const session of sessions) session.destroy();
  server.close();
});

/** A watch, over HTTP/1.1; `text` is all that has come. */
async function watch(path = '/api/v1/pods?watch=1', headers = '') {
  const socket: TLSSocket = await dial(house);
  let text = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.write(
    `GET ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n${headers}\r\n`,
  );
  return { socket, text: () => text, closed: () => closed };
}

describe('watches and logs', () => {
  it('share a connection to an API server that speaks HTTP/2, and nothing else does', async () => {
    const watches = [
      await watch(),
      await watch(),
      await watch('/api/v1/namespaces/a/pods/b/log?follow=1'),
    ];
    for (const { text } of watches) await until(() => text().includes('BOOKMARK'), 'a first event');
    assert.equal(sessions.length, 1);
    assert.equal(seen.length, 3);
    const { status, body } = await ask(house, '/api/v1/pods');
    assert.deepEqual([status, body], [200, '{"over":"HTTP/1.1"}']);
    assert.deepEqual(http1, ['/api/v1/pods']);
    seen[1]?.stream.write('{"type":"MODIFIED"}\n');
    await until(() => watches[1]?.text().includes('MODIFIED') === true, 'the event');
    assert.ok(!watches[0]?.text().includes('MODIFIED'));
  });

  it('say on each stream for whom it is, in the words of HTTP/1.1', async () => {
    const evil = 'Impersonate_User: x\r\n';
    await watch(
      '/api/v1/pods?watch=1',
      'Accept: application/json\r\nCookie: a=b\r\nX-Remote-User: root\r\n',
    );
    await until(() => seen.length === 1, 'the first');
    const before = house.passage;
    house.passage = { ...before, identity: { ...before.identity, user: 'sallyport:grace' } };
    await watch();
    await until(() => seen.length === 2, 'the second');
    const [first, second] = seen.map(({ headers }) => headers);
    assert.equal(sessions.length, 1);
    assert.equal(first?.['impersonate-user'], 'sallyport:ada');
    assert.equal(second?.['impersonate-user'], 'sallyport:grace');
    assert.equal(first?.authorization, 'Bearer cluster-credential');
    assert.equal(first?.[':path'], '/api/v1/pods?watch=1');
    assert.equal(first?.[':authority'], `127.0.0.1:${before.target.port}`);
    assert.deepEqual(
      Object.keys(first ?? {}).filter((name) => ['cookie', 'x-remote-user', 'host'].includes(name)),
      [],
    );
    const refused = await watch('/api/v1/pods?watch=1', evil);
    await until(() => refused.text().includes('403'), 'the refusal');
    assert.equal(seen.length, 2);
  });

  it('give the head of a quiet answer at once, and pass refusals and trailers', async () => {
    respond = ({ stream }) => {
      stream.respond({ ':status': 200, trailer: 'x-end' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'x-end': 'whole' }));
    };
    const quiet = await watch();
    await until(() => quiet.text().endsWith('\r\n\r\n'), 'the head');
    seen[0]?.stream.end('last');
    await until(() => quiet.text().includes('x-end: whole'), 'the trailers');
    respond = ({ stream }) => {
      stream.respond({ ':status': 410, 'content-type': 'application/json' });
      stream.end('{"reason":"Expired"}');
    };
    const { status, body } = await ask(house, '/api/v1/pods?watch=1');
    assert.deepEqual([status, body], [410, '{"reason":"Expired"}']);
  });

  it('end at the API server when their client goes, and only they', async () => {
    const [one, two] = [await watch(), await watch()];
    await until(() => two.text().includes('BOOKMARK') && one.text().includes('BOOKMARK'), 'both');
    const closed = Promise.withResolvers<number | undefined>();
    seen[0]?.stream.on('close', () => closed.resolve(seen[0]?.stream.rstCode));
    one.socket.destroy();
    assert.equal(await closed.promise, 8, 'CANCEL');
    seen[1]?.stream.write('{"type":"ADDED"}\n');
    await until(() => two.text().includes('ADDED'), 'the other goes on');
  });

  it('end with an event that says why when they may not go on', async () => {
    const { text } = await watch();
    await until(() => text().includes('BOOKMARK'), 'the first event');
    const closed = once(seen[0]?.stream ?? server, 'close');
    house.passage = { ...house.passage, identity: { ...house.passage.identity, groups: [] } };
    await house.proxy.recheck();
    await until(() => text().includes('"type":"ERROR"'), 'the event');
    await closed;
  });

  it('do not wait for one whose client reads nothing', async () => {
    const stuck = await watch();
    const quick = await watch();
    await until(() => quick.text().includes('BOOKMARK'), 'a first event');
    stuck.socket.pause();
    const flood = Buffer.alloc(64 * 1024, 'x');
    let taken = true;
    for (let n = 0; n < 1_000 && taken; n++) {
      taken = seen[0]?.stream.write(flood) ?? false;
      if (!taken) {
        const drained = seen[0] && once(seen[0].stream, 'drain').then(() => true);
        taken =
          (await Promise.race([drained, new Promise((r) => setTimeout(r, 300, false))])) === true;
      }
    }
    assert.equal(taken, false, 'the API server is made to wait');
    for (let n = 0; n < 20; n++) seen[1]?.stream.write(`{"event":${n}}\n`);
    await until(() => quick.text().includes('"event":19'), 'the others are not');
  });

  it('open another connection where one is full, and no more than that', async () => {
    await house.close();
    server.close();
    house = await startHouse();
    await startServer(2);
    const watches = await Promise.all(Array.from({ length: 5 }, () => watch()));
    for (const { text } of watches) await until(() => text().includes('BOOKMARK'), 'a first event');
    assert.equal(sessions.length, 3);
  });

  it('are asked anew, once, where the API server goes away before it looks at them', async () => {
    const first = await watch();
    await until(() => first.text().includes('BOOKMARK'), 'the first');
    respond = ({ stream }) => stream.close(7);
    const second = await watch();
    await until(() => second.text().includes('"over":"HTTP/1.1"'), 'an answer');
    assert.deepEqual(http1, ['/api/v1/pods?watch=1']);
    assert.ok(!first.closed(), 'the first goes on');
  });

  it('outlive a GOAWAY, and those to come have another connection', async () => {
    const first = await watch();
    await until(() => first.text().includes('BOOKMARK'), 'the first');
    sessions[0]?.goaway(0);
    const second = await watch();
    await until(() => second.text().includes('BOOKMARK'), 'the second');
    seen[0]?.stream.write('{"type":"ADDED"}\n');
    await until(() => first.text().includes('ADDED'), 'the first goes on');
    seen[0]?.stream.end();
    await until(() => first.text().endsWith('0\r\n\r\n'), 'its end');
    assert.ok(!second.closed());
  });

  it('are cut off when the connection is, and say so', async () => {
    const { text, closed } = await watch();
    await until(() => text().includes('BOOKMARK'), 'the first event');
    sessions[0]?.destroy();
    await until(closed, 'the cut');
    assert.ok(!text().endsWith('0\r\n\r\n'), 'nobody can take it for whole');
  });

  it('are told when nothing answers there', async () => {
    await house.close();
    server.close();
    house = await startHouse();
    house.passage = {
      ...house.passage,
      target: { ...house.passage.target, port: 9, generation: 'no' },
    };
    const { status, body } = await ask(house, '/api/v1/pods?watch=1');
    assert.equal(status, 503);
    assert.match(body, /"message":".*north/);
  });

  it('go over HTTP/1.1 to an API server that speaks nothing else, on connections of their own', async () => {
    await house.close();
    server.close();
    house = await startHouse();
    house.upstream.respond = (_, socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nevent\n\r\n',
      );
    };
    const watches = [await watch(), await watch(), await watch()];
    for (const { text } of watches) await until(() => text().includes('event'), 'an event');
    assert.equal(house.upstream.connections(), 3);
  });
});
