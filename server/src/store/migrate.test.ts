import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import { describeOnStores, type Place } from './testing.ts';

const silent = { info() {}, warn() {}, error() {} };

const openDatabase = ({ dataDir, databaseUrl }: Place) =>
  databaseUrl === undefined ? openSqlite(dataDir) : openPostgres(databaseUrl, silent);

describeOnStores('a migration', (open) => {
  test('that fails leaves nothing behind, not even those that went well before it', async () => {
    const database = await openDatabase(await open.place());
    const failing = migrate(database, {
      ...migrations,
      '9000_breaks': async (db) => {
        await db.schema.createTable('half').addColumn('a', 'text').execute();
        throw new Error('oops');
      },
    });
    await assert.rejects(failing, { code: 'store.migration_failed', message: /9000_breaks.*oops/ });
    const tables = await database.writer.introspection.getTables();
    assert.deepEqual(
      tables.map(({ name }) => name),
      [],
    );
    assert.deepEqual(await migrate(database), Object.keys(migrations).sort());
    assert.deepEqual(await migrate(database), []);
    await database.close();
  });
});
