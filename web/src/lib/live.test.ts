import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesInWords, parseLiveSearch, streamInWords } from './live.ts';

test('the address bar says which streams are shown, and nonsense in it says nothing', () => {
  assert.deepEqual(parseLiveSearch({ q: 'dana', page: 2, environmentId: 3 }), {
    q: 'dana',
    page: 2,
    environmentId: 3,
  });
  assert.deepEqual(parseLiveSearch({ environmentId: 'x', page: -1 }), {});
  assert.deepEqual(parseLiveSearch({ environmentId: 1e12 }), {});
});

test('a stream is named by what was asked for', () => {
  const watch = { verb: 'watch', resource: 'pods', subresource: '', namespace: 'payments' };
  assert.equal(streamInWords({ ...watch, name: '', path: '/x' }), 'watch pods in payments');
  assert.equal(
    streamInWords({ ...watch, verb: 'create', subresource: 'exec', name: 'web-0', path: '/x' }),
    'create pods/exec web-0 in payments',
  );
  const other = { verb: 'get', resource: '', subresource: '', namespace: '', name: '' };
  assert.equal(streamInWords({ ...other, path: '/debug' }), 'get /debug');
});

test('bytes are counted in thousands', () => {
  assert.deepEqual([0, 999, 1_000, 1_234, 56_789, 999_499, 999_500, 5e9, 2e15].map(bytesInWords), [
    '0 B',
    '999 B',
    '1.0 kB',
    '1.2 kB',
    '57 kB',
    '999 kB',
    '1.0 MB',
    '5.0 GB',
    '2000 TB',
  ]);
});
