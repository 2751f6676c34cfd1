import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryClient } from '@tanstack/react-query';
import { answerOf, rowsOf, show } from './foresee.ts';

const LIST = ['teams.list', { query: {} }];
const SEARCH = ['teams.list', { query: { q: 'o' } }];
const OTHER = ['users.list', {}];

const team = (id: number, name: string) => ({ id, name, members: 0, createdAt: '2026-11-22' });

function filled(): QueryClient {
  const cache = new QueryClient();
  cache.setQueryData(LIST, { items: [team(1, 'one'), team(2, 'two')], total: 2 });
  cache.setQueryData(SEARCH, { items: [team(2, 'two')], total: 1 });
  cache.setQueryData(OTHER, { items: [], total: 0 });
  return cache;
}

test('a row changes on every page and search it stands on', async () => {
  const cache = filled();
  await show(cache, [
    rowsOf('teams.list', (row) => (row.id === 2 ? { ...row, name: 'second' } : row)),
  ]);
  assert.deepEqual(cache.getQueryData(LIST), {
    items: [team(1, 'one'), team(2, 'second')],
    total: 2,
  });
  assert.deepEqual(cache.getQueryData(SEARCH), { items: [team(2, 'second')], total: 1 });
  assert.deepEqual(cache.getQueryData(OTHER), { items: [], total: 0 });
});

test('a row that goes is counted no more, and comes back where the server refuses', async () => {
  const cache = filled();
  const before = cache.getQueryData(LIST);
  const putBack = await show(cache, [
    rowsOf('teams.list', (row) => (row.id === 2 ? undefined : row)),
  ]);
  assert.deepEqual(cache.getQueryData(LIST), { items: [team(1, 'one')], total: 1 });
  assert.deepEqual(cache.getQueryData(SEARCH), { items: [], total: 0 });
  putBack();
  assert.deepEqual(cache.getQueryData(LIST), before);
});

test('an answer that was on its way does not undo what is shown', async () => {
  const cache = filled();
  const { promise, resolve } = Promise.withResolvers<object>();
  const reading = cache.fetchQuery({ queryKey: LIST, queryFn: () => promise });
  await show(cache, [rowsOf('teams.list', () => undefined)]);
  resolve({ items: [team(1, 'one'), team(2, 'two')], total: 2 });
  await reading.catch(() => {});
  assert.deepEqual(cache.getQueryData(LIST), { items: [], total: 0 });
});

test('an answer as a whole changes where it is at hand, and is not made up where it is not', async () => {
  const cache = filled();
  await show(cache, [answerOf('auth.me', (me) => ({ ...me, username: 'other' }))]);
  assert.equal(cache.getQueryData(['auth.me', {}]), undefined);
});
