import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setupTokenOf } from './setup-token.ts';

test('finds the token in the fragment', () => {
  assert.equal(setupTokenOf('#token=sp_setup_abc-_1'), 'sp_setup_abc-_1');
});

test('finds nothing where there is none', () => {
  for (const hash of ['', '#', '#token=', '#other=1']) assert.equal(setupTokenOf(hash), undefined);
});
