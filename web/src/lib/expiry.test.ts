import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiryChoices, expiryInWords, expiryLabel } from './expiry.ts';

const NOW = new Date(2026, 10, 22, 14, 5);

test('says for how long a file lives and until which day', () => {
  assert.equal(expiryInWords('720h', NOW), 'Expires in 30 days, on 22 December 2026');
  assert.equal(expiryInWords('8760h', NOW), 'Expires in 1 year, on 22 November 2027');
  assert.equal(expiryInWords('49h', NOW), 'Expires in 2 days 1 hour, on 24 November 2026');
});

test('adds the time of day where the file ends within two days', () => {
  assert.equal(expiryInWords('24h', NOW), 'Expires in 1 day, on 23 November 2026 at 14:05');
  assert.equal(
    expiryInWords('1h30m', NOW),
    'Expires in 1 hour 30 minutes, on 22 November 2026 at 15:35',
  );
});

test('says that a file never expires only where the setting is 0', () => {
  assert.equal(expiryInWords('0', NOW), 'This file will not expire');
  assert.notEqual(expiryInWords('48h', NOW), 'This file will not expire');
  assert.notEqual(expiryInWords('nonsense', NOW), 'This file will not expire');
});

test('labels a lifetime by its words', () => {
  assert.deepEqual(['24h', '168h', '0', 'soon'].map(expiryLabel), [
    '1 day',
    '7 days',
    'No expiry',
    'soon',
  ]);
});

test('offers the default and what is shorter, never what is longer than the longest', () => {
  const choices = (usual: string, longest = usual) => expiryChoices({ default: usual, longest });
  assert.deepEqual(choices('720h'), ['720h', '168h', '24h', '8h', '1h']);
  assert.deepEqual(choices('48h'), ['48h', '24h', '8h', '1h']);
  assert.deepEqual(choices('30m'), ['30m']);
  assert.deepEqual(choices('24h', '1000h'), ['24h', '1000h', '720h', '168h', '8h', '1h']);
});

test('offers every lifetime where no expiry is allowed, and a year where all but that is', () => {
  const all = ['8760h', '720h', '168h', '24h', '8h', '1h'];
  assert.deepEqual(expiryChoices({ default: '0', longest: '0' }), ['0', ...all]);
  assert.deepEqual(expiryChoices({ default: '8760h', longest: '876600h' }), all);
});
