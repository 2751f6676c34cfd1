import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, it } from 'node:test';
import { type Harness, request2, startHarness } from '../testing.ts';
import { settled } from './testing.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string) {
  const stream = session.request(headers, { endStream: body === undefined });
  stream.on('error', () => {});
  if (body !== undefined) stream.end(body);
  const [response] = await once(stream, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { response, body: Buffer.concat(chunks).toString('latin1') };
}

describe('what is not for the proxy', () => {
  let harness: Harness;
  let session: ClientHttp2Session;
  before(async () => {
    harness = await startHarness();
    session = await harness.session();
  });
  after(() => harness.close());
  const serve = (handler: Handler) => {
    harness.rooms.api = (req, res) => handler(req, res as ServerResponse);
  };

  it('is asked as node:http asks', async () => {
    let seen: IncomingMessage | undefined;
    serve((req, res) => {
      seen = req;
      res.end();
    });
    await ask(session, {
      ':path': '/api/users?a=b',
      ':authority': 'gate.test',
      accept: 'a',
      cookie: ['a=1', 'b=2'],
      'x-list': ['1', '2'],
    });
    assert.equal(seen?.method, 'GET');
    assert.equal(seen?.url, '/api/users?a=b');
    assert.equal(seen?.httpVersion, '2.0');
    assert.deepEqual(
      { ...seen?.headers },
      { host: 'gate.test', accept: 'a', cookie: 'a=1; b=2', 'x-list': '1, 2' },
    );
    assert.deepEqual(seen?.rawHeaders.slice(0, 2), ['host', 'gate.test']);
    assert.equal(seen?.complete, true);
  });

  it('is answered with heads that HTTP/2 can say, and refuses others to its handler', async () => {
    serve((_, res) => {
      assert.throws(() => res.setHeader('x-a', 'a\r\nb'), TypeError);
      assert.throws(() => res.setHeader('x a', '1'), TypeError);
      res.setHeader('Connection', 'close');
      res.setHeader('X-Gone', '1');
      res.removeHeader('x-gone');
      res.setHeader('Set-Cookie', ['a=1', 'b=2']);
      res.appendHeader('vary', 'accept');
      res.appendHeader('vary', 'origin');
      assert.equal(res.getHeader('VARY')?.toString(), 'accept,origin');
      assert.equal(res.hasHeader('x-gone'), false);
      res.writeHead(201, { 'content-type': 'text/plain' });
      assert.equal(res.headersSent, true);
      assert.throws(() => res.setHeader('x-late', '1'));
      res.end('made');
    });
    const { response, body } = await ask(session, { ':path': '/' });
    assert.equal(response[':status'], 201);
    assert.equal(body, 'made');
    assert.deepEqual(response['set-cookie'], ['a=1', 'b=2']);
    assert.equal(response.vary, 'accept, origin');
    assert.equal(response.connection, undefined);
    assert.ok(response.date);
  });

  it('has no body where there is none', async () => {
    const statuses = [200, 204, 304];
    serve((_, res) => {
      res.statusCode = statuses.shift() ?? 500;
      res.setHeader('content-length', 4);
      res.end('body');
    });
    for (const method of ['HEAD', 'GET', 'GET']) {
      const { body } = await ask(session, { ':path': '/', ':method': method });
      assert.equal(body, '');
    }
  });

  it('streams as it is written, piece by piece', async () => {
    let response: ServerResponse | undefined;
    serve((_, res) => {
      response = res;
      res.flushHeaders();
    });
    const stream = session.request({ ':path': '/' });
    await once(stream, 'response');
    for (const piece of ['one', 'two']) {
      response?.write(piece);
      const [chunk] = await once(stream, 'data');
      assert.equal(chunk.toString(), piece);
    }
    response?.end();
    await once(stream, 'end');
  });

  it('is held back by a client that does not read, and goes on when it does', async () => {
    const piece = Buffer.alloc(64 * 1024, 'p');
    let made = 0;
    const pieces = function* () {
      for (; made < 160; made++) yield piece;
    };
    serve((req, res) => (req.url === '/' ? pipeline(pieces, res) : void res.end()));
    const stream = session.request({ ':path': '/' });
    await once(stream, 'response');
    for (let i = 0; i < 20; i++) await settled();
    assert.ok(made < 100, `${made} pieces were made for nobody`);
    assert.equal((await request2(await harness.session(), { ':path': '/x' })).status, 200);
    let length = 0;
    for await (const chunk of stream) length += chunk.length;
    assert.equal(length, 160 * piece.length);
  });

  it('holds its client back where its handler does not read, and takes all when it does', async () => {
    const { promise: go, resolve: release } = Promise.withResolvers<void>();
    serve(async (req, res) => {
      await go;
      let length = 0;
      for await (const chunk of req) length += chunk.length;
      res.end(String(length));
    });
    const stream = session.request({ ':path': '/', ':method': 'POST' }, { endStream: false });
    let drained = false;
    stream.write(Buffer.alloc(3_000_000), () => {
      drained = true;
    });
    for (let i = 0; i < 20; i++) await settled();
    assert.equal(drained, false, 'more was taken than a window');
    release();
    stream.end();
    assert.equal((await stream.setEncoding('utf8').toArray()).join(''), '3000000');
  });

  it('hears of a client that is gone, while it reads and while it answers', async () => {
    for (const [headers, begin] of [
      [{ ':method': 'POST' }, (stream: ClientHttp2Stream) => stream.write('half')],
      [{ ':method': 'GET' }, () => true],
    ] as const) {
      const closed = Promise.withResolvers<readonly [boolean, boolean]>();
      const began = Promise.withResolvers<void>();
      serve((req, res) => {
        req.on('data', () => {});
        res.write('half');
        res.once('close', () => closed.resolve([res.writableFinished, req.complete]));
        began.resolve();
      });
      const stream = session.request(
        { ':path': '/', ...headers },
        { endStream: headers[':method'] === 'GET' },
      );
      stream.on('error', () => {});
      begin(stream);
      await began.promise;
      // `close` would end the request first.
      stream.destroy(new Error('gone'));
      const [finished, complete] = await closed.promise;
      assert.equal(finished, false);
      assert.equal(complete, headers[':method'] === 'GET');
    }
  });

  it('fails whoever waits for a body that breaks off', async () => {
    const failed = Promise.withResolvers<unknown>();
    serve(async (req, res) => {
      res.flushHeaders();
      try {
        for await (const _ of req);
        res.end();
      } catch (error) {
        failed.resolve(error);
      }
    });
    const stream = session.request({ ':path': '/', ':method': 'POST' }, { endStream: false });
    stream.on('error', () => {});
    stream.write('half');
    await once(stream, 'response');
    stream.destroy(new Error('gone'));
    assert.match(String(await failed.promise), /aborted/);
    assert.equal(
      (await request2(await harness.session(), { ':path': '/x', ':method': 'HEAD' })).status,
      200,
    );
  });

  it('that breaks off its answer does not make it look whole', async () => {
    serve((_, res) => {
      res.write('half');
      setImmediate(() => res.destroy());
    });
    const stream = session.request({ ':path': '/' });
    stream.on('end', () => assert.fail('it looks whole'));
    const [error] = await once(stream.resume(), 'error').catch((thrown: Error) => [thrown]);
    assert.match(String(error), /INTERNAL_ERROR/);
  });
});

