import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capacityFindings, NOT_KNOWN, readCapacity } from './capacity.ts';
import type { KubeClient, KubeRequest } from './kubeClient.ts';

/** A cluster as its answers are: of a path's beginning, the status and body. */
function cluster(answers: Readonly<Record<string, readonly [number, unknown]>>) {
  const asked: string[] = [];
  const kube = {
    async request({ path }: KubeRequest) {
      asked.push(path);
      const key = Object.keys(answers).findLast((start) => path.startsWith(start)) ?? '';
      const [status, body] = answers[key] ?? [404, {}];
      return { status, body, headers: {} };
    },
  } as unknown as KubeClient;
  return { kube, asked };
}

const node = (cpu: string, memory: string, ready: string) => ({
  status: {
    allocatable: { cpu, memory },
    conditions: [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'Ready', status: ready },
    ],
  },
});

describe('the capacity of a cluster', () => {
  it('is added up over all pages of its nodes, with what is in use', async () => {
    const { kube, asked } = cluster({
      '/api/v1/nodes': [
        200,
        { metadata: { continue: 'a/b' }, items: [node('3920m', '16Gi', 'True')] },
      ],
      '/api/v1/nodes?limit=100&continue=a%2Fb': [
        200,
        { metadata: {}, items: [node('4', '8Gi', 'Unknown')] },
      ],
      '/apis/metrics.k8s.io/v1beta1/nodes': [
        200,
        { items: [{ usage: { cpu: '1250000000n', memory: '2Gi' } }, { usage: { cpu: '250m' } }] },
      ],
    });
    assert.deepEqual(await readCapacity(kube), {
      nodes: 2,
      nodes_ready: 1,
      cpu_millicores: 7920,
      memory_bytes: 24 * 2 ** 30,
      cpu_used_millicores: 1500,
      memory_used_bytes: 2 * 2 ** 30,
    });
    assert.equal(asked.length, 3);
  });

  it('is not known where nodes may not be listed, and metrics are not asked for then', async () => {
    const { kube, asked } = cluster({ '/api/v1/nodes': [403, { message: 'forbidden' }] });
    assert.deepEqual(await readCapacity(kube), NOT_KNOWN);
    assert.equal(asked.length, 1);
  });

  it('has no usage where the cluster does not measure it', async () => {
    const { kube } = cluster({
      '/api/v1/nodes': [200, { items: [node('2', '1Gi', 'True')] }],
      '/apis/metrics.k8s.io': [503, 'no endpoints'],
    });
    const { nodes, cpu_used_millicores, memory_used_bytes } = await readCapacity(kube);
    assert.deepEqual([nodes, cpu_used_millicores, memory_used_bytes], [1, null, null]);
  });

  it('is not forgotten for a trouble of the moment', async () => {
    await assert.rejects(readCapacity(cluster({ '/api/v1/nodes': [500, {}] }).kube));
  });

  it('is read from whatever a cluster answers', async () => {
    const strange = [null, 7, { status: { allocatable: { cpu: 'many', memory: [] } } }, {}];
    const { kube } = cluster({ '/api/v1/nodes': [200, { items: strange }] });
    const { nodes, nodes_ready, cpu_millicores, memory_bytes } = await readCapacity(kube);
    assert.deepEqual([nodes, nodes_ready, cpu_millicores, memory_bytes], [4, 0, 0, 0]);
  });

  it('is a thing that a check only tells of', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const { kube } = cluster({ [path]: [201, { status: { allowed: false } }] });
    const [finding, ...more] = await capacityFindings(kube, 'its account');
    assert.deepEqual([finding?.level, more], ['info', []]);
    assert.match(finding?.remedy ?? '', /give its account the verb list on nodes/);
    const may = cluster({ [path]: [201, { status: { allowed: true } }] });
    assert.deepEqual(await capacityFindings(may.kube, 'its account'), []);
  });
});
