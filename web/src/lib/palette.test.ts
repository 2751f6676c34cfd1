import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCommands, nextIndex } from './palette.ts';

const COMMANDS = [
  { name: 'My kubeconfigs' },
  { name: 'Kubeconfig', words: 'download file' },
  { name: 'Use the dark theme', words: 'night' },
  { name: 'Sign out', words: 'log leave' },
];
const found = (query: string) => findCommands(COMMANDS, query).map(({ name }) => name);

test('nothing typed gives every command in its order', () => {
  assert.deepEqual(
    found('  '),
    COMMANDS.map(({ name }) => name),
  );
});

test('each word must begin a word of the command', () => {
  assert.deepEqual(found('th da'), ['Use the dark theme']);
  assert.deepEqual(found('ign'), []);
  assert.deepEqual(found('dark sign'), []);
});

test('a command is found by other words for it, after those that are named so', () => {
  assert.deepEqual(found('NIGHT'), ['Use the dark theme']);
  assert.deepEqual(found('kube'), ['Kubeconfig', 'My kubeconfigs']);
});

test('the arrows go round, and there is nowhere to go in an empty list', () => {
  assert.equal(nextIndex('ArrowDown', 2, 3), 0);
  assert.equal(nextIndex('ArrowUp', 0, 3), 2);
  assert.equal(nextIndex('PageDown', 0, 3), 2);
  assert.equal(nextIndex('PageUp', 2, 3), 0);
  assert.equal(nextIndex('ArrowDown', 0, 0), undefined);
  assert.equal(nextIndex('x', 0, 3), undefined);
});
