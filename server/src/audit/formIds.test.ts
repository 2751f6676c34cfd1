import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFormIds, FORM_SPAN } from './formIds.ts';

test('a form is stored with the first event that has it, and found by the next ones', () => {
  const ids = createFormIds();
  const first = ids.begin();
  assert.deepEqual([first.idOf('a', 1), first.idOf('b', 2), first.idOf('a', 3)], [1, 2, 1]);
  assert.deepEqual(first.added, [
    [1, 'a'],
    [2, 'b'],
  ]);
  first.committed();
  const second = ids.begin();
  assert.deepEqual([second.idOf('a', 4), second.idOf('c', 5)], [1, 5]);
  assert.deepEqual(second.added, [[5, 'c']]);
});

test('a form is stored anew where its events were not written', () => {
  const ids = createFormIds();
  ids.begin().idOf('a', 1);
  const again = ids.begin();
  assert.equal(again.idOf('a', 1), 1);
  assert.deepEqual(again.added, [[1, 'a']]);
});

test('a form is stored anew after so many events, in one transaction as well', () => {
  const ids = createFormIds();
  const events = ids.begin();
  events.idOf('a', 1);
  assert.equal(events.idOf('a', FORM_SPAN), 1);
  assert.equal(events.idOf('a', FORM_SPAN + 1), FORM_SPAN + 1);
  assert.equal(events.idOf('a', FORM_SPAN + 2), FORM_SPAN + 1);
  assert.deepEqual(events.added, [
    [1, 'a'],
    [FORM_SPAN + 1, 'a'],
  ]);
});

test('many forms do not add up in memory', () => {
  const ids = createFormIds(2);
  for (const [index, form] of ['a', 'b', 'c'].entries()) {
    const one = ids.begin();
    one.idOf(form, index);
    one.committed();
  }
  const events = ids.begin();
  assert.deepEqual([events.idOf('c', 10), events.idOf('a', 11)], [2, 11]);
});
