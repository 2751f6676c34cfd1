import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { SallyportError } from '../errors.ts';
import { createLimits, DEFAULT_LIMITS, type Limits } from './limits.ts';
import { TELL_INTERVAL, type Told } from './sharedCounts.ts';

const tooMany = (error: unknown) =>
  error instanceof SallyportError && error.code === 'request.too_many' && error.retryAfter === 1;

/** Two workers that tell each other at once, on a clock that a test moves. */
function twoWorkers(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const listeners: Array<(told: Told) => void> = [];
  const limits = ['a', 'b'].map((self, index) =>
    createLimits(
      { ...DEFAULT_LIMITS, requestsPerKubeconfig: 10, requestsPerEnvironment: 12 },
      {
        workers: 2,
        self,
        channel: {
          publish: (told) => listeners[1 - index]?.(told),
          subscribe(listener) {
            listeners[index] = listener;
            return () => {};
          },
        },
      },
    ),
  );
  const [a, b] = limits as [Limits, Limits];
  const take = (which: Limits, count: number, kubeconfig = 1) => {
    for (let i = 0; i < count; i++) which.take(kubeconfig, 1, false);
  };
  const looks = (count: number) => t.mock.timers.tick(count * TELL_INTERVAL);
  return { a, b, take, looks };
}

describe('the limits of several workers', () => {
  it('are one, from the moment that they have told each other', (t) => {
    const { a, b, take, looks } = twoWorkers(t);
    take(a, 6);
    looks(1);
    take(b, 4);
    assert.throws(() => take(b, 1), tooMany);
    looks(1);
    assert.throws(() => take(a, 1), tooMany);
    a.give(1, 1, false);
    looks(1);
    take(b, 1);
  });

  it('are one for an environment, too', (t) => {
    const { a, b, take, looks } = twoWorkers(t);
    take(a, 6, 1);
    looks(1);
    take(b, 6, 2);
    assert.throws(() => take(b, 1, 3), tooMany);
  });

  it('count a worker no longer that has ended, and one that lives for ever', (t) => {
    const { a, b, take, looks } = twoWorkers(t);
    take(a, 10);
    looks(500);
    assert.throws(() => take(b, 1), tooMany);
    a.close();
    looks(50);
    take(b, 10);
  });

  it('ask for no word about what is little', (t) => {
    const published = t.mock.fn();
    t.mock.timers.enable({ apis: ['setInterval'] });
    const channel = { publish: published, subscribe: () => () => {} };
    const limits = createLimits(DEFAULT_LIMITS, { workers: 2, self: 'a', channel });
    for (let kubeconfig = 0; kubeconfig < 40; kubeconfig++) limits.take(kubeconfig, 1, false);
    t.mock.timers.tick(10 * TELL_INTERVAL);
    assert.equal(published.mock.callCount(), 0);
    limits.close();
  });
});

describe('the limits', () => {
  let time = 0;
  let limits: Limits;
  beforeEach(() => {
    time = 0;
    limits = createLimits(
      {
        ...DEFAULT_LIMITS,
        requestsPerKubeconfig: 2,
        requestsPerEnvironment: 3,
        streamsPerKubeconfig: 1,
        abortsPerKubeconfig: 2,
        abortsPerSecond: 1,
      },
      undefined,
      () => time,
    );
  });

  it('are counted by kubeconfig, and given back', () => {
    limits.take(1, 1, false);
    limits.take(1, 2, false);
    assert.throws(() => limits.take(1, 3, false), tooMany);
    limits.take(2, 1, false);
    limits.give(1, 1, false);
    limits.take(1, 3, false);
  });

  it('are counted by environment', () => {
    for (const kubeconfig of [1, 2, 3]) limits.take(kubeconfig, 1, false);
    assert.throws(() => limits.take(4, 1, false), tooMany);
    limits.take(4, 2, false);
  });

  it('count streams apart from short requests', () => {
    limits.take(1, 1, true);
    assert.throws(() => limits.take(1, 1, true), tooMany);
    limits.take(1, 1, false);
  });

  it('take no place when they refuse', () => {
    limits.take(1, 1, true);
    for (let i = 0; i < 5; i++) assert.throws(() => limits.take(1, 1, true), tooMany);
    limits.give(1, 1, true);
    limits.take(1, 1, true);
  });

  it('refuse a kubeconfig that gives up too much, until it has waited', () => {
    limits.aborted(1);
    limits.take(1, 1, false);
    limits.aborted(1);
    assert.throws(() => limits.take(1, 1, false), tooMany);
    limits.take(2, 1, false);
    time += 1_000;
    limits.take(1, 1, false);
    limits.aborted(1);
    assert.throws(() => limits.take(1, 1, false), tooMany);
  });
});
