import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRestarts } from './restarts.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

test('the first one to end is replaced at once, and so is one that had run for long', () => {
  const { delayAfter } = createRestarts();
  assert.deepEqual([SECOND, SECOND, HOUR, HOUR].map(delayAfter), [0, 100, 0, 0]);
});

test('one that ends soon again and again is replaced ever later, up to half a minute', () => {
  const { delayAfter } = createRestarts();
  const delays = Array.from({ length: 12 }, () => delayAfter(SECOND));
  assert.deepEqual(
    delays,
    [0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000],
  );
});
