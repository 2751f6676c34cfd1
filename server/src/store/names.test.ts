import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyContains, nameKey } from './names.ts';
import { describeOnStores } from './testing.ts';

test('names that differ in case or in compatibility forms only have one key', () => {
  for (const [one, other] of [
    ['Prod', 'pROD'],
    ['STRASSE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['ﬁle', 'FILE'],
    ['ｐｒｏｄ', 'prod'],
    ['e\u0301', 'É'],
  ] as const) {
    assert.equal(nameKey(one), nameKey(other));
  }
  assert.notEqual(nameKey('prod'), nameKey('prod-2'));
});

test('the key of a key is itself, and case never matters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      assert.equal(nameKey(nameKey(name)), nameKey(name));
      assert.equal(nameKey(name.toUpperCase()), nameKey(name));
    }),
    { numRuns: 2000 },
  );
});

describeOnStores('names in a store', (open) => {
  const names = ['b', 'A', 'a-1', 'a_1', '100%', 'a\\b', 'Straße', 'ä', 'z'];

  test('sort the same on every database, and are found as typed', async () => {
    const store = await open();
    await store.write(async (tx) => {
      for (const name of names) {
        await tx
          .insertInto('teams')
          .values({ name, name_key: nameKey(name), created_at: 1 })
          .execute();
      }
    });
    const find = async (typed: string) => {
      const rows = await store.db
        .selectFrom('teams')
        .select('name')
        .where(({ ref }) => keyContains(ref('name_key'), typed))
        .orderBy('name_key')
        .execute();
      return rows.map(({ name }) => name);
    };
    assert.deepEqual(await find(''), ['100%', 'A', 'a-1', 'a\\b', 'a_1', 'b', 'Straße', 'z', 'ä']);
    assert.deepEqual(await find('%'), ['100%']);
    assert.deepEqual(await find('_'), ['a_1']);
    assert.deepEqual(await find('\\'), ['a\\b']);
    assert.deepEqual(await find('STRASSE'), ['Straße']);
    assert.deepEqual(await find('Ä'), ['ä']);
    assert.deepEqual(await find("'"), []);
  });
});
