import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createClusterVersions } from './clusterVersions.ts';
import { toTarget } from './connection.ts';
import { type FakeServer, startFakeServer } from './fakeServer.ts';
import { createKubeClient, type KubeClient } from './kubeClient.ts';
import { createNamespaceLabels } from './namespaceLabels.ts';
import { eventually } from './testing.ts';

let server: FakeServer;
let kube: KubeClient;
/** What the cluster says of itself. */
let version: string | undefined;
let asked = 0;
let time = 0;
let stored: string | null = null;

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
beforeEach(() => {
  asked = 0;
  time = 0;
  stored = null;
});
after(async () => {
  await kube.close();
  await server.close();
});

const create = (client: KubeClient | undefined = kube) =>
  createClusterVersions({ kube: () => client, stored: () => stored, now: () => time });

test('a new cluster is asked once, an old one again after a minute', async () => {
  const versions = create();
  version = 'v1.20.15';
  assert.equal(await versions.ask(1), 'v1.20.15');
  assert.equal(versions.ask(1), 'v1.20.15');
  version = 'v1.22.0';
  time = 60_000;
  assert.equal(await versions.ask(1), 'v1.22.0');
  time = 10_000_000;
  assert.equal(versions.ask(1), 'v1.22.0');
  assert.equal(versions.known(1), 'v1.22.0');
  assert.equal(asked, 2);
});

test('what is known in passing is what is stored until the cluster has said it', async () => {
  const versions = create();
  version = 'v1.22.0';
  assert.equal(versions.known(1), null);
  stored = 'v1.20.15';
  assert.equal(versions.known(1), 'v1.20.15');
  await eventually(
    () => versions.known(1),
    (known) => known === 'v1.22.0',
  );
  assert.equal(asked, 1);
});

test('a cluster that does not say is asked in passing once a minute, and by who waits each time', async () => {
  const versions = create();
  version = undefined;
  assert.equal(await versions.ask(1), null);
  assert.equal(await versions.ask(1), null);
  assert.equal(versions.known(1), null);
  assert.equal(asked, 2);
  version = 'v1.20.15';
  time = 60_000;
  assert.equal(versions.known(1), null);
  await eventually(
    () => versions.known(1),
    (known) => known === 'v1.20.15',
  );
  assert.equal(asked, 3);
});

test('what cannot be asked has no version but what is stored', async () => {
  const none = createClusterVersions({ kube: () => undefined, stored: () => 'v1.20.15' });
  assert.equal(none.ask(1), null);
  assert.equal(none.known(1), null);
  const closed = createKubeClient({ ...kube.target, port: 1 });
  stored = 'v1.20.15';
  const versions = create(closed);
  assert.equal(await versions.ask(1), null);
  assert.equal(versions.known(1), 'v1.20.15');
  await closed.close();
});

test('the names of namespaces are labels from Kubernetes 1.22 on, where it is known', async () => {
  for (const [said, expected] of [
    ['v1.22.0', true],
    ['v1.21.14', false],
    ['unknown', false],
    [undefined, false],
  ] as const) {
    version = said;
    const labels = createNamespaceLabels(create());
    assert.equal(await labels(1), expected, said ?? 'refused');
    if (said !== undefined) assert.equal(labels(1), expected, said);
  }
});
