import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linkChannels } from '../workers/testing.ts';
import { type AttemptEvent, createAttempts } from './attempts.ts';

const LIMIT = { free: 3, firstWaitMs: 1_000, longestWaitMs: 10_000, forgetMs: 60_000 };

function setUp() {
  let at = 1_000_000;
  const attempts = createAttempts(LIMIT, () => at);
  return {
    ...attempts,
    pass(ms: number) {
      at += ms;
    },
  };
}

test('so many attempts are free, and each further one doubles the wait up to the longest', () => {
  const { begin, waitMs, pass } = setUp();
  const waits: number[] = [];
  for (let n = 0; n < 9; n += 1) {
    begin('a');
    waits.push(waitMs('a'));
    pass(waitMs('a'));
  }
  assert.deepEqual(waits, [0, 0, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
});

test('the wait runs down and then the next attempt is let through', () => {
  const { begin, waitMs, pass } = setUp();
  for (let n = 0; n < 3; n += 1) begin('a');
  pass(400);
  assert.equal(waitMs('a'), 600);
  pass(600);
  assert.equal(waitMs('a'), 0);
});

test('one key does not wait for another', () => {
  const { begin, waitMs } = setUp();
  for (let n = 0; n < 5; n += 1) begin('a');
  assert.ok(waitMs('a') > 0);
  assert.equal(waitMs('b'), 0);
});

test('all is forgotten some time after the last attempt, or at once where that is asked', () => {
  const { begin, waitMs, pass, forget } = setUp();
  for (let n = 0; n < 3; n += 1) begin('a');
  pass(1_000 + 60_000);
  begin('a');
  assert.equal(waitMs('a'), 0);
  for (let n = 0; n < 5; n += 1) begin('a');
  forget('a');
  assert.equal(waitMs('a'), 0);
});

test('an attempt that is given back does not count', () => {
  const { begin, waitMs, giveBack } = setUp();
  for (let n = 0; n < 20; n += 1) {
    begin('a');
    giveBack('a');
  }
  begin('a');
  begin('a');
  assert.equal(waitMs('a'), 0);
  begin('a');
  assert.equal(waitMs('a'), 1_000);
  giveBack('unheard of');
});

test('the wait is never longer than the longest, however many attempts there are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), (count) => {
      const { begin, waitMs } = setUp();
      for (let n = 0; n < count; n += 1) begin('a');
      assert.ok(waitMs('a') <= LIMIT.longestWaitMs);
      assert.equal(waitMs('a') > 0, count >= LIMIT.free);
    }),
  );
});

test('several processes count together, and take back and forget together', () => {
  const at = 1_000_000;
  const [here, there] = linkChannels(2).map((open) =>
    createAttempts(LIMIT, () => at, open<AttemptEvent>('attempts')),
  );
  assert.ok(here && there);
  here.begin('a');
  there.begin('a');
  assert.deepEqual([here.waitMs('a'), there.waitMs('a')], [0, 0]);
  here.begin('a');
  assert.deepEqual([here.waitMs('a'), there.waitMs('a')], [1_000, 1_000]);
  there.giveBack('a');
  assert.deepEqual([here.waitMs('a'), there.waitMs('a')], [0, 0]);
  there.begin('a');
  here.forget('a');
  assert.deepEqual([here.waitMs('a'), there.waitMs('a')], [0, 0]);
});
