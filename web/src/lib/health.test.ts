import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthHistory } from '@sallyport/contract';
import { availabilityInWords, latencyTop, outagesOf, slotsOf } from './health.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 4, 5, 12, minute)).toISOString();

function history(...points: Array<[minute: number, looksUp: number, message?: string]>) {
  return {
    from: at(0),
    to: at(70),
    stepSeconds: 900,
    availability: null,
    points: points.map(([minute, looksUp, message = null]) => ({
      at: at(minute),
      looks: 30,
      looksUp,
      latencyMs: looksUp ? minute : null,
      latencyMaxMs: looksUp ? minute : null,
      message,
    })),
  } satisfies HealthHistory;
}

test('time in which nobody looked keeps its place', () => {
  const slots = slotsOf(history([15, 30], [60, 30]));
  assert.deepEqual(
    slots.map((slot) => [slot.at.getUTCMinutes(), slot.point?.looksUp]),
    [
      [0, undefined],
      [15, 30],
      [30, undefined],
      [45, undefined],
      [0, 30],
    ],
  );
});

test('outages that follow one another are told as one, the latest first', () => {
  const outages = outagesOf(history([0, 0, 'gone'], [15, 3], [30, 30], [60, 0, 'again']));
  assert.deepEqual(
    outages.map(({ from, to, message, whole }) => [
      from.toISOString(),
      to.toISOString(),
      message,
      whole,
    ]),
    [
      [at(60), at(75), 'again', true],
      [at(0), at(30), 'gone', false],
    ],
  );
  assert.deepEqual(outagesOf(history([0, 30])), []);
});

test('an outage is never rounded away', () => {
  assert.equal(availabilityInWords(1), 'Up all the time');
  assert.equal(availabilityInWords(0.999_999), 'Up 99.99 % of the time');
  assert.equal(availabilityInWords(0.5), 'Up 50 % of the time');
  assert.equal(availabilityInWords(0.000_001), 'Up 0.01 % of the time');
  assert.equal(availabilityInWords(0), 'Down all the time');
  assert.equal(availabilityInWords(null), 'Nobody has looked yet');
});

test('the scale of latency ends at a round number, above the highest', () => {
  assert.equal(latencyTop(history()), 10);
  assert.equal(latencyTop(history([15, 30])), 20);
  assert.equal(latencyTop(history([15, 30], [45, 30])), 50);
  assert.equal(latencyTop(history([60, 30])), 100);
});
