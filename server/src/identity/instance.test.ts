import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { readInstanceId } from './instance.ts';

describeOnStores('the instance id', (open) => {
  test('is made once, and is the same for every process', async () => {
    const store = await open();
    const other = await open({ beside: store });
    const ids = await Promise.all([store, other, store].map(readInstanceId));
    assert.match(ids[0] ?? '', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(new Set(ids).size, 1);
    assert.notEqual(await readInstanceId(await open()), ids[0]);
  });
});
