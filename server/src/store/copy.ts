/** Copies of the data for a backup, and the way back. All of them are SQLite files. */
import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { backup, DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type pg from 'pg';
import { fail } from '../errors.ts';
import type { Logger } from './database.ts';
import { migrate } from './migrate.ts';
import { auditMigrations } from './migrations/audit/index.ts';
import { migrations } from './migrations/index.ts';
import { openPostgres, postgresPool } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

/** More than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;
/** How long a lock of another process is waited for. */
const LOCK_WAIT_MS = 10_000;
const ROWS = 1_000;

/**
 * Copies a SQLite database as it is at one moment, whoever writes meanwhile.
 *
 * @param to a file that is not there yet
 * @throws backup.damaged
 */
export async function copySqlite(from: string, to: string): Promise<void> {
  // The copy's mode is not left to the umask.
  closeSync(openSync(to, 'wx', 0o600));
  const source = new DatabaseSync(from, { readOnly: true, timeout: LOCK_WAIT_MS });
  try {
    // All pages in one step, by another thread: a copy in steps begins anew at each write.
    await backup(source, to, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
  check(to);
}

/** @throws backup.damaged where a page or a row is not what it should be */
function check(path: string): void {
  const copy = new DatabaseSync(path, { readOnly: true });
  try {
    const [found] = copy.prepare('pragma quick_check(1)').all();
    const why = String(found?.quick_check);
    if (why !== 'ok') throw fail('backup.damaged', { name: basename(path), why });
  } finally {
    copy.close();
  }
}

/**
 * Copies the data of a PostgreSQL database as they are at one moment into `sallyport.db`, which
 * Sallyport opens as its own.
 *
 * @param folder holds none yet
 * @throws backup.other_version, backup.damaged, and what connecting throws
 */
export async function copyPostgres(url: string, folder: string, logger: Logger): Promise<void> {
  const made = await openSqlite(folder);
  try {
    await migrate(made);
  } finally {
    await made.close();
  }
  const path = `${folder}/sallyport.db`;
  const copy = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    copy.exec('begin');
    await withPostgres(url, logger, async (client) => {
      await client.query('begin isolation level repeatable read read only');
      await requireVersionOf(client);
      for (const table of tablesOf(copy)) await copyTable(client, copy, table);
      await client.query('commit');
    });
    copy.exec('commit');
    const [dangling] = copy.prepare('pragma foreign_key_check').all();
    if (dangling) {
      const why = `a row of ${dangling.table} points to none of ${dangling.parent}`;
      throw fail('backup.damaged', { name: basename(path), why });
    }
    // One file, without one beside it that is easily forgotten.
    copy.exec('pragma journal_mode = delete');
  } finally {
    copy.close();
  }
  check(path);
}

/**
 * Refuses data that this version would first have to change, which is not for a backup to do.
 *
 * @param which the data, or the audit log
 * @throws backup.other_version, store.newer
 */
export function requireVersion(path: string, which: 'data' | 'audit'): void {
  const { table, steps } = VERSIONS[which];
  const database = new DatabaseSync(path, { readOnly: true, timeout: LOCK_WAIT_MS });
  try {
    const there = database.prepare('select 1 from sqlite_schema where name = ?').get(table);
    const rows = there ? database.prepare(`select name from ${table}`).all() : [];
    compareVersion(rows, steps);
  } finally {
    database.close();
  }
}

const VERSIONS = {
  data: { table: 'kysely_migration', steps: migrations },
  audit: { table: 'audit_migration', steps: auditMigrations },
} as const;

async function requireVersionOf(client: pg.PoolClient): Promise<void> {
  for (const { table, steps } of Object.values(VERSIONS)) {
    const { rows: found } = await client.query('select to_regclass($1) as name', [table]);
    const there = found[0]?.name !== null;
    compareVersion(there ? (await client.query(`select name from ${table}`)).rows : [], steps);
  }
}

function compareVersion(
  rows: ReadonlyArray<{ readonly name?: unknown }>,
  steps: Readonly<Record<string, unknown>>,
): void {
  const run = rows.map(({ name }) => String(name));
  const missing = Object.keys(steps).find((name) => !run.includes(name));
  if (missing !== undefined) throw fail('backup.other_version', { migration: missing });
  const unknown = run.find((name) => !Object.hasOwn(steps, name));
  if (unknown !== undefined) throw fail('store.newer', { migration: unknown });
}

async function copyTable(client: pg.PoolClient, copy: DatabaseSync, table: string): Promise<void> {
  const columns = columnsOf(copy, table);
  const names = columns.map(quoted).join(', ');
  copy.exec(`delete from ${quoted(table)}`);
  const insert = copy.prepare(
    `insert into ${quoted(table)} (${names}) values (${columns.map(() => '?').join(', ')})`,
  );
  await client.query(`declare copied no scroll cursor for select ${names} from ${quoted(table)}`);
  for (;;) {
    const { rows } = await client.query({ text: `fetch ${ROWS} from copied`, rowMode: 'array' });
    for (const row of rows as Array<Array<string | number | null>>) insert.run(...row);
    if (rows.length < ROWS) break;
  }
  await client.query('close copied');
  if (!countsUp(copy, table)) return;
  // Ids are never used twice, also not one whose row is gone.
  const { rows } = await client.query(
    `select last_value, is_called from ${await sequenceOf(client, table)}`,
  );
  const last = rows[0]?.is_called ? Number(rows[0].last_value) : 0;
  copy.prepare('delete from sqlite_sequence where name = ?').run(table);
  copy.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, last);
}

/**
 * Fills a PostgreSQL database that holds nothing of Sallyport with what a SQLite file holds: all of it
 * or nothing.
 *
 * @param path the file; it is brought to this version first
 * @throws backup.database_taken, and what opening the two throws
 */
export async function fillPostgres(path: string, url: string, logger: Logger): Promise<void> {
  const file = await openSqlite(dirname(path));
  try {
    await migrate(file);
  } finally {
    await file.close();
  }
  const database = await openPostgres(url, logger);
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    await withPostgres(url, logger, async (client) => {
      await client.query('begin');
      // What a start writes: its instance's id, and users.
      for (const table of ['meta', 'users']) {
        await client.query(`lock table ${table} in exclusive mode`);
        const { rows } = await client.query(`select 1 from ${table} limit 1`);
        if (rows.length > 0) throw fail('backup.database_taken');
      }
      const tables = parentsFirst(source);
      // Those rows that a migration has made.
      for (const table of tables.toReversed()) await client.query(`delete from ${quoted(table)}`);
      for (const table of tables) await fillTable(client, source, table);
      await client.query('commit');
    });
  } finally {
    source.close();
  }
}

