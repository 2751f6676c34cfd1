import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration';
import { fail } from '../errors.ts';
import type { Dialect } from './database.ts';
import { type MigrationStep, migrations } from './migrations/index.ts';

/**
 * Brings a database up to this program's schema: all missing migrations or none. Several processes
 * may do it at once; Kysely's lock lets one through and the others find nothing left to do.
 *
 * @param steps a set of migrations, and the table in which it is written down which of them were run:
 *   two sets in one database need two tables
 * @returns the migrations that were run, in their order; none where another process did it
 * @throws store.newer where a later version of Sallyport has been at work, store.migration_failed
 */
export async function migrate<S>(
  database: { readonly dialect: Dialect; readonly writer: Kysely<S> },
  steps: Readonly<Record<string, MigrationStep>> = migrations,
  table = DEFAULT_MIGRATION_TABLE,
): Promise<string[]> {
  const migrator = new Migrator({
    db: database.writer,
    provider: { getMigrations: async () => bind(steps, database.dialect) },
    migrationTableName: table,
    migrationLockTableName: `${table}_lock`,
  });
  const unknown = await firstUnknown(database.writer, steps, table);
  if (unknown !== undefined) throw fail('store.newer', { migration: unknown });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return results.map(({ migrationName }) => migrationName);
  const failed = results.find((result) => result.status === 'Error');
  throw fail(
    'store.migration_failed',
    { migration: failed?.migrationName ?? 'its start', why: String(error) },
    error,
  );
}

function bind(
  steps: Readonly<Record<string, MigrationStep>>,
  dialect: Dialect,
): Record<string, Migration> {
  return Object.fromEntries(
    Object.entries(steps).map(([name, up]) => [name, { up: (db) => up(db, dialect) }]),
  );
}

/** The first migration that was run here and that this program has never heard of. */
async function firstUnknown<S>(
  db: Kysely<S>,
  steps: Readonly<Record<string, MigrationStep>>,
  table: string,
): Promise<string | undefined> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === table)) return undefined;
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(table)}
    order by name`.execute(db);
  return rows.map((row) => row.name).find((name) => !Object.hasOwn(steps, name));
}