describe('beside the compatibility layer of node:http2', () => {
  const handlers: Record<string, Handler> = {
    '/end': (_, res) => void res.end('whole'),
    '/empty': (_, res) => void res.end(),
    '/status': (_, res) => void res.writeHead(404, { 'content-type': 'a/b' }).end('gone'),
    '/length': (_, res) => {
      res.setHeader('content-length', 3);
      res.write('abc');
      res.end();
    },
    '/lists': (_, res) => {
      res.setHeader('set-cookie', ['a=1', 'b=2']);
      res.setHeader('x-number', 5);
      res.end();
    },
    '/pieces': async (_, res) => {
      for (let i = 0; i < 100; i++) {
        if (!res.write('p'.repeat(10_000))) await once(res, 'drain');
      }
      res.end('.');
    },
    '/echo': (req, res) => void req.pipe(res),
    '/headers': (req, res) => {
      const { accept, 'x-list': list, cookie, referer } = req.headers;
      res.end(JSON.stringify([req.method, req.url, accept, list, cookie, referer]));
    },
  };

  it('answers alike', async () => {
    const harness = await startHarness();
    const handle = (req: IncomingMessage, res: ServerResponse) => {
      res.sendDate = false;
      handlers[(req.url ?? '').split('?')[0] ?? '']?.(req, res);
    };
    harness.rooms.api = (req, res) => handle(req, res as ServerResponse);
    const server = createServer((req, res) =>
      handle(req as unknown as IncomingMessage, res as unknown as ServerResponse),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const theirs = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ours = await harness.session();
    const asked: ReadonlyArray<readonly [OutgoingHttpHeaders, string?]> = [
      ...Object.keys(handlers).map((path) => [{ ':path': path }] as const),
      ...Object.keys(handlers).map((path) => [{ ':path': path, ':method': 'HEAD' }] as const),
      [{ ':path': '/echo', ':method': 'POST' }, 'x'.repeat(200_000)],
      [{ ':path': '/echo', ':method': 'POST', 'content-length': '2' }, 'ab'],
      [{ ':path': '/echo', ':method': 'PUT' }, ''],
      [{ ':path': '/headers?q=%20', accept: 'a', 'x-list': ['1', '2'], cookie: ['a=1', 'b=2'] }],
      [{ ':path': '/headers', ':method': 'DELETE', referer: 'r' }],
    ];
    for (const [headers, body] of asked) {
      const [a, b] = [await ask(ours, headers, body), await ask(theirs, headers, body)];
      assert.deepEqual({ ...a.response }, { ...b.response }, JSON.stringify(headers));
      assert.equal(a.body, b.body, JSON.stringify(headers));
    }
    theirs.destroy();
    server.close();
    await harness.close();
  });
});
