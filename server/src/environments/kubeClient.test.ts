import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { newAuthority, newLeaf } from '../../../lab/src/pki.ts';
import { toTarget } from './connection.ts';
import { kubernetes, startFakeServer } from './fakeServer.ts';
import { createKubeClient, ResponseTooLarge } from './kubeClient.ts';

test('Sallyport\u2019s own requests share no HTTP/2 connection, on which one lost packet holds up all', async () => {
  const authority = await newAuthority('fake authority');
  const { cert, key } = await newLeaf(authority, {
    commonName: 'fake server',
    usage: ['server'],
    ipAddresses: ['127.0.0.1'],
  });
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ version: request.httpVersion }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kube = createKubeClient(
    toTarget(1, 'fake', {
      server: `https://127.0.0.1:${port}`,
      ca: authority.cert,
      tlsServerName: null,
      credential: { token: 'abc' },
    }),
  );
  const { body } = await kube.request({ method: 'GET', path: '/' });
  assert.deepEqual(body, { version: '1.1' });
  await kube.close();
  server.close();
});

test('a server that cannot prove who it is gets no request, whatever the environment of the program says', async (t) => {
  const server = await startFakeServer(() => assert.fail('it was sent a request'));
  const { caData } = await startFakeServer(kubernetes).then(async (other) => {
    await other.close();
    return other;
  });
  const variable = 'NODE_TLS_REJECT_UNAUTHORIZED';
  const before = process.env[variable];
  process.env[variable] = '0';
  const kube = createKubeClient(
    toTarget(1, 'fake', {
      server: server.url,
      ca: caData,
      tlsServerName: null,
      credential: { token: 'abc' },
    }),
  );
  t.after(async () => {
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
    await kube.close();
    await server.close();
  });
  await assert.rejects(kube.request({ method: 'GET', path: '/version' }), {
    code: /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_SIGNATURE_FAILURE)$/,
  });
});

/** What lines come of pieces that a server sends, one after the other. */
async function linesOf(pieces: readonly string[]): Promise<unknown[]> {
  const server = await startFakeServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const piece of pieces) {
      if (!response.write(piece)) await once(response, 'drain');
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const kube = createKubeClient(
    toTarget(1, 'fake', {
      server: server.url,
      ca: server.caData,
      tlsServerName: null,
      credential: { token: 'abc' },
    }),
  );
  const found: unknown[] = [];
  try {
    const { lines } = await kube.lines({ method: 'GET', path: '/' });
    for await (const line of lines) found.push(line);
  } finally {
    await kube.close();
    await server.close();
  }
  return found;
}

test('lines are the same in whatever pieces they come', async () => {
  const text = '{"a":1}\n\n{"b":"ä"}\n  \n[2]\n"last"';
  const wanted = [{ a: 1 }, { b: 'ä' }, [2], 'last'];
  assert.deepEqual(await linesOf([text]), wanted);
  assert.deepEqual(await linesOf([...text]), wanted);
  for (const at of [7, 8, 9, 20]) {
    assert.deepEqual(await linesOf([text.slice(0, at), text.slice(at)]), wanted);
  }
});

test('a line that has no end is given up', async () => {
  const piece = 'x'.repeat(1024 * 1024);
  await assert.rejects(linesOf(['"', ...Array<string>(20).fill(piece)]), ResponseTooLarge);
});
