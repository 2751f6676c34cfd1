import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, describe, it } from 'node:test';
import { toTarget } from './connection.ts';
import { createDiscovery } from './discovery.ts';
import { startFakeServer } from './fakeServer.ts';
import { createKubeClient, type KubeClient } from './kubeClient.ts';

describe('what a cluster knows', () => {
  const cleanups: Array<() => Promise<unknown>> = [];
  after(async () => {
    for (const clean of cleanups.reverse()) await clean();
  });

  async function clientTo(answer: RequestListener): Promise<KubeClient> {
    const server = await startFakeServer(answer);
    const { url, caData: ca } = server;
    const connection = { server: url, ca, tlsServerName: null, credential: { token: 'token' } };
    const kube = createKubeClient(toTarget(1, 'test', connection));
    cleanups.push(
      () => server.close(),
      () => kube.close(),
    );
    return kube;
  }

  const pods = { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get'] };
  const groups = ['apps', 'metrics.k8s.io'].map((name) => ({
    name,
    preferredVersion: { groupVersion: `${name}/v1` },
  }));
  const documents: Readonly<Record<string, unknown>> = {
    '/apis': { groups },
    '/api/v1': { resources: [pods] },
    '/apis/apps/v1': { resources: [{ ...pods, name: 'deployments', kind: 'Deployment' }] },
  };

  it('is read by group, without one that is down, and once in a while only', async () => {
    const asked: string[] = [];
    const kube = await clientTo((request, response) => {
      const body = documents[request.url ?? ''];
      asked.push(request.url ?? '');
      response.writeHead(body ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    });
    let clock = 0;
    const discovery = createDiscovery({ kube: () => kube, now: () => clock });
    const found = await discovery.resources(1);
    assert.deepEqual(
      found.map(({ group, resource }) => [group, resource]),
      [
        ['', 'pods'],
        ['apps', 'deployments'],
      ],
    );
    const before = asked.length;
    clock = 59_999;
    assert.equal(await discovery.resources(1), found);
    assert.equal(asked.length, before);
    clock = 60_000;
    await discovery.resources(1);
    assert.equal(asked.length, 2 * before);
  });

  it('is refused in words where the cluster does not say, and asked again the next time', async () => {
    let isUp = false;
    const kube = await clientTo((request, response) => {
      response.writeHead(isUp ? 200 : 403, { 'content-type': 'application/json' });
      response.end(JSON.stringify(documents[request.url ?? ''] ?? {}));
    });
    const discovery = createDiscovery({ kube: (id) => (id === 1 ? kube : undefined) });
    await assert.rejects(discovery.resources(1), {
      code: 'environment.unreachable',
      message: /\/apis gives HTTP 403/,
    });
    isUp = true;
    assert.equal((await discovery.resources(1)).length, 2);
    await assert.rejects(discovery.resources(2), { code: 'environment.not_found' });
  });
});
