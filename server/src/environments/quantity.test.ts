import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseQuantity } from './quantity.ts';

test('reads quantities as Kubernetes writes them', () => {
  for (const [text, value] of [
    ['4', 4],
    ['3920m', 3.92],
    ['125n', 1.25e-7],
    ['16Gi', 17_179_869_184],
    ['16384Ki', 16_777_216],
    ['1.5G', 1.5e9],
    ['1e3', 1000],
    ['12E6', 12e6],
    ['2E', 2e18],
    ['.5', 0.5],
    ['0', 0],
  ] as const) {
    assert.ok(Math.abs((parseQuantity(text) ?? Number.NaN) - value) <= value * 1e-12, text);
  }
});

test('takes nothing else for a quantity', () => {
  for (const text of [
    '',
    'm',
    '1 Gi',
    '1gi',
    '1KiB',
    '0x10',
    '1e',
    'NaN',
    'Infinity',
    '1e999',
    7,
  ]) {
    assert.equal(parseQuantity(text), undefined, String(text));
  }
});

test('gives a finite number or nothing, whatever a cluster says', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (text) => {
      const value = parseQuantity(text);
      assert.ok(value === undefined || Number.isFinite(value));
    }),
  );
});
