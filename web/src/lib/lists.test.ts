import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listQuery, parseListSearch, rangeInWords } from './lists.ts';

test('reads search and page from the address bar', () => {
  assert.deepEqual(parseListSearch({ q: 'dana', page: 3 }), { q: 'dana', page: 3 });
  assert.deepEqual(parseListSearch({ q: 42 }), { q: '42' });
});

test('leaves out what makes no sense or says nothing', () => {
  assert.deepEqual(parseListSearch({ q: '', page: 1 }), {});
  assert.deepEqual(parseListSearch({ q: ['x'], page: 'two', other: 1 }), {});
  assert.deepEqual(parseListSearch({ page: -4 }), {});
  assert.deepEqual(parseListSearch({ page: Number.POSITIVE_INFINITY }), {});
});

test('asks the API for the rows of the page', () => {
  assert.deepEqual(listQuery({}), { limit: 50, offset: 0 });
  assert.deepEqual(listQuery({ q: 'a', page: 3 }), { limit: 50, offset: 100, q: 'a' });
});

test('says which rows are shown', () => {
  assert.equal(rangeInWords(2, 13, 63), '51–63 of 63');
  assert.equal(rangeInWords(4, 0, 63), '0 of 63');
});
