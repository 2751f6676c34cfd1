import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayOf, exactTime, relativeTime, sinceWords } from './time.ts';

const NOW = new Date(2026, 10, 22, 14, 5, 9);
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

test('says how long ago something was, in its largest unit', () => {
  const words = [0, -59, -60, -7_199, -86_400, -3 * 86_400, -65 * 86_400, -800 * 86_400];
  assert.deepEqual(
    words.map((seconds) => relativeTime(later(seconds), NOW)),
    [
      'just now',
      'just now',
      '1 minute ago',
      '1 hour ago',
      '1 day ago',
      '3 days ago',
      '2 months ago',
      '2 years ago',
    ],
  );
});

test('says how soon something will be', () => {
  assert.equal(relativeTime(later(30), NOW), 'in less than a minute');
  assert.equal(relativeTime(later(29 * 86_400), NOW), 'in 29 days');
});

test('does not count a day less for what was made a moment ago', () => {
  assert.equal(relativeTime(later(30 * 86_400 - 90), NOW), 'in 30 days');
  assert.equal(relativeTime(later(7 * 86_400 - 90), NOW), 'in 7 days');
  assert.equal(relativeTime(later(86_400 - 90), NOW), 'in 1 day');
  assert.equal(relativeTime(later(6.9 * 86_400), NOW), 'in 6 days');
});

test('gives the clock for today and the day for what is older', () => {
  assert.equal(sinceWords(later(-3600), NOW), '13:05');
  assert.equal(sinceWords(later(-86_400), NOW), '21 November 2026');
});

test('writes days and exact times for people', () => {
  assert.equal(dayOf(NOW), '22 November 2026');
  assert.match(exactTime(NOW), /^22 November 2026 at 14:05:09 \S+/);
});
