import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from './plan.ts';

test('the usual pace measures everything that the thorough one does, in less time', () => {
  const [usual, thorough] = [planOf('usual'), planOf('thorough')];
  assert.equal(usual.quick, false);
  assert.deepEqual(
    [usual.watches, usual.manyWatches, usual.objects],
    [thorough.watches, thorough.manyWatches, thorough.objects],
  );
  assert.ok(usual.rounds < thorough.rounds && usual.seconds < thorough.seconds);
  assert.ok(usual.rounds > 1, 'a ratio of one round says nothing of how far rounds lie apart');
});
