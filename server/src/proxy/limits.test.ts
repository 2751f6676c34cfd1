import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SallyportError } from '../errors.ts';
import { createLimits, DEFAULT_LIMITS, type Limits } from './limits.ts';

const tooMany = (error: unknown) =>
  error instanceof SallyportError && error.code === 'request.too_many' && error.retryAfter === 1;

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
