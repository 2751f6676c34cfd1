import { sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration';
import { fail } from '../errors.ts';
import type { Database, Dialect } from './database.ts';
import { type MigrationStep, migrations } from './migrations/index.ts';

/**
 * Brings a database up to this program's schema: all missing migrations or none. Several processes
 * may do it at once; Kysely's lock lets one through and the others find nothing left to do.
 *
 * @throws store.newer where a later version of Sallyport has been at work, store.migration_failed
 */
export async function migrate(
  database: Pick<Database, 'dialect' | 'writer'>,
  steps: Readonly<Record<string, MigrationStep>> = migrations,
): Promise<void> {
  const migrator = new Migrator({
    db: database.writer,
    provider: { getMigrations: async () => bind(steps, database.dialect) },
  });
  const unknown = await firstUnknown(database.writer, steps);
  if (unknown !== undefined) throw fail('store.newer', { migration: unknown });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error');
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
async function firstUnknown(
  db: Database['writer'],
  steps: Readonly<Record<string, MigrationStep>>,
): Promise<string | undefined> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === DEFAULT_MIGRATION_TABLE)) return undefined;
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}
    order by name`.execute(db);
  return rows.map((row) => row.name).find((name) => !Object.hasOwn(steps, name));
}
