import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLabels, parseLabels } from './labels.ts';

test('reads labels separated by commas or white space', () => {
  assert.deepEqual(parseLabels('env=prod, region=eu\nteam='), {
    env: 'prod',
    region: 'eu',
    team: '',
  });
  assert.deepEqual(parseLabels('  '), {});
});

test('reads back what it writes', () => {
  const labels = { env: 'prod', 'example.com/team': 'a-b' };
  assert.deepEqual(parseLabels(formatLabels(labels)), labels);
});

test('names the part that is no label', () => {
  assert.equal(parseLabels('env=prod, oops'), '"oops" is no label: write it like env=prod.');
  assert.equal(parseLabels('=x'), '"=x" is no label: write it like env=prod.');
  assert.equal(parseLabels('a=b=c'), '"a=b=c" is no label: write it like env=prod.');
});

test('refuses a key that is given twice instead of losing one', () => {
  assert.equal(parseLabels('a=1,a=2'), 'The label a is given twice.');
});

test('takes a key that objects have by themselves as any other', () => {
  assert.equal(formatLabels(parseLabels('toString=x') as Record<string, string>), 'toString=x');
});
