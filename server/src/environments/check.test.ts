import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { after, describe, it } from 'node:test';
import { SallyportError } from '../errors.ts';
import { checkConnection, readVersion } from './check.ts';
import { toTarget } from './connection.ts';
import { connectionProblem } from './connectionProblem.ts';
import {
  type FakeServer,
  type FakeServerOptions,
  kubernetes,
  startFakeServer,
} from './fakeServer.ts';
import { createKubeClient, type KubeClient } from './kubeClient.ts';

const DAY = 86_400_000;

describe('the connection test', () => {
  const cleanups: Array<() => Promise<unknown>> = [];
  after(async () => {
    for (const clean of cleanups.reverse()) await clean();
  });

  async function fake(answer: RequestListener, options?: FakeServerOptions): Promise<FakeServer> {
    const server = await startFakeServer(answer, options);
    cleanups.push(() => server.close());
    return server;
  }

  function clientOf(server: string, ca: string | null, token = 'token'): KubeClient {
    const connection = { server, ca, tlsServerName: null, credential: { token } };
    const kube = createKubeClient(toTarget(1, 'test', connection));
    cleanups.push(() => kube.close());
    return kube;
  }

  async function clientTo(answer: RequestListener, options?: FakeServerOptions, path = '') {
    const server = await fake(answer, options);
    return clientOf(server.url + path, server.caData);
  }

  async function fails(kube: KubeClient, code: string, why: RegExp, timeoutMs?: number) {
    await assert.rejects(readVersion(kube, timeoutMs), (error: unknown) => {
      assert.ok(error instanceof SallyportError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, why);
      return true;
    });
  }

  const reply =
    (status: number, type: string, body: string, headers = {}): RequestListener =>
    (_, response) => {
      response.writeHead(status, { 'content-type': type, ...headers });
      response.end(body);
    };

  it('reads the version, below a path prefix too', async () => {
    assert.equal(await readVersion(await clientTo(kubernetes)), 'v1.99.0');
    const prefixed: RequestListener = (request, response) => {
      const [, path] = /^\/k8s\/clusters\/c-1(\/.*)$/.exec(request.url ?? '') ?? [];
      request.url = path ?? '/not/below/the/prefix';
      kubernetes(request, response);
    };
    const kube = await clientTo(prefixed, {}, '/k8s/clusters/c-1');
    const { version, findings } = await checkConnection(kube, 'managed');
    assert.equal(version, 'v1.99.0');
    assert.deepEqual(
      findings.map(({ level }) => level),
      ['info'],
    );
  });

  it('sends the credential, and no impersonation for itself', async () => {
    let seen: NodeJS.Dict<string | string[]> = {};
    const kube = await clientTo((request, response) => {
      seen = request.headers;
      kubernetes(request, response);
    });
    await readVersion(kube);
    assert.equal(seen.authorization, 'Bearer token');
    assert.equal(seen['impersonate-user'], undefined);
  });

  it('tells what is no Kubernetes', async () => {
    const html = await clientTo(reply(200, 'text/html; charset=utf-8', '<html>'));
    await fails(html, 'environment.not_kubernetes', /gives HTTP 200 with text\/html\.$/);
    const json = await clientTo(reply(200, 'application/json', '{"version":"1"}'));
    await fails(json, 'environment.not_kubernetes', /HTTP 200 with application\/json/);
    const broken = await clientTo(reply(200, 'application/json', '{'));
    await fails(broken, 'environment.not_kubernetes', /HTTP 200/);
    const elsewhere = await clientTo(
      reply(302, 'text/html', '', { location: 'https://login.example/' }),
    );
    await fails(elsewhere, 'environment.not_kubernetes', /redirects to https:\/\/login\.example\//);
  });

  it('tells a server that is busy from one that is none', async () => {
    const kube = await clientTo(reply(503, 'text/plain', 'no backend'));
    await fails(kube, 'environment.unreachable', /it answers HTTP 503\.$/);
  });

  it('does without a version that it may not see', async () => {
    const kube = await clientTo(reply(403, 'application/json', '{"kind":"Status"}'));
    assert.equal(await readVersion(kube), null);
  });

  it('says when a token that is refused had expired', async () => {
    const server = await fake(reply(401, 'application/json', '{"kind":"Status"}'));
    const payload = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
    const jwt = (claims: object) => `e30.${payload(claims)}.sig`;
    const at = (token: string) => clientOf(server.url, server.caData, token);
    const past = Date.parse('2020-01-02T03:04:05Z') / 1000;
    await fails(at(jwt({ exp: past })), 'environment.credential_refused', /expired at 2020-01-02T/);
    for (const token of ['a.b.c', jwt({ exp: 'x' }), jwt({ exp: -1e300 }), jwt({})]) {
      await fails(at(token), 'environment.credential_refused', /answers 401 Unauthorized/);
    }
  });

  it('says since or from when the certificate of the server is not valid', async () => {
    const now = Date.now();
    const expired = await clientTo(kubernetes, {
      notBefore: new Date(now - 2 * DAY),
      notAfter: new Date(Date.parse('2021-02-03T04:05:06Z')),
    });
    await fails(
      expired,
      'environment.tls_failed',
      /its certificate expired at 2021-02-03T04:05:06Z/,
    );
    const early = await clientTo(kubernetes, {
      notBefore: new Date(now + DAY),
      notAfter: new Date(now + 2 * DAY),
    });
    await fails(early, 'environment.tls_failed', /its certificate is not valid before \d{4}-\S+Z/);
  });

  it('verifies the name, and the address where there is no name', async () => {
    const server = await fake(kubernetes, { dnsNames: ['localhost'], ipAddresses: [] });
    await fails(
      clientOf(server.url, server.caData),
      'environment.tls_failed',
      /its certificate is not for 127\.0\.0\.1, but for localhost/,
    );
    const byName = clientOf(`https://localhost:${server.port}`, server.caData);
    assert.equal(await readVersion(byName), 'v1.99.0');
  });

  it('does not wait for ever', async () => {
    const kube = await clientTo(() => {});
    await fails(kube, 'environment.unreachable', /there was no answer in time\.$/, 1_000);
  });

  it('does not take in more than it asked for', async () => {
    const kube = await clientTo((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (response.write('x'.repeat(1_000_000)));
        response.once('drain', more);
      };
      more();
    });
    await fails(kube, 'environment.not_kubernetes', /larger than 16777216 bytes/);
  });

  it('tells what speaks another protocol, or closes the door', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {}).resume();
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const rude = createServer((socket) => socket.destroy());
    for (const server of [plain, rude]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    }
    const at = (server: typeof plain) => {
      const address = server.address();
      assert.ok(address && typeof address === 'object');
      return clientOf(`https://127.0.0.1:${address.port}`, null);
    };
    await fails(at(plain), 'environment.tls_failed', /it does not speak TLS on that port/);
    await fails(at(rude), 'environment.unreachable', /it closed the connection before it answered/);
  });

  it('tells a name that does not exist', async () => {
    const kube = clientOf('https://no-such-host.invalid', null);
    await fails(kube, 'environment.unreachable', /no host of that name|could not be looked up/);
  });

  it('has words for every failure', () => {
    const { target } = clientOf('https://127.0.0.1:1', null);
    const coded = (code: string) => Object.assign(new Error('x'), { code });
    const kinds: Array<[unknown, string, RegExp]> = [
      [
        new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')]),
        'unreachable',
        /nothing/,
      ],
      [coded('EHOSTUNREACH'), 'unreachable', /no route/],
      [coded('CERT_REVOKED'), 'tls', /not valid \(CERT_REVOKED\)/],
      [coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'tls', /handshake failed/],
      [coded('HPE_INVALID_CONSTANT'), 'broken', /no valid HTTP answer/],
      [coded('EODD'), 'unreachable', /the connection failed \(EODD\)/],
      ['a text', 'unreachable', /the connection failed/],
    ];
    for (const [error, kind, why] of kinds) {
      const problem = connectionProblem(error, target);
      assert.equal(problem.kind, kind);
      assert.match(problem.why, why);
    }
  });
});
