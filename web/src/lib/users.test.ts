import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUserSearch, userQuery } from './users.ts';

test('reads from the address bar whether a second factor is looked for, or its lack', () => {
  assert.deepEqual(parseUserSearch({ q: 'da', page: 2, secondFactor: 'off' }), {
    ...{ q: 'da', page: 2 },
    secondFactor: 'off',
  });
  assert.deepEqual(parseUserSearch({ secondFactor: 'on' }), { secondFactor: 'on' });
  for (const secondFactor of ['', true, 'maybe', null]) {
    assert.deepEqual(parseUserSearch({ secondFactor }), {});
  }
});

test('asks the API as it takes it', () => {
  assert.deepEqual(userQuery({}), {});
  assert.deepEqual(userQuery({ q: 'da', secondFactor: 'off' }), { q: 'da', secondFactor: 'false' });
  assert.deepEqual(userQuery({ secondFactor: 'on' }), { secondFactor: 'true' });
});
