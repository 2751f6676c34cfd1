import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOTHING, setShown, shownState, toggle } from './selection.ts';

test('ticks and unticks one', () => {
  const once = toggle(NOTHING, 7);
  assert.deepEqual([...once], [7]);
  assert.deepEqual([...toggle(once, 7)], []);
  assert.deepEqual([...NOTHING], []);
});

test('keeps what is hidden when all that are shown are ticked or unticked', () => {
  const hidden = new Set([1]);
  const all = setShown(hidden, [2, 3], true);
  assert.deepEqual([...all].sort(), [1, 2, 3]);
  assert.deepEqual([...setShown(all, [2, 3], false)], [1]);
});

test('never holds an environment twice, whatever is pressed in which order', () => {
  const ids = fc.array(fc.integer({ min: 1, max: 5 }));
  const press = fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((id) => (s: ReadonlySet<number>) => toggle(s, id)),
    fc.tuple(ids, fc.boolean()).map(
      ([shown, ticked]) =>
        (s: ReadonlySet<number>) =>
          setShown(s, shown, ticked),
    ),
  );
  fc.assert(
    fc.property(fc.array(press), (presses) => {
      const selection = presses.reduce((s, next) => next(s), NOTHING);
      assert.equal(new Set([...selection]).size, [...selection].length);
    }),
  );
});

test('tells none, some and all of those shown apart', () => {
  assert.equal(shownState(new Set([9]), [1, 2]), 'none');
  assert.equal(shownState(new Set([1]), [1, 2]), 'some');
  assert.equal(shownState(new Set([1, 2, 9]), [1, 2]), 'all');
  assert.equal(shownState(new Set([1]), []), 'none');
});
