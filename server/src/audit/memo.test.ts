import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberByText } from './memo.ts';

test('what a short text gave is remembered, also where that is nothing much', () => {
  let computed = 0;
  const length = rememberByText((text) => {
    computed += 1;
    return text.length;
  });
  assert.deepEqual([length('pods'), length('pods'), length(''), length('')], [4, 4, 0, 0]);
  assert.equal(computed, 2);
});

test('long texts are computed each time, and many short ones do not add up', () => {
  let computed = 0;
  const upper = rememberByText((text) => {
    computed += 1;
    return text.toUpperCase();
  });
  const long = 'a'.repeat(129);
  assert.equal(upper(long), long.toUpperCase());
  upper(long);
  assert.equal(computed, 2);
  for (let n = 0; n < 4_001; n += 1) upper(`n${n}`);
  computed = 0;
  upper('n0');
  assert.equal(computed, 1, 'the first ones were forgotten');
  assert.equal(upper('n4000'), 'N4000');
  assert.equal(computed, 1, 'the last one was not');
});

test('a text that may not stay in memory is computed each time', () => {
  let computed = 0;
  const masked = rememberByText(
    (text) => {
      computed += 1;
      return text.replace('secret', '***');
    },
    (text, result) => text === result,
  );
  assert.deepEqual([masked('a secret'), masked('a secret')], ['a ***', 'a ***']);
  assert.equal(computed, 2);
});
