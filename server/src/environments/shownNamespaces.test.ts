import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { toTarget } from './connection.ts';
import { type FakeServer, startFakeServer } from './fakeServer.ts';
import { createKubeClient, type KubeClient } from './kubeClient.ts';
import { createShownNamespaces } from './shownNamespaces.ts';

let server: FakeServer;
let kube: KubeClient;
/** What the credential may do, as the cluster says. */
let verbs: readonly string[];
let asked = 0;
let time = 0;

before(async () => {
  server = await startFakeServer(async (request, response) => {
    asked += 1;
    let body = '';
    for await (const chunk of request) body += chunk;
    const { verb, resource } = JSON.parse(body).spec.resourceAttributes;
    const allowed = resource === 'namespaces' && verbs.includes(verb);
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: { allowed } }));
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
});
after(async () => {
  await kube.close();
  await server.close();
});

const create = (
  labelled: boolean | Promise<boolean> = true,
  client: KubeClient | undefined = kube,
) =>
  createShownNamespaces({
    kube: () => client,
    labelsNamespaces: () => labelled,
    now: () => time,
  });

test('namespaces are shown where their names are labels, and Sallyport may list and watch them', async () => {
  for (const [may, labelled, expected] of [
    [['list', 'watch'], true, true],
    [['list', 'watch'], Promise.resolve(true), true],
    [['list'], true, false],
    [['watch'], true, false],
    [[], true, false],
    [['list', 'watch'], false, false],
    [['list', 'watch'], Promise.resolve(false), false],
  ] as const) {
    verbs = may;
    assert.equal(await create(labelled)(1), expected, `${may.join()} ${String(labelled)}`);
  }
});

test('what Sallyport may do is asked once a minute', async () => {
  const shows = create();
  verbs = ['list', 'watch'];
  assert.equal(await shows(1), true);
  verbs = [];
  assert.equal(shows(1), true);
  assert.equal(asked, 2);
  time = 60_000;
  assert.equal(await shows(1), false);
  assert.equal(shows(1), false);
  assert.equal(asked, 4);
});

test('nothing is shown of a cluster that cannot be asked', async () => {
  const closed = createKubeClient({ ...kube.target, port: 1 });
  assert.equal(await create(true, closed)(1), false);
  await closed.close();
  const gone = createShownNamespaces({ kube: () => undefined, labelsNamespaces: () => true });
  assert.equal(gone(1), false);
});
