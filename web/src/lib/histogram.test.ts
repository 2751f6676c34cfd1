import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barAfter, countInWords, heightsOf, spanOf, widthInWords } from './histogram.ts';

const bar = (total: number, refused = 0, failed = 0) => ({
  start: '2026-03-04T10:00:00.000Z',
  ...{ total, refused, failed },
});

test('bars are as high as their part of the tallest, and never too low to be seen', () => {
  const [tall, low, none] = heightsOf([bar(1_000, 250), bar(1, 0, 1), bar(0)]);
  assert.deepEqual(tall, { done: 0.75, refused: 0.25, failed: 0 });
  assert.deepEqual(low, { done: 0, refused: 0, failed: 0.03 });
  assert.deepEqual(none, { done: 0, refused: 0, failed: 0 });
});

test('a bar is a filter for all of its time, both ends included', () => {
  assert.deepEqual(spanOf(bar(1), 3_600), {
    from: '2026-03-04T10:00:00.000Z',
    to: '2026-03-04T10:59:59.999Z',
  });
});

test('a width is said in its largest unit', () => {
  assert.deepEqual([1, 30, 60, 300, 3_600, 21_600, 86_400, 604_800].map(widthInWords), [
    ...['a second', '30 seconds', 'a minute', '5 minutes'],
    ...['an hour', '6 hours', 'a day', '7 days'],
  ]);
});

test('what a bar holds is said in words', () => {
  assert.equal(countInWords(bar(1)), '1 event');
  assert.equal(countInWords(bar(1_200, 3, 1)), '1,200 events, 3 refused, 1 failed');
});

test('arrows go from bar to bar and stop at the ends', () => {
  assert.deepEqual(
    ['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Tab'].map((key) => barAfter(key, 0, 3)),
    [0, 1, 0, 2, undefined],
  );
  assert.equal(barAfter('ArrowRight', 2, 3), 2);
  assert.equal(barAfter('End', 0, 0), undefined);
});
