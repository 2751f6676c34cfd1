import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../../database.ts';

/** The columns that people ask by: on PostgreSQL each has an index of its own. */
const ASKED_BY = [
  ...['kind', 'user_id', 'username', 'environment_id'],
  ...['namespace', 'verb', 'resource', 'status'],
] as const;

/** The audit log; schema.ts says what each column holds. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  // SQLite's integer has 64 bits, and its strict tables know no other word for it.
  const long = sqlite ? 'integer' : 'bigint';
  const table = (name: string) =>
    sqlite ? db.schema.createTable(name).modifyEnd(sql`strict`) : db.schema.createTable(name);

  await table('audit_counter')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('last_id', long, (column) => column.notNull())
    .addColumn('last_time', long, (column) => column.notNull())
    .execute();
  await sql`insert into audit_counter (id, last_id, last_time) values (1, 0, 0)`.execute(db);

  // Narrow, so that even a question that no index answers reads little.
  await table('audit_events')
    .addColumn('id', long, (column) => column.primaryKey().notNull())
    .addColumn('time', long, (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('user_id', 'integer')
    .addColumn('username', 'text')
    .addColumn('environment_id', 'integer')
    .addColumn('namespace', 'text')
    .addColumn('verb', 'text', (column) => column.notNull())
    .addColumn('resource', 'text')
    .addColumn('status', 'integer', (column) => column.notNull())
    .execute();
  // Times never fall from one id to the next, so a span of time is a span of ids.
  await db.schema
    .createIndex('audit_events_by_time')
    .on('audit_events')
    .columns(['time', 'id'])
    .execute();

  const details = table('audit_details')
    .addColumn('id', long, (column) => column.primaryKey().notNull())
    .addColumn('event', 'text', (column) => column.notNull());
  if (sqlite) {
    await details.execute();
    // One inverted index for all: words of the text, and the values of the columns as words of
    // their own. It gives rows in the order of their ids, however many conditions are joined.
    // It keeps no text itself; its words come divided already (audit/words.ts).
    await sql`create virtual table audit_words using fts5 (
      words, content = '', contentless_delete = 1, detail = none,
      tokenize = "ascii tokenchars '=_'"
    )`.execute(db);
    return;
  }
  await details.addColumn('words', sql`tsvector`, (column) => column.notNull()).execute();
  await db.schema
    .createIndex('audit_details_by_words')
    .on('audit_details')
    .using('gin')
    .column('words')
    .execute();
  for (const column of ASKED_BY) {
    await db.schema
      .createIndex(`audit_events_by_${column}`)
      .on('audit_events')
      .columns([column, 'id'])
      .execute();
  }
}
