import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOnStores } from './testing.ts';

describeOnStores('a store', (open) => {
  test('has the built-in roles', async () => {
    const store = await open();
    const roles = await store.db.selectFrom('roles').selectAll().orderBy('id').execute();
    assert.deepEqual(
      roles.map((role) => [role.id, role.name, role.builtin]),
      [
        [1, 'view', 1],
        [2, 'edit', 1],
        [3, 'admin', 1],
        [4, 'cluster-admin', 1],
      ],
    );
  });

  test('tells another process of a change', async () => {
    const store = await open();
    const other = await open({ beside: store });
    const heard = new Promise((resolve) => other.onChange(resolve));
    await store.write(async (_tx, changed) => changed('users'));
    assert.deepEqual(await heard, new Set(['users']));
  });
});
