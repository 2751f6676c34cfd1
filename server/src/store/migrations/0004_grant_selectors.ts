import type { Kysely } from 'kysely';

/** Grants by label, with a note why; schema.ts says what each column holds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['environment_selector', 'namespace_selector']) {
    await db.schema.alterTable('grants').addColumn(column, 'text').execute();
  }
  await db.schema
    .alterTable('grants')
    .addColumn('note', 'text', (made) => made.notNull().defaultTo(''))
    .execute();
}
