import type { RoleRule } from '@sallyport/contract';
import type { Kysely } from 'kysely';
import type { Schema } from '../../store/schema.ts';
import type { DesiredRole } from './roleManifests.ts';

/** Every custom role by its key; roles of the same rules are one to a cluster, with all their names. */
export async function customRoles(db: Kysely<Schema>): Promise<ReadonlyMap<string, DesiredRole>> {
  const rows = await db
    .selectFrom('roles')
    .select(['key', 'name', ({ ref }) => ref('rules').$notNull().as('rules')])
    .where('rules', 'is not', null)
    .orderBy('name_key')
    .execute();
  const roles = new Map<string, DesiredRole>();
  for (const { key, name, rules } of rows) {
    const known = roles.get(key);
    roles.set(key, {
      roleKey: key,
      names: [...(known?.names ?? []), name],
      rules: known?.rules ?? (JSON.parse(rules) as RoleRule[]),
    });
  }
  return roles;
}
