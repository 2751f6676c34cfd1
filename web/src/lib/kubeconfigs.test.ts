import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kubeconfig } from '@sallyport/contract';
import {
  canRenew,
  consequencesInWords,
  consequencesOf,
  endsSoon,
  kubeconfigQuery,
  parseKubeconfigSearch,
} from './kubeconfigs.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

function kubeconfig(over: Partial<Kubeconfig>): Kubeconfig {
  return {
    ...{ id: 1, userId: 1, username: 'dana', name: 'laptop', hint: 'abcd', state: 'active' },
    environments: [{ id: 1, name: 'staging' }],
    createdAt: '2026-11-01T12:00:00Z',
    ...{ expiresAt: null, idleAfter: null, idleAt: null, renewedAt: null, renewedAs: null },
    signInUntil: null,
    ...{ revokedAt: null, lastUsedAt: null, lastUsedFrom: null, lastUsedBy: null },
    ...over,
  };
}

test('reads the filters from the address bar, and leaves out what makes no sense', () => {
  const search = { q: 'ci', page: 2, state: 'expiring', username: 'dana', environmentId: 7 };
  assert.deepEqual(parseKubeconfigSearch(search), search);
  assert.deepEqual(
    parseKubeconfigSearch({ state: 'good', username: ' ', environmentId: 'x', page: 0 }),
    {},
  );
  assert.deepEqual(parseKubeconfigSearch({ username: 42 }), { username: '42' });
});

test('asks the API for what is shown', () => {
  assert.deepEqual(kubeconfigQuery({ page: 2, state: 'revoked', environmentId: 7 }), {
    ...{ limit: 50, offset: 50, state: 'revoked', environmentId: 7 },
  });
});

test('offers a new file for what was neither revoked nor renewed', () => {
  assert.ok(canRenew(kubeconfig({})));
  assert.ok(canRenew(kubeconfig({ state: 'expired' })));
  assert.ok(!canRenew(kubeconfig({ state: 'revoked' })));
  assert.ok(!canRenew(kubeconfig({ renewedAt: '2026-11-20T12:00:00Z' })));
});

test('says that a file ends soon in the last quarter of its life, at most a week', () => {
  const made = (createdAt: string, expiresAt: string | null) => ({ createdAt, expiresAt });
  const day = made('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z');
  assert.equal(endsSoon(day, new Date('2026-11-22T17:59:59Z')), false);
  assert.equal(endsSoon(day, new Date('2026-11-22T18:00:00Z')), true);
  const year = made('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z');
  assert.equal(endsSoon(year, new Date('2026-12-24T23:59:59Z')), false);
  assert.equal(endsSoon(year, new Date('2026-12-25T00:00:00Z')), true);
  assert.equal(endsSoon(made('2026-01-01T00:00:00Z', null), NOW), false);
});

test('says what stops working when files are taken back', () => {
  const both = [
    { id: 1, name: 'staging' },
    { id: 2, name: 'production' },
  ];
  const files = [
    kubeconfig({ id: 1, lastUsedAt: '2026-11-22T11:00:00Z' }),
    kubeconfig({ id: 2, userId: 2, environments: both, lastUsedAt: '2026-11-22T11:59:00Z' }),
    kubeconfig({ id: 3, lastUsedAt: '2026-11-20T12:00:00Z' }),
    kubeconfig({ id: 4 }),
  ];
  const found = consequencesOf(files, NOW);
  assert.deepEqual([found.people, found.environments, found.recent], [2, 2, 2]);
  assert.deepEqual(
    found.latest.map(({ id }) => id),
    [2, 1],
  );
  assert.equal(consequencesInWords(4, found), '4 kubeconfigs of 2 people, for 2 environments');
  assert.equal(
    consequencesInWords(1, consequencesOf(files.slice(0, 1), NOW)),
    '1 kubeconfig, for 1 environment',
  );
});
