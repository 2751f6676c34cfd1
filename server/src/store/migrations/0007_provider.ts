import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** Sign-in through a provider; schema.ts says what each column holds. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  const time = sqlite ? 'integer' : 'bigint';
  await db.schema
    .alterTable('users')
    .addColumn('sign_in', 'text', (made) => made.notNull().defaultTo('password'))
    .execute();
  for (const [name, type] of [
    ['provider_issuer', 'text'],
    ['provider_subject', 'text'],
    ['provider_at', time],
  ] as const) {
    await db.schema.alterTable('users').addColumn(name, type).execute();
  }
  await db.schema
    .createIndex('users_by_subject')
    .unique()
    .on('users')
    .columns(['provider_issuer', 'provider_subject'])
    .execute();

  const provider = db.schema.createTable('sign_in_provider');
  await (sqlite ? provider.modifyEnd(sql`strict`) : provider)
    .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('client_secret', 'text', (column) => column.notNull())
    .addColumn('ca', 'text')
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('username_claim', 'text', (column) => column.notNull())
    .addColumn('groups_claim', 'text')
    .addColumn('button', 'text', (column) => column.notNull())
    .addColumn('entry', 'text', (column) => column.notNull())
    .addColumn('entry_groups', 'text', (column) => column.notNull())
    .addColumn('admin_groups', 'text', (column) => column.notNull())
    .addColumn('counts_for', time, (column) => column.notNull())
    .execute();

  const groups = db.schema.createTable('provider_groups');
  await (sqlite ? groups.modifyEnd(sql`strict, without rowid`) : groups)
    .addColumn('group_name', 'text', (column) => column.notNull())
    .addColumn('team_id', 'integer', (column) =>
      column.notNull().references('teams.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('provider_groups_key', ['group_name', 'team_id'])
    .execute();

  const answers = db.schema.createTable('provider_answers');
  await (sqlite ? answers.modifyEnd(sql`strict, without rowid`) : answers)
    .addColumn('state_hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at', time, (column) => column.notNull())
    .execute();
}
