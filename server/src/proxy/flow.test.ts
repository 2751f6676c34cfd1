import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { keepsAlive } from '../listener/testing.ts';
import { issueForTest } from '../tls/fixtures.ts';
import {
  ask,
  askRaw,
  dial,
  type House,
  PREFIX,
  reply,
  startHouse,
  TOKEN,
  testPki,
  testTarget,
  until,
} from './testing.ts';

const AUTHORIZATION = `Authorization: Bearer ${TOKEN}\r\n`;

/** Reads from a raw connection; `text` is all that has come. */
async function reading(house: House, bytes: string) {
  const socket = await dial(house);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(bytes);
  return { socket, text: () => text };
}

describe('the way of bytes over HTTP/1.1', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(() => house.close());

  it('gives the head of a quiet watch at once, and each event as it comes', async () => {
    let upstream: TLSSocket | undefined;
    house.upstream.respond = (_, socket) => {
      upstream = socket;
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
    };
    const { socket, text } = await reading(
      house,
      `GET ${PREFIX}/api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n`,
    );
    await until(() => text().endsWith('\r\n\r\n'), 'the head');
    upstream?.write('8\r\n{"a":1}\n\r\n');
    await until(() => text().endsWith('8\r\n{"a":1}\n\r\n'), 'the event');
    assert.deepEqual(
      house.proxy.streams().map(({ verb, resource }) => [verb, resource]),
      [['watch', 'pods']],
    );
    upstream?.write('0\r\n\r\n');
    await until(() => text().endsWith('0\r\n\r\n'), 'the end');
    assert.equal(house.proxy.streams().length, 0);
    assert.deepEqual(
      house.events.map(({ stage }) => stage),
      ['ResponseStarted', 'ResponseComplete'],
    );
    socket.destroy();
  });

  it('gives the head of a slow body with a length at once, too', async () => {
    let upstream: TLSSocket | undefined;
    house.upstream.respond = (_, socket) => {
      upstream = socket;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n');
    };
    const { socket, text } = await reading(
      house,
      `GET ${PREFIX}/api HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n`,
    );
    await until(() => text().endsWith('\r\n\r\n'), 'the head');
    upstream?.write('body');
    await until(() => text().endsWith('body'), 'the body');
    socket.destroy();
  });

  it('gives up at the API server what the client gives up', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const { socket, text } = await reading(
      house,
      `GET ${PREFIX}/api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n`,
    );
    await until(() => text().endsWith('\r\n\r\n'), 'the head');
    socket.destroy();
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
    assert.equal(house.events.at(-1)?.aborted, true);
  });

  it('cuts an answer that was cut at the API server', async () => {
    house.upstream.respond = (_, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
    };
    await assert.rejects(ask(house, '/api'), { code: 'ECONNRESET' });
  });

  it('passes an answer without any length to its end', async () => {
    house.upstream.respond = (_, socket) => {
      socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold server');
    };
    assert.equal((await ask(house, '/logs/x')).body, 'old server');
  });

  it('knows the answers that have no body', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const heads: Record<string, string> = {
      HEAD: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
      GET: 'HTTP/1.1 304 Not Modified\r\nEtag: "x"\r\nContent-Length: 500\r\n\r\n',
      DELETE: 'HTTP/1.1 204 No Content\r\n\r\n',
    };
    house.upstream.respond = ({ method }, socket) => socket.write(heads[method] ?? reply(''));
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 304],
      ['DELETE', 204],
    ] as const) {
      const answer = await ask(house, '/openapi/v3', { method, agent });
      assert.equal(answer.status, status);
      assert.equal(answer.body, '');
      if (method === 'HEAD') assert.equal(answer.headers['content-length'], '500');
    }
    assert.equal(house.upstream.connections(), 1);
    agent.destroy();
  });

  it('brings announced trailers', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 5\r\nLocation: /\r\n\r\n',
      );
    const answer = await ask(house, '/api');
    assert.equal(answer.body, 'a');
    assert.deepEqual({ ...answer.trailers }, { 'x-sum': '5' });
  });

  it('passes no trailer of a request on', async () => {
    house.upstream.onBytes = (_, socket) => {
      if (house.upstream.received().endsWith('0\r\n\r\n')) socket.write(reply('{}'));
    };
    const { socket, text } = await reading(
      house,
      `POST ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 5\r\nImpersonate-User: root\r\nAuthorization: Bearer other\r\n\r\n`,
    );
    await until(() => text().includes('HTTP/1.1 200'), 'the answer');
    assert.match(house.upstream.received(), /\r\n\r\n4\r\nbody\r\n0\r\n\r\n$/);
    assert.doesNotMatch(house.upstream.received(), /x-sum|trailer|root|other/i);
    socket.destroy();
  });

  it('asks the API server before a client sends what it expects to be refused', async () => {
    house.upstream.onBytes = (chunk, socket) => {
      const text = chunk.toString();
      if (text.includes('Expect: 100-continue')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      else socket.write(reply(text));
    };
    const req = request({
      host: '127.0.0.1',
      port: house.port,
      servername: 'front.test',
      ca: house.ca,
      method: 'POST',
      path: `${PREFIX}/api/v1/pods`,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        expect: '100-continue',
        'content-length': '4',
      },
      agent: false,
    });
    req.flushHeaders();
    await once(req, 'continue');
    assert.ok(!house.upstream.received().endsWith('body'));
    req.end('body');
    const [res] = await once(req, 'response');
    assert.equal(Buffer.concat(await res.toArray()).toString(), 'body');
  });

  it('closes the connection when the body that was held back is not wanted', async () => {
    house.upstream.onBytes = (_, socket) => {
      socket.write(reply('{}', '413 Too Large', 'Connection: close\r\n'));
    };
    const text = await askRaw(
      house,
      `POST ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
    );
    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.match(text, /connection: close/i);
  });

  it('answers before the body is whole, reads the rest, and goes on with the connection', async () => {
    house.upstream.onBytes = (_, socket) => {
      socket.end(reply('{}', '413 Too Large', 'Connection: close\r\n'));
    };
    const { socket, text } = await reading(
      house,
      `POST ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}Content-Length: 10\r\n\r\nbegin`,
    );
    await until(() => text().includes('413'), 'the answer');
    house.upstream.onBytes = undefined;
    socket.write(`-end.GET ${PREFIX}/api HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n`);
    await until(() => text().includes('HTTP/1.1 200'), 'the next answer');
    assert.equal(house.upstream.requests.length, 1);
    assert.equal(house.upstream.requests[0]?.method, 'GET');
    socket.destroy();
  });

  it('cuts a body that is cut, and never makes it look whole', async () => {
    const { socket } = await reading(
      house,
      `POST ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n`,
    );
    await until(() => house.upstream.received().includes('begin'), 'the beginning');
    socket.destroy();
    await until(() => house.upstream.sockets.size === 0, 'the end at the API server');
    assert.doesNotMatch(house.upstream.received(), /\r\n0\r\n/);
  });

  it('answers requests that were sent without waiting in their order', async () => {
    house.upstream.respond = ({ target }, socket) => {
      setTimeout(() => socket.write(reply(target)), target.endsWith('1') ? 50 : 0);
    };
    const one = (path: string) =>
      `GET ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n`;
    const { socket, text } = await reading(house, one('/api/1') + one('/api/2'));
    await until(() => text().includes('/api/2'), 'both answers');
    assert.ok(text().indexOf('/api/1') < text().indexOf('/api/2'));
    socket.destroy();
  });

  it('sends a safe request again when a kept connection turns out to be closed', async () => {
    await ask(house, '/api');
    let refused = 0;
    house.upstream.respond = (_, socket) => {
      refused++;
      if (refused === 1) socket.destroy();
      else socket.write(reply('{"second":true}'));
    };
    assert.equal((await ask(house, '/api')).body, '{"second":true}');
    assert.equal(house.upstream.connections(), 2);
  });

  it('never sends again what may have been done', async () => {
    await ask(house, '/api');
    house.upstream.respond = (_, socket) => socket.destroy();
    for (const method of ['POST', 'DELETE', 'PATCH']) {
      const answer = await ask(house, '/api/v1/pods/p', { method });
      assert.equal(answer.status, 502);
      assert.match(answer.body, /closed the connection without an answer/);
    }
    assert.equal(house.upstream.requests.filter(({ method }) => method !== 'GET').length, 3);
  });

  it('never sends a request again on a connection that was new', async () => {
    house.upstream.respond = (_, socket) => socket.destroy();
    assert.equal((await ask(house, '/api')).status, 502);
    assert.equal(house.upstream.requests.length, 1);
  });
});

describe('an API server', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(() => house.close());

  it('that refuses the credential of the environment is not taken for a refusal of the user', async () => {
    house.upstream.respond = (_, socket) => socket.write(reply('{}', '401 Unauthorized'));
    const answer = await ask(house, '/api/v1/pods');
    assert.equal(answer.status, 502);
    assert.match(answer.body, /proxy\.upstream_credential/);
    assert.ok(house.logged.some((line) => line.includes('proxy.upstream_credential')));
  });

  it('may pass a 401 that a workload meant', async () => {
    house.upstream.respond = (_, socket) => socket.write(reply('{}', '401 Unauthorized'));
    const answer = await ask(house, '/api/v1/namespaces/a/services/b/proxy/');
    assert.equal(answer.status, 401);
  });

  it('that is down costs a 503 that names it', async () => {
    const { target } = house.passage;
    house.passage = { ...house.passage, target: { ...target, port: 1, generation: '2' } };
    const answer = await ask(house, '/api');
    assert.equal(answer.status, 503);
    assert.match(
      JSON.parse(answer.body).message,
      /environment north cannot be reached: the connection was refused/,
    );
  });

  for (const [why, bytes] of [
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a lone LF', 'HTTP/1.1 200 OK\nContent-Length: 2\n\n{}'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    [
      'a 101 that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
  ] as const) {
    it(`that answers with ${why} is not believed`, async () => {
      house.upstream.respond = (_, socket) => socket.write(bytes);
      const answer = await ask(house, '/api');
      assert.equal(answer.status, 502);
      assert.match(answer.body, /proxy\.upstream_broken/);
      await until(() => house.upstream.sockets.size === 0, 'the end of the connection');
    });
  }

  it('that sends more than it was asked for loses the connection, and nobody gets the rest', async () => {
    house.upstream.respond = (_, socket) => socket.write(`${reply('{}')}${reply('{"poison":1}')}`);
    assert.equal((await ask(house, '/api')).body, '{}');
    assert.equal((await ask(house, '/api')).body, '{}');
    assert.equal(house.upstream.connections(), 2);
  });

  it('that sends something between two requests loses the connection', async () => {
    await ask(house, '/api');
    const [socket] = house.upstream.sockets;
    socket?.write(reply('{"poison":1}'));
    await until(() => house.upstream.sockets.size === 0, 'the end of the connection');
    assert.equal((await ask(house, '/api')).body, '{}');
  });

  it('that says nothing is asked by TCP whether it is still there', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const watch = ask(house, '/api/v1/pods?watch=1');
    await until(() => house.upstream.sockets.size === 1, 'the connection');
    const [{ remotePort = 0 } = {}] = house.upstream.sockets;
    await until(() => keepsAlive(remotePort, house.upstream.port) === true, 'the timer');
    await house.proxy.close(0);
    await watch;
  });

  it('gets another connection when its target changes, and the old one is closed', async () => {
    await ask(house, '/api');
    house.passage = {
      ...house.passage,
      target: testTarget(house.upstream, { generation: '2', authorization: 'Bearer new' }),
    };
    await ask(house, '/api');
    assert.equal(house.upstream.connections(), 2);
    assert.deepEqual(house.upstream.requests[1]?.headers.get('authorization'), ['Bearer new']);
    await until(() => house.upstream.sockets.size === 1, 'the end of the old connection');
  });

  it('behind a base path is asked below it, and its redirects lead back into the gateway', async () => {
    house.passage = {
      ...house.passage,
      target: testTarget(house.upstream, { basePath: '/k8s/c-1' }),
    };
    const { port } = house.upstream;
    for (const [location, expected] of [
      ['/api/v1/x/', `${PREFIX}/api/v1/x/`],
      ['/k8s/c-1/api/v1/x/?a=b', `${PREFIX}/api/v1/x/?a=b`],
      ['/k8s/c-10/x', `${PREFIX}/k8s/c-10/x`],
      [`https://127.0.0.1:${port}/k8s/c-1/x`, `${PREFIX}/x`],
      [`https://API.test:${port}`, `${PREFIX}/`],
      [`//api.test:${port}/x`, `${PREFIX}/x`],
      ['https://login.example/x', 'https://login.example/x'],
      ['//login.example/x', '//login.example/x'],
      ['next', 'next'],
    ] as const) {
      house.upstream.respond = (_, socket) =>
        socket.write(reply('', '301 Moved', `Location: ${location}\r\n`));
      const answer = await ask(house, '/api/v1/x');
      assert.equal(answer.headers.location, expected);
    }
    assert.equal(house.upstream.requests[0]?.target, '/k8s/c-1/api/v1/x');
  });

  it('cannot act on the origin of the gateway', async () => {
    house.upstream.respond = (_, socket) =>
      socket.write(
        reply(
          '<script>',
          '200 OK',
          'Set-Cookie: session=evil\r\nClear-Site-Data: "*"\r\nStrict-Transport-Security: max-age=0\r\nAlt-Svc: h3=":1"\r\nAccess-Control-Allow-Origin: *\r\nContent-Security-Policy: default-src *\r\nService-Worker-Allowed: /\r\nConnection: X-Secret\r\nX-Secret: 1\r\nWarning: 299 - "deprecated"\r\nX-Kubernetes-Pf-Flowschema-Uid: u\r\n',
        ),
      );
    const { headers } = await ask(house, '/api/v1/namespaces/a/services/b/proxy/');
    for (const name of [
      'set-cookie',
      'clear-site-data',
      'strict-transport-security',
      'alt-svc',
      'access-control-allow-origin',
      'service-worker-allowed',
      'x-secret',
    ]) {
      assert.equal(headers[name], undefined, name);
    }
    assert.match(String(headers['content-security-policy']), /^sandbox /);
    assert.doesNotMatch(String(headers['content-security-policy']), /allow-same-origin/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers.warning, '299 - "deprecated"');
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], 'u');
  });
});

