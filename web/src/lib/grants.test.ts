import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  endingInWords,
  isFiltered,
  parseGrantSearch,
  placeInWords,
  selectorProblem,
  someOf,
} from './grants.ts';

test('reads the filters of grants from the address bar, and nothing else', () => {
  assert.deepEqual(
    parseGrantSearch({ q: 'dana', page: '2', state: 'ending', userId: '3', roleId: 'x', a: 1 }),
    { q: 'dana', page: 2, state: 'ending', userId: 3 },
  );
  assert.deepEqual(parseGrantSearch({ state: 'odd', environmentId: -1, teamId: 1.5 }), {});
});

test('knows whether a list is whole', () => {
  assert.equal(isFiltered({ page: 3 }), false);
  assert.equal(isFiltered({ teamId: 3 }), true);
});

test('says what is wrong with a selector once there is one', () => {
  assert.equal(selectorProblem(' '), undefined);
  assert.equal(selectorProblem('env=prod,!old'), undefined);
  assert.match(selectorProblem('env=prod,') ?? '', /^The selector ends where a label key/);
});

test('says which environments a grant is for', () => {
  const named = { allEnvironments: false, environmentSelector: null, environmentCount: 2 };
  assert.equal(placeInWords(named), '2 environments');
  assert.equal(placeInWords({ ...named, environmentCount: 1 }), 'one environment');
  assert.equal(placeInWords({ ...named, environmentSelector: 'a=b' }), 'environments with a=b');
  assert.equal(placeInWords({ ...named, allEnvironments: true }), 'every environment');
});

test('names a few and counts the rest', () => {
  assert.equal(someOf(['a', 'b']), 'a, b');
  assert.equal(someOf(['a', 'b', 'c'], 9, 2), 'a, b and 7 more');
});

test('says how many grants end with somebody', () => {
  assert.equal(endingInWords('Their', undefined), 'Their grants end');
  assert.equal(endingInWords('Their', 0), 'They have no grant in force');
  assert.equal(endingInWords('Its', 0), 'No grant in force ends');
  assert.equal(endingInWords('Its', 1), 'Its one grant in force ends');
  assert.equal(endingInWords('Their', 3), 'Their 3 grants in force end');
});
