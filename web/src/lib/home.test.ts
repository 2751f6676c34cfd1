import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HomeSearch, labelCounts, parseHomeSearch, stateCounts, viewOf } from './home.ts';

const ENVIRONMENTS = [
  { id: 1, name: 'west-10', labels: { env: 'prod', region: 'us' }, state: 'up' },
  { id: 2, name: 'west-9', labels: { env: 'prod' }, state: 'down' },
  { id: 3, name: 'build', labels: {}, state: 'unknown' },
  { id: 4, name: 'east', labels: { env: 'staging', region: '' }, state: 'up' },
] as const;

const namesFor = (search: HomeSearch) => viewOf(ENVIRONMENTS, search).rows.map(({ name }) => name);

test('reads filters and order from the address bar', () => {
  assert.deepEqual(
    parseHomeSearch({
      q: 'a',
      page: 2,
      state: 'down',
      label: 'env=prod,region=us',
      sort: '-state',
    }),
    { q: 'a', page: 2, state: 'down', label: 'env=prod,region=us', sort: '-state' },
  );
});

test('leaves out what makes no sense or says nothing', () => {
  assert.deepEqual(parseHomeSearch({ state: 'odd', label: 'nothing,', sort: 'name' }), {});
  assert.deepEqual(parseHomeSearch({ state: ['up'], label: 7, sort: {} }), {});
  assert.deepEqual(parseHomeSearch({ label: 'a=b,a=b,' }), { label: 'a=b' });
});

test('what it read it reads again the same', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('q', 'page', 'state', 'label', 'sort'), fc.anything()),
      (search) => {
        const once = parseHomeSearch(search);
        assert.deepEqual(parseHomeSearch({ ...once }), once);
      },
    ),
  );
});

test('numbers in names count as numbers', () => {
  assert.deepEqual(namesFor({}), ['build', 'east', 'west-9', 'west-10']);
  assert.deepEqual(namesFor({ sort: '-name' }), ['west-10', 'west-9', 'east', 'build']);
});

test('by state, what is down comes first, and each state is in the order of names', () => {
  assert.deepEqual(namesFor({ sort: 'state' }), ['west-9', 'build', 'east', 'west-10']);
  assert.deepEqual(namesFor({ sort: '-state' }), ['east', 'west-10', 'build', 'west-9']);
});

test('shows what has the state, every label and the words', () => {
  assert.deepEqual(namesFor({ state: 'up' }), ['east', 'west-10']);
  assert.deepEqual(namesFor({ label: 'env=prod' }), ['west-9', 'west-10']);
  assert.deepEqual(namesFor({ label: 'env=prod,region=us' }), ['west-10']);
  assert.deepEqual(namesFor({ label: 'region=' }), ['east'], 'a label may be empty');
  assert.deepEqual(namesFor({ label: 'constructor=x' }), []);
  assert.deepEqual(namesFor({ state: 'up', q: 'WEST' }), ['west-10']);
});

test('pages what matches, and a page beyond the last is the last', () => {
  const many = Array.from({ length: 1000 }, (_, i) => ({
    id: i + 1,
    name: `e-${i}`,
    labels: {},
    state: 'up' as const,
  }));
  assert.deepEqual(viewOf(many, { page: 2 }).rows.at(0)?.name, 'e-50');
  const beyond = viewOf(many, { page: 99 });
  assert.deepEqual([beyond.page, beyond.total, beyond.rows.length], [20, 1000, 50]);
  assert.deepEqual(viewOf([], { page: 3 }), { rows: [], total: 0, page: 1 });
});

test('counts states and labels', () => {
  assert.deepEqual(stateCounts(ENVIRONMENTS), { up: 2, down: 1, unknown: 1 });
  assert.deepEqual(labelCounts(ENVIRONMENTS), [
    ['env=prod', 2],
    ['env=staging', 1],
    ['region=', 1],
    ['region=us', 1],
  ]);
});
