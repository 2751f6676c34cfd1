import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesQuery } from './search.ts';

const environment = { name: 'Production EU', labels: { env: 'prod', region: 'eu-central-1' } };

test('finds by part of the name in any case', () => {
  assert.ok(matchesQuery(environment, 'duction'));
  assert.ok(matchesQuery(environment, 'production eu'));
});

test('finds by label key, value or both', () => {
  assert.ok(matchesQuery(environment, 'region'));
  assert.ok(matchesQuery(environment, 'central'));
  assert.ok(matchesQuery(environment, 'env=prod'));
});

test('wants every word, in any order', () => {
  assert.ok(matchesQuery(environment, 'central production'));
  assert.ok(!matchesQuery(environment, 'production us'));
});

test('matches everything where nothing is typed', () => {
  assert.ok(matchesQuery(environment, ''));
  assert.ok(matchesQuery(environment, '   '));
});
