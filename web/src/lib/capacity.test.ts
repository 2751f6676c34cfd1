import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuShare, memoryShare, nodesInWords } from './capacity.ts';

const GIB = 2 ** 30;
const capacity = {
  nodes: 3,
  readyNodes: 3,
  cpuCores: 7.92,
  memoryBytes: 24 * GIB,
  cpuCoresUsed: 1.5,
  memoryBytesUsed: 6 * GIB,
  readAt: '2026-05-05T12:00:00Z',
};

test('nodes are counted, and those that are not ready are told of', () => {
  assert.equal(nodesInWords(capacity), '3 nodes');
  assert.equal(nodesInWords({ nodes: 1, readyNodes: 1 }), '1 node');
  assert.equal(nodesInWords({ nodes: 3, readyNodes: 1 }), '1 of 3 nodes ready');
  assert.equal(nodesInWords({ nodes: 0, readyNodes: 0 }), '0 nodes');
});

test('CPU and memory are told with what is in use, in one unit', () => {
  assert.deepEqual(cpuShare(capacity), {
    total: '7.9 cores',
    words: '1.5 of 7.9 cores',
    used: 1.5 / 7.92,
  });
  assert.deepEqual(memoryShare(capacity), {
    total: '24 GiB',
    words: '6 of 24 GiB',
    used: 0.25,
  });
  assert.equal(memoryShare({ ...capacity, memoryBytesUsed: 200 * 2 ** 20 }).words, '0.2 of 24 GiB');
  assert.equal(memoryShare({ ...capacity, memoryBytes: 2 ** 40 }).words, '0.01 of 1 TiB');
});

test('where use is not measured, only what is offered is told', () => {
  const unmeasured = { ...capacity, cpuCores: 1, cpuCoresUsed: null, memoryBytesUsed: null };
  assert.deepEqual(cpuShare(unmeasured), {
    total: '1 core',
    words: '1 core',
    used: undefined,
  });
  assert.deepEqual(memoryShare(unmeasured), {
    total: '24 GiB',
    words: '24 GiB',
    used: undefined,
  });
});

test('a cluster without nodes, or with more in use than offered, breaks nothing', () => {
  const empty = { ...capacity, cpuCores: 0, memoryBytes: 0, cpuCoresUsed: 0, memoryBytesUsed: 0 };
  assert.equal(cpuShare(empty).used, undefined);
  assert.equal(memoryShare(empty).words, '0 of 0 B');
  assert.equal(cpuShare({ ...capacity, cpuCoresUsed: 100 }).used, 1);
});
