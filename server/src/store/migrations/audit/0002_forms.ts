import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../../database.ts';

/** What is the same in the texts of many events, stored once; schema.ts says how. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  const long = sqlite ? 'integer' : 'bigint';
  const forms = db.schema
    .createTable('audit_forms')
    .addColumn('id', long, (column) => column.primaryKey().notNull())
    .addColumn('form', 'text', (column) => column.notNull());
  await (sqlite ? forms.modifyEnd(sql`strict`) : forms).execute();
  await db.schema.alterTable('audit_details').addColumn('form_id', long).execute();
  // Times are found by halving (audit/timeIds.ts).
  await db.schema.dropIndex('audit_events_by_time').execute();
  if (sqlite) {
    // Four times as many parts of the index as by default may wait to be merged: a seventh of the
    // writing less, and looked for in a few parts more.
    await sql`insert into audit_words (audit_words, rank) values ('automerge', 16)`.execute(db);
  }
}
