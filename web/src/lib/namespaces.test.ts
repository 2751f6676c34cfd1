import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNamespaces } from './namespaces.ts';

test('reads namespaces separated by commas or white space, each once', () => {
  assert.deepEqual(parseNamespaces(' team-a, team-b\nteam-a '), ['team-a', 'team-b']);
  assert.deepEqual(parseNamespaces(' , '), []);
});
