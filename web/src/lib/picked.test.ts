import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOTHING_PICKED, type Picked, setPicked } from './picked.ts';

const one = { id: 1, name: 'one' };
const two = { id: 2, name: 'two' };

test('what is not shown stays picked when all that are shown are picked or let go', () => {
  const hidden = setPicked(NOTHING_PICKED, [one], true);
  const both = setPicked(hidden, [two], true);
  assert.deepEqual([...both.values()], ['one', 'two']);
  assert.deepEqual([...setPicked(both, [two], false).values()], ['one']);
  assert.deepEqual([...NOTHING_PICKED], []);
});

test('never holds an environment twice, whatever is pressed in which order', () => {
  const items = fc.array(
    fc.integer({ min: 1, max: 5 }).map((id) => ({ id, name: `e-${id}` })),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(items, fc.boolean())), (presses) => {
      const picked = presses.reduce<Picked>(
        (so, [some, isPicked]) => setPicked(so, some, isPicked),
        NOTHING_PICKED,
      );
      const sent = [...picked.keys()];
      assert.equal(new Set(sent).size, sent.length);
      const [last] = presses.slice(-1);
      for (const { id } of last?.[0] ?? []) assert.equal(picked.has(id), last?.[1]);
    }),
  );
});
