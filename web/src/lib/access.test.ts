import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessInWords, scopeInWords } from './access.ts';

const entry = (role: string, namespaces: string[] | null, expiresAt: string | null = null) => ({
  role,
  namespaces,
  expiresAt,
});

test('says what a person may do, and where', () => {
  assert.equal(
    accessInWords([entry('view', null), entry('edit', ['team-b', 'team-a'])]),
    'view everywhere; edit in team-a, team-b',
  );
});

test('says so where a person may do nothing', () => {
  assert.equal(accessInWords([]), 'no access');
});

test('puts the namespaces of one role together', () => {
  assert.equal(accessInWords([entry('edit', ['a']), entry('edit', ['b', 'a'])]), 'edit in a, b');
});

test('names together the roles that hold in the same places, as long', () => {
  const entries = [entry('admin', null), entry('edit', ['a']), entry('view', null)];
  assert.equal(accessInWords(entries), 'admin and view everywhere; edit in a');
  assert.equal(
    accessInWords([...entries, entry('debug', null), entry('ops', null, '2026-12-22T12:00:00Z')]),
    'admin, view and debug everywhere; edit in a; ops everywhere until 22 December 2026',
  );
});

test('leaves out namespaces where the same role holds in the whole cluster', () => {
  assert.equal(accessInWords([entry('edit', ['a']), entry('edit', null)]), 'edit everywhere');
  assert.equal(accessInWords([entry('edit', null), entry('edit', ['a'])]), 'edit everywhere');
});

test('keeps what ends apart from what does not', () => {
  assert.equal(
    accessInWords([entry('edit', ['a']), entry('edit', null, '2026-12-22T12:00:00Z')]),
    'edit in a; edit everywhere until 22 December 2026',
  );
});

test('counts namespaces that would make the line too long', () => {
  assert.equal(scopeInWords(['a', 'b', 'c', 'd']), 'in a, b, c, d');
  assert.equal(scopeInWords(['e', 'b', 'c', 'd', 'a']), 'in a, b, c and 2 more');
});

test('says by which labels namespaces are chosen, and which those are now', () => {
  const chosen = { ...entry('edit', ['pay', 'pay-eu']), namespaceSelector: 'team=pay' };
  assert.equal(
    accessInWords([entry('edit', ['a']), chosen]),
    'edit in a; edit in namespaces with team=pay (now pay, pay-eu)',
  );
  assert.equal(scopeInWords([], 'team=pay'), 'in namespaces with team=pay');
  assert.equal(scopeInWords(null, null), 'everywhere');
});
