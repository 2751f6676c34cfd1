import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExploreSearch, reportPath, reportQuery } from './explore.ts';

test('reads a question from the address bar, and nothing else', () => {
  assert.deepEqual(
    parseExploreSearch({ ask: 'namespace', namespace: 7, environmentId: '3', page: 2, x: 1 }),
    { ask: 'namespace', namespace: '7', environmentId: 3, page: 2 },
  );
  assert.deepEqual(parseExploreSearch({ ask: 'all', userId: 'dana', namespace: 'A B' }), {});
});

test('asks for a report once the question is whole', () => {
  assert.equal(reportQuery({}), undefined);
  assert.equal(reportQuery({ userId: 3, ask: 'namespace' }), undefined);
  assert.deepEqual(reportQuery({ userId: 3, namespace: 'a' }), { userId: 3 });
  assert.deepEqual(reportQuery({ ask: 'namespace', namespace: 'a', environmentId: 2 }), {
    namespace: 'a',
    environmentId: 2,
  });
  assert.equal(
    reportPath({ namespace: 'a', environmentId: 2 }),
    '/api/access/report?namespace=a&environmentId=2',
  );
});
