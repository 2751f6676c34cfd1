import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';
import { nameKey } from '../names.ts';

/** The columns that this migration adds, whatever schema.ts says in later versions. */
interface RolesOnly {
  roles: { id: number; name: string; name_key: string; key: string };
}

/** Roles that an admin makes of rules; schema.ts says what each column holds. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  const time = sqlite ? 'integer' : 'bigint';
  const key = sqlite ? 'text' : sql`text collate "C"`;
  for (const column of ['name_key', 'key']) {
    await db.schema
      .alterTable('roles')
      .addColumn(column, key, (made) => made.notNull().defaultTo(''))
      .execute();
  }
  await db.schema.alterTable('roles').addColumn('rules', 'text').execute();
  for (const column of ['created_at', 'updated_at']) {
    await db.schema
      .alterTable('roles')
      .addColumn(column, time, (made) => made.notNull().defaultTo(0))
      .execute();
  }
  const roles = (db as Kysely<RolesOnly>).selectFrom('roles').select(['id', 'name']);
  for (const { id, name } of await roles.execute()) {
    await (db as Kysely<RolesOnly>)
      .updateTable('roles')
      .set({ name_key: nameKey(name), key: name })
      .where('id', '=', id)
      .execute();
  }
  await db.schema
    .createIndex('roles_by_name_key')
    .unique()
    .on('roles')
    .column('name_key')
    .execute();
}
