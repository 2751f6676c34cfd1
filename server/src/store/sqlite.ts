import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { fail } from '../errors.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** How long to wait for another process's lock before giving up. */
const LOCK_WAIT_MS = 10_000;
/** How much of it SQLite waits itself, each time, with the event loop standing still. */
const BUSY_TIMEOUT_MS = 5;
const POLL_MS = 50;

/**
 * Opens, or makes, `sallyport.db` in a directory.
 *
 * One connection writes and another reads, so that in WAL mode reads never wait for a write
 * transaction. `synchronous=FULL` keeps each acknowledged commit through a power cut.
 *
 * @throws store.data_dir, store.database_broken
 */
export async function openSqlite(dataDir: string): Promise<Database> {
  const path = join(resolve(dataDir), 'sallyport.db');
  try {
    makeDirectory(dirname(path));
    // SQLite gives its -wal and -shm files the mode of the database itself.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    throw fail('store.data_dir', { path: dataDir, why: reasonOf(error) }, error);
  }
  const writing = await connect(path);
  const reading = await connect(path);
  reading.exec('pragma query_only = on');
  const open = (connection: DatabaseSync, begin: NodeSqliteConfig['begin']) =>
    new Kysely<Schema>({
      dialect: new NodeSqliteDialect({
        ...{ database: adapt(connection), begin },
        inTransaction: () => connection.isTransaction,
      }),
    });
  // A transaction that takes the write lock only at its first write is refused where another
  // process has written since it began to read (SQLite, "Transactions").
  const writer = open(writing, 'begin immediate');
  const reader = open(reading, 'begin');
  // Differs whenever another connection has committed (SQLite, "PRAGMA data_version").
  const dataVersion = reading.prepare('pragma data_version');
  let version: unknown;
  return {
    dialect: 'sqlite',
    reader,
    writer,
    pollMs: POLL_MS,
    async mayHaveNews() {
      const before = version;
      version = dataVersion.get()?.data_version;
      return version !== before;
    },
    // BEGIN IMMEDIATE did it, and other processes see for themselves.
    async lockWrites() {},
    async announce() {},
    onAnnouncement() {},
    async close() {
      await reader.destroy();
      await writer.destroy();
      for (const connection of [reading, writing]) if (connection.isOpen) connection.close();
    },
  };
}

/**
 * Makes a directory and those above it. Node's own `recursive` never returns where the system
 * denies that a parent exists although it does, as it is below `/proc`.
 */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it at the same time.
    if (!existsSync(path)) throw error;
  }
}

async function connect(path: string): Promise<DatabaseSync> {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    const opened = connection;
    await whileBusy(() => opened.exec('pragma journal_mode = wal; pragma synchronous = full'));
    return opened;
  } catch (error) {
    connection?.close();
    throw fail('store.database_broken', { path, why: reasonOf(error) }, error);
  }
}

/** The face of better-sqlite3 that Kysely expects, on node:sqlite; the only place that knows it. */
function adapt(connection: DatabaseSync): SqliteDatabase {
  return {
    close: () => connection.close(),
    prepare(text) {
      const statement = connection.prepare(text);
      const values = (parameters: ReadonlyArray<unknown>) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        // node:sqlite's rows have no prototype; plain objects compare equal to PostgreSQL's.
        all: (parameters) => statement.all(...values(parameters)).map((row) => ({ ...row })),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

interface NodeSqliteConfig {
  readonly database: SqliteDatabase;
  readonly begin: 'begin' | 'begin immediate';
  readonly inTransaction: () => boolean;
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #config: NodeSqliteConfig;
  constructor(config: NodeSqliteConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver(): Driver {
    return new PatientDriver(this.#config);
  }
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/** Waits for other processes' locks without holding up the event loop, as SQLite itself would. */
class PatientDriver extends SqliteDriver {
  readonly #begin: string;
  readonly #inTransaction: () => boolean;
  constructor(config: NodeSqliteConfig) {
    super(config);
    this.#begin = config.begin;
    this.#inTransaction = config.inTransaction;
  }
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: (query) => whileBusy(() => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#begin));
  }
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Where a disk is full, SQLite has rolled back by itself; an error of this would hide why.
    if (this.#inTransaction()) await super.rollbackTransaction(connection);
  }
}

/** Lets a migration happen as a whole or not at all: SQLite's DDL is transactional. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Tries until no other process has the lock. Nothing happened where SQLite said BUSY; and inside a
 * transaction that holds the write lock, it does not say so.
 */
async function whileBusy<T>(action: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await delay(5 + Math.random() * 10);
    }
  }
}

/** SQLITE_BUSY, in the low byte of the extended code. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && (code & 0xff) === 5;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
