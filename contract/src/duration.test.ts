import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { durationInWords, formatDuration, MAX_DURATION_MS, parseDuration } from './duration.ts';

const HOUR = 3_600_000;

describe('a duration', () => {
  it('is read as Kubernetes writes it', () => {
    assert.equal(parseDuration('24h'), 24 * HOUR);
    assert.equal(parseDuration('1h30m'), 1.5 * HOUR);
    assert.equal(parseDuration('90s'), 90_000);
    assert.equal(parseDuration('1.5h'), 1.5 * HOUR);
  });

  it('is read in days and weeks too, as people say it', () => {
    assert.equal(parseDuration('7d'), 168 * HOUR);
    assert.equal(parseDuration('2w'), 336 * HOUR);
  });

  it('means never when it is zero', () => {
    for (const text of ['0', '0s', '0h', '00']) assert.equal(parseDuration(text), 0);
  });

  it('is refused when it is no duration, negative, under a second or over a century', () => {
    for (const text of [
      '',
      'h',
      '24',
      '-1h',
      '1h-2m',
      '1 h',
      'NaNh',
      '1e9h',
      '10ms',
      '101y',
      '900000h',
      '∞',
    ]) {
      assert.equal(parseDuration(text), undefined, text);
    }
    assert.equal(parseDuration('876600h'), MAX_DURATION_MS);
  });

  it('is written back in one form that reads as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS / 1000 }), (seconds) => {
        const text = formatDuration(seconds * 1000);
        assert.match(text, /^(\d+h)?(\d+m)?(\d+s)?$/);
        assert.equal(parseDuration(text), seconds * 1000);
      }),
    );
    assert.equal(formatDuration(0), '0');
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        assert.ok(
          ms === undefined || (Number.isSafeInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS),
        );
      }),
    );
  });

  it('is said in words', () => {
    assert.equal(durationInWords(24 * HOUR), '1 day');
    assert.equal(durationInWords(720 * HOUR), '30 days');
    assert.equal(durationInWords(8760 * HOUR), '1 year');
    assert.equal(durationInWords(1.5 * HOUR), '1 hour 30 minutes');
    assert.equal(durationInWords(36 * HOUR), '1 day 12 hours');
  });
});
