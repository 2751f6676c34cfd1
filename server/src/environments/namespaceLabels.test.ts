import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { toTarget } from './connection.ts';
import { type FakeServer, startFakeServer } from './fakeServer.ts';
import { createKubeClient, type KubeClient } from './kubeClient.ts';
import { createNamespaceLabels } from './namespaceLabels.ts';

let server: FakeServer;
let kube: KubeClient;
/** What the cluster says of itself. */
let version: string | undefined;
let asked = 0;

before(async () => {
  server = await startFakeServer((_, response) => {
    asked += 1;
    response.writeHead(version === undefined ? 403 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ gitVersion: version }));
  });
  kube = createKubeClient(
    toTarget(1, 'fake', {
      server: server.url,
      ca: server.caData,
      tlsServerName: null,
      credential: { token: 'abc' },
    }),
  );
});
after(async () => {
  await kube.close();
  await server.close();
});

test('the names of namespaces are labels from Kubernetes 1.22 on', async () => {
  for (const [said, expected] of [
    ['v1.22.0', true],
    ['v1.36.2', true],
    ['v1.27.3-gke.100', true],
    ['v2.0.0', true],
    ['v1.21.14', false],
    ['v1.9.1', false],
    ['v0.99.0', false],
    ['unknown', false],
    [undefined, false],
  ] as const) {
    version = said;
    assert.equal(await createNamespaceLabels(() => kube)(1), expected, said ?? 'refused');
  }
});

test('a cluster whose names are labels is asked once, an old one again after a minute', async () => {
  let time = 0;
  const labels = createNamespaceLabels(
    () => kube,
    () => time,
  );
  version = 'v1.20.15';
  asked = 0;
  assert.equal(await labels(1), false);
  assert.equal(labels(1), false);
  version = 'v1.22.0';
  time = 60_000;
  assert.equal(await labels(1), true);
  time = 10_000_000;
  assert.equal(labels(1), true);
  assert.equal(asked, 2);
});

test('what cannot be asked has no labels to rely on', async () => {
  assert.equal(createNamespaceLabels(() => undefined)(1), false);
  const closed = createKubeClient({ ...kube.target, port: 1 });
  assert.equal(await createNamespaceLabels(() => closed)(1), false);
  await closed.close();
});
