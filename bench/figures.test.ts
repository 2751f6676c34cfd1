import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quantile, ratio, type Sample, spread, valuesOf, withAddedLatency } from './figures.ts';

const sample = (contender: string, round: number, figures: Sample['figures']): Sample => ({
  scenario: 'get',
  contender,
  round,
  figures,
});

test('a spread has the middle value, the least and the greatest', () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3, count: 3 });
  assert.deepEqual(spread([4, 1]), { median: 2.5, min: 1, max: 4, count: 2 });
  assert.equal(spread([]), undefined);
});

test('a median lies between the least and the greatest value, in whatever order they come', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
  fc.assert(
    fc.property(values, (all) => {
      const one = spread(all);
      assert.ok(one !== undefined && one.min <= one.median && one.median <= one.max);
      assert.deepEqual(spread(all.toReversed()), one);
    }),
  );
});

test('a quantile is taken between two values', () => {
  assert.equal(quantile([0, 10], 0.99), 9.9);
  assert.equal(quantile([7], 0.99), 7);
});

test('a ratio pairs the samples of one round', () => {
  const samples = [
    sample('sallyport', 0, { cpuPerRequest: 10 }),
    sample('go', 0, { cpuPerRequest: 20 }),
    // A disturbed round: both are three times as slow.
    sample('sallyport', 1, { cpuPerRequest: 30 }),
    sample('go', 1, { cpuPerRequest: 60 }),
  ];
  assert.deepEqual(ratio(samples, 'get', 'cpuPerRequest', 'sallyport', 'go'), {
    median: 0.5,
    min: 0.5,
    max: 0.5,
    count: 2,
  });
});

test('without a round in common, and against nothing, there is no ratio', () => {
  const samples = [
    sample('sallyport', 0, { cpuPerRequest: 10 }),
    sample('go', 1, { cpuPerRequest: 20 }),
    sample('nginx', 0, { cpuPerRequest: 0 }),
  ];
  for (const against of ['go', 'nginx', 'direct']) {
    assert.equal(ratio(samples, 'get', 'cpuPerRequest', 'sallyport', against), undefined);
  }
});

test('added latency is what lies above direct access in the same round', () => {
  const [direct, own, lonely] = withAddedLatency(
    [
      sample('direct', 0, { p50: 1, p99: 2 }),
      sample('sallyport', 0, { p50: 1.5, p99: 5 }),
      sample('sallyport', 1, { p50: 9, p99: 9 }),
    ],
    'direct',
  );
  assert.deepEqual(direct?.figures, { p50: 1, p99: 2 });
  assert.deepEqual(own?.figures, { p50: 1.5, p99: 5, addedP50: 0.5, addedP99: 3 });
  assert.deepEqual(lonely?.figures, { p50: 9, p99: 9 });
});

test('a figure that was not taken is no value, and zero is one', () => {
  const samples = [sample('go', 0, { lost: 0 }), sample('go', 1, {})];
  assert.deepEqual(valuesOf(samples, 'get', 'go', 'lost'), [0]);
});
