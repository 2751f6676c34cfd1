import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlapInWords } from './overlap.ts';

const NOW = new Date(2026, 10, 22, 14, 5);

test('says until when an old file stays good', () => {
  assert.equal(overlapInWords('24h', null, NOW), 'Until 23 November 2026 at 14:05.');
  assert.equal(
    overlapInWords('0', null, NOW),
    'It ends at once, and so does what it has open now.',
  );
});

test('is never longer than the file would have lived anyway', () => {
  const own = new Date(2026, 10, 22, 16, 0).toISOString();
  assert.equal(
    overlapInWords('24h', own, NOW),
    'Until 22 November 2026 at 16:00, when it would have ended anyway.',
  );
  assert.equal(overlapInWords('1h', own, NOW), 'Until 22 November 2026 at 15:05.');
});
