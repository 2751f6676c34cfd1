import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCircles } from './circles.ts';

const circles = (imports: Record<string, string[]>) =>
  findCircles(new Map(Object.entries(imports))).map((circle) => circle.join(' '));

test('files that import one another are named along their circle', () => {
  assert.deepEqual(circles({ a: ['b'], b: ['c'], c: ['b'] }), ['b c b']);
});

test('a file that imports itself is one', () => {
  assert.deepEqual(circles({ a: ['a'] }), ['a a']);
});

test('what is imported by several, or from elsewhere, is none', () => {
  assert.deepEqual(circles({ a: ['b', 'c'], b: ['d', 'elsewhere'], c: ['d'], d: [] }), []);
});

test('circles apart are each told of', () => {
  assert.deepEqual(circles({ a: ['b'], b: ['a'], c: ['d'], d: ['c'] }), ['a b a', 'c d c']);
});