describe('an API server that cannot prove who it is', () => {
  async function refusedBy(
    change: (house: House) => void,
    certificate?: Awaited<ReturnType<typeof issueForTest>>,
  ) {
    const house = await startHouse({}, certificate);
    try {
      change(house);
      const answer = await ask(house, '/api');
      assert.equal(answer.status, 503);
      // Not one byte: neither the credential nor the request may go to a stranger.
      assert.equal(house.upstream.received(), '');
      return JSON.parse(answer.body).message as string;
    } finally {
      await house.close();
    }
  }

  it('is told nothing when its certificate is from another CA', async () => {
    const other = await issueForTest('other-ca', undefined, { ca: true });
    const message = await refusedBy((house) => {
      house.passage = {
        ...house.passage,
        target: testTarget(house.upstream, { ca: other.cert }),
      };
    });
    assert.match(message, /could not prove who it is: its certificate is not signed/);
  });

  it('is told nothing when its certificate is for another name', async () => {
    const message = await refusedBy((house) => {
      house.passage = {
        ...house.passage,
        target: testTarget(house.upstream, { servername: 'other.test' }),
      };
    });
    assert.match(message, /certificate is for another name/);
  });

  it('is told nothing when its certificate is for a name and it is known by its address', async () => {
    const message = await refusedBy((house) => {
      house.passage = {
        ...house.passage,
        target: testTarget(house.upstream, { servername: '127.0.0.1' }),
      };
    });
    assert.match(message, /certificate is for another name/);
  });

  it('is told nothing when its certificate has expired', async () => {
    const { ca } = await testPki();
    const old = await issueForTest('api.test', ca, { days: [-10, -1] });
    assert.match(await refusedBy(() => {}, old), /its certificate has expired/);
  });

  it('is not asked when the certificate for the client cannot be read', async () => {
    const message = await refusedBy((house) => {
      const clientCertificate = { cert: 'none', key: 'none' };
      house.passage = {
        ...house.passage,
        target: testTarget(house.upstream, { clientCertificate }),
      };
    });
    assert.match(message, /client certificate cannot be read/);
  });
});