async function fillTable(
  client: pg.PoolClient,
  source: DatabaseSync,
  table: string,
): Promise<void> {
  const names = columnsOf(source, table).map(quoted).join(', ');
  const insert = async (rows: ReadonlyArray<Record<string, SQLOutputValue>>) => {
    if (rows.length === 0) return;
    await client.query(
      `insert into ${quoted(table)} (${names}) overriding system value
       select ${names} from json_populate_recordset(null::${quoted(table)}, $1)`,
      [JSON.stringify(rows)],
    );
  };
  let rows: Array<Record<string, SQLOutputValue>> = [];
  for (const row of source.prepare(`select ${names} from ${quoted(table)}`).iterate()) {
    rows.push(row);
    if (rows.length < ROWS) continue;
    await insert(rows);
    rows = [];
  }
  await insert(rows);
  if (!countsUp(source, table)) return;
  const last = source.prepare('select seq from sqlite_sequence where name = ?').get(table)?.seq;
  if (!last) return;
  await client.query('select setval($1, $2)', [await sequenceOf(client, table), last]);
}

async function withPostgres(
  url: string,
  logger: Logger,
  act: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const pool = postgresPool(url, 1, logger);
  try {
    const client = await pool.connect();
    try {
      await act(client);
      client.release();
    } catch (error) {
      // With the connection ends the transaction.
      client.release(true);
      throw error;
    }
  } finally {
    await pool.end();
  }
}

/** The tables of the data, without those in which migrations are written down. */
function tablesOf(database: DatabaseSync): string[] {
  return database
    .prepare(
      `select name from sqlite_schema
       where type = 'table' and name not like 'sqlite!_%' escape '!' and name not like 'kysely!_%' escape '!'
       order by name`,
    )
    .all()
    .map(({ name }) => String(name));
}

/** Each behind those that its rows point to. */
function parentsFirst(database: DatabaseSync): string[] {
  const order = new Set<string>();
  const visit = (table: string, above: readonly string[]) => {
    if (order.has(table) || above.includes(table)) return;
    for (const key of database.prepare(`pragma foreign_key_list(${quoted(table)})`).all()) {
      visit(String(key.table), [...above, table]);
    }
    order.add(table);
  };
  for (const table of tablesOf(database)) visit(table, []);
  return [...order];
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  const columns = database.prepare(`pragma table_info(${quoted(table)})`).all();
  return columns.map(({ name }) => String(name));
}

/** Whether a table's ids are given by the database, and never twice. */
function countsUp(database: DatabaseSync, table: string): boolean {
  const { sql } = database
    .prepare(`select sql from sqlite_schema where type = 'table' and name = ?`)
    .get(table) ?? { sql: '' };
  return /\bautoincrement\b/i.test(String(sql));
}

async function sequenceOf(client: pg.PoolClient, table: string): Promise<string> {
  const { rows } = await client.query('select pg_get_serial_sequence($1, $2) as name', [
    quoted(table),
    'id',
  ]);
  return String(rows[0]?.name);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
