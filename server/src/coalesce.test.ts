import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coalesce } from './coalesce.ts';
import { createLimit } from './limit.ts';

describe('coalesced work', () => {
  it('runs once for all who wait, and begins after what they have changed', async () => {
    const ends: Array<() => void> = [];
    let value = 'old';
    const run = coalesce(async () => {
      const seen = value;
      await new Promise<void>((resolve) => ends.push(resolve));
      return seen;
    });
    const first = run();
    value = 'new';
    const waiting = [run(), run()];
    assert.equal(ends.length, 1, 'one is under way, the others wait');
    ends[0]?.();
    assert.equal(await first, 'old');
    while (ends.length < 2) await new Promise(setImmediate);
    ends[1]?.();
    assert.deepEqual(await Promise.all(waiting), ['new', 'new']);
    assert.equal(ends.length, 2);
  });

  it('goes on after a run that failed', async () => {
    let runs = 0;
    const run = coalesce(async () => {
      runs += 1;
      if (runs === 1) throw new Error('first');
      return runs;
    });
    const first = run();
    const second = run();
    await assert.rejects(first, { message: 'first' });
    assert.equal(await second, 2);
    assert.equal(await run(), 3);
  });
});

describe('a limit', () => {
  it('lets so many run at once, in order, also after failures', async () => {
    const limit = createLimit(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const jobs = Array.from({ length: 10 }, (_, index) =>
      limit(async () => {
        order.push(index);
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        if (index % 3 === 0) throw new Error('job');
        return index;
      }),
    );
    const results = await Promise.allSettled(jobs);
    assert.equal(most, 2);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 4);
  });
});
