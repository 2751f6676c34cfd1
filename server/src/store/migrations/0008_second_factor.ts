import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** One-time codes as a second factor of sign-in; schema.ts says what each column holds. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  const big = sqlite ? 'integer' : 'bigint';
  const table = (name: string) =>
    sqlite ? db.schema.createTable(name).modifyEnd(sql`strict`) : db.schema.createTable(name);

  await table('second_factors')
    .addColumn('user_id', 'integer', (column) =>
      column.primaryKey().references('users.id').onDelete('cascade'),
    )
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('session_id', 'integer')
    .addColumn('created_at', big, (column) => column.notNull())
    .addColumn('confirmed_at', big)
    .addColumn('last_step', big, (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('open_at', big, (column) => column.notNull())
    .execute();

  await table('recovery_codes')
    .addColumn('user_id', 'integer', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('recovery_codes_key', ['user_id', 'code_hash'])
    .execute();

  await table('second_factor_removals')
    .addColumn('user_id', 'integer', (column) =>
      column.primaryKey().references('users.id').onDelete('cascade'),
    )
    .addColumn('removed_at', big, (column) => column.notNull())
    .addColumn('removed_by', 'text')
    .execute();

  await table('half_sign_ins')
    .addColumn('token_hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'integer', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('expires_at', big, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('half_sign_ins_by_user_id')
    .on('half_sign_ins')
    .column('user_id')
    .execute();

  await db.schema
    .alterTable('sessions')
    .addColumn('second_factor_due', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
