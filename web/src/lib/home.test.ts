import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { homeQuery, isNarrowed, offeredLabels, parseHomeSearch } from './home.ts';

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

test('leaves out labels that the server would not understand', () => {
  assert.deepEqual(parseHomeSearch({ label: 'env=prod,=x,a b=c,!x=y,region=' }), {
    label: 'env=prod,region=',
  });
});

test('asks the server for a page of what one may enter, filtered and sorted', () => {
  assert.deepEqual(homeQuery({}), { limit: 50, offset: 0, accessible: 'true' });
  assert.deepEqual(
    homeQuery({ q: 'west', page: 3, state: 'up', label: 'env=prod,region=us', sort: '-state' }),
    {
      ...{ limit: 50, offset: 100, q: 'west', accessible: 'true' },
      ...{ state: 'up', labels: 'env=prod,region=us', sort: '-state' },
    },
  );
});

test('an order or a page asks for no less than everything', () => {
  assert.equal(isNarrowed({ page: 2, sort: '-name' }), false);
  for (const search of [{ q: 'a' }, { state: 'up' }, { label: 'a=b' }] as const) {
    assert.equal(isNarrowed(search), true);
  }
});

test('offers each label that is not chosen yet, with how often it occurs', () => {
  const labels = [
    { key: 'env', value: 'prod', count: 2 },
    { key: 'region', value: '', count: 1 },
  ];
  assert.deepEqual(offeredLabels(labels, ['env=prod']), [['region=', 1]]);
});
