import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeReturnPath } from './return-path.ts';

test('goes back to a page of ours, with its search', () => {
  assert.equal(safeReturnPath('/users?q=dana&page=2'), '/users?q=dana&page=2');
});

test('goes home instead of to another site', () => {
  for (const path of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:x',
  ]) {
    assert.equal(safeReturnPath(path), '/', path);
  }
});

test('goes home instead of back to the sign-in, the set-up or the API', () => {
  for (const path of ['/signin', '/signin?to=/', '/setup#token=x', '/api/auth/me']) {
    assert.equal(safeReturnPath(path), '/', path);
  }
});

test('goes home where the address bar holds something else', () => {
  for (const path of [undefined, null, 7, {}, '']) assert.equal(safeReturnPath(path), '/');
});

test('stays on its own origin whatever it is given', () => {
  const base = 'https://gate.example';
  const hostile = fc.stringMatching(/^\/[/\\.:@a-z\t\n%?#]*$/);
  fc.assert(
    fc.property(fc.oneof(hostile, fc.webUrl(), fc.string()), (path) => {
      assert.equal(new URL(safeReturnPath(path), base).origin, base);
    }),
    { numRuns: 1000 },
  );
});
