import { chmodSync, closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { fail } from '../errors.ts';
import type { Dialect, Logger } from './database.ts';
import { migrate } from './migrate.ts';
import { auditMigrations } from './migrations/audit/index.ts';
import { postgresPool } from './postgres.ts';
import type { AuditSchema } from './schema.ts';
import { threadedSqlite } from './threaded.ts';

/** Where the audit log is kept: apart from the store, so that neither ever waits for the other. */
export interface AuditDatabase {
  readonly dialect: Dialect;
  readonly reader: Kysely<AuditSchema>;
  /** Reads as well; for what may take a while, so that nobody's list of events waits for it. */
  readonly counter: Kysely<AuditSchema>;
  /** Runs one transaction at a time. */
  readonly writer: Kysely<AuditSchema>;
  close(): Promise<void>;
}

export interface AuditDatabaseOptions {
  /** Where SQLite's `audit.db` is; it must exist. */
  readonly dataDir: string;
  /** `postgres://…`; absent: SQLite in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly logger: Logger;
}

const READ_CONNECTIONS = 3;

/**
 * Opens the audit log's database and brings its tables up to date. SQLite's is a file of its own,
 * read and written in threads; on PostgreSQL the tables stand beside the others.
 *
 * @throws store.data_dir, store.database_broken, store.newer, store.url_invalid, store.unreachable,
 *   store.migration_failed
 */
export async function openAuditDatabase(options: AuditDatabaseOptions): Promise<AuditDatabase> {
  const { databaseUrl, logger } = options;
  const database =
    databaseUrl === undefined ? inFile(options.dataDir) : inPostgres(databaseUrl, logger);
  try {
    await migrate(database, auditMigrations, 'audit_migration');
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function inFile(dataDir: string): AuditDatabase {
  const path = join(resolve(dataDir), 'audit.db');
  try {
    // SQLite gives its -wal and -shm files the mode of the database itself.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail('store.data_dir', { path: dataDir, why }, error);
  }
  const open = (readOnly: boolean) =>
    new Kysely<AuditSchema>({ dialect: threadedSqlite({ path, readOnly }) });
  return over('sqlite', { reader: open(true), counter: open(true), writer: open(false) });
}

function inPostgres(url: string, logger: Logger): AuditDatabase {
  const open = (max: number) =>
    new Kysely<AuditSchema>({
      dialect: new PostgresDialect({ pool: postgresPool(url, max, logger) }),
    });
  const reader = open(READ_CONNECTIONS);
  return over('postgres', { reader, counter: reader, writer: open(1) });
}

function over(
  dialect: Dialect,
  connections: Pick<AuditDatabase, 'reader' | 'counter' | 'writer'>,
): AuditDatabase {
  return {
    dialect,
    ...connections,
    async close() {
      await Promise.all([...new Set(Object.values(connections))].map((one) => one.destroy()));
    },
  };
}
