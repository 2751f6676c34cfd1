import type { Role, RoleCreate, RolePatch, RoleRule } from '@sallyport/contract';
import type { Kysely, Transaction } from 'kysely';
import { fail } from '../errors.ts';
import { keyContains, nameKey } from '../store/names.ts';
import type { Row, Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { isUniqueViolation } from '../store/violations.ts';
import { clusterRoleOf } from './policy.ts';
import { type GrantInEnvironment, grantsInEnvironments } from './queries.ts';
import type { Reconciler } from './rbac/reconciler.ts';
import { customRoleKey } from './roleKey.ts';
import { ruleProblems } from './rules/problems.ts';
import { builtinWarnings, ruleWarnings } from './rules/warnings.ts';
import { createSettle } from './settle.ts';

export interface RolesDependencies {
  readonly store: Store;
  readonly reconciler: Pick<Reconciler, 'reconcile'>;
  readonly now?: () => number;
}

export interface RoleFilter {
  readonly limit: number;
  readonly offset: number;
  /** Part of the name. */
  readonly q?: string | undefined;
}

/** What names a role now. */
export interface RoleUse {
  /** Who has it by a grant that is in force. */
  readonly subjects: ReadonlyArray<{
    readonly userId: number | null;
    readonly teamId: number | null;
  }>;
  /** Grants that name it, those that have ended included. */
  readonly grants: number;
  readonly grantsInForce: number;
  /** Where those in force reach, by name. */
  readonly environments: ReadonlyArray<{ readonly id: number; readonly name: string }>;
}

export type Roles = ReturnType<typeof createRoles>;

/**
 * The roles that grants can name: the cluster's own, which every cluster has, and those that an
 * admin makes of rules.
 */
export function createRoles({ store, reconciler, now = Date.now }: RolesDependencies) {
  const settle = createSettle(reconciler);

  /** The built-in ones first, from the least to the most powerful; then the custom ones by age. */
  async function list({ limit, offset, q }: RoleFilter): Promise<{ items: Role[]; total: number }> {
    let matching = store.db.selectFrom('roles');
    if (q) matching = matching.where(({ ref }) => keyContains(ref('name_key'), q));
    const [rows, count] = await Promise.all([
      matching.selectAll().orderBy('id').limit(limit).offset(offset).execute(),
      matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
    ]);
    return { items: await present(rows), total: Number(count.total) };
  }

  /** @throws role.not_found */
  async function get(id: number): Promise<Role> {
    const [role] = await present([await rowOf(store.db, id)]);
    if (!role) throw fail('role.not_found', { role: id });
    return role;
  }

  /**
   * Makes a role.
   *
   * @throws role.exists, role.rules_invalid
   */
  async function create({ name, description, rules }: RoleCreate): Promise<Role> {
    refuseInvalid(rules);
    const at = now();
    const id = await uniquely(name, () =>
      store.write(async (tx, changed) => {
        const row = await tx
          .insertInto('roles')
          .values({
            ...{ name, name_key: nameKey(name), description, builtin: 0 },
            ...{ key: customRoleKey(rules), rules: JSON.stringify(rules) },
            ...{ created_at: at, updated_at: at },
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        changed('grants');
        return row.id;
      }),
    );
    return get(id);
  }

  /**
   * Changes a custom role. People lose what it takes away with their next request, wherever they
   * are, since their group is another from then on; what it gives anew they have once the cluster
   * has the new ClusterRole, for which this waits some seconds.
   *
   * @throws role.not_found, role.builtin, role.exists, role.rules_invalid
   */
  async function update(id: number, patch: RolePatch): Promise<Role> {
    const { name, description, rules } = patch;
    if (rules !== undefined) refuseInvalid(rules);
    await uniquely(name ?? '', () =>
      store.write(async (tx, changed) => {
        refuseBuiltin(await rowOf(tx, id));
        await tx
          .updateTable('roles')
          .set({
            ...(name === undefined ? {} : { name, name_key: nameKey(name) }),
            ...(description === undefined ? {} : { description }),
            ...(rules === undefined
              ? {}
              : { key: customRoleKey(rules), rules: JSON.stringify(rules) }),
            updated_at: now(),
          })
          .where('id', '=', id)
          .execute();
        changed('grants');
      }),
    );
    await settle((await use(id)).environments.map((environment) => environment.id));
    return get(id);
  }

  /**
   * Removes a custom role.
   *
   * @param endGrants whether the grants that name it end with it
   * @throws role.not_found, role.builtin, role.in_use
   */
  async function remove(id: number, endGrants: boolean): Promise<void> {
    const { environments } = await use(id);
    await store.write(async (tx, changed) => {
      const row = await rowOf(tx, id);
      refuseBuiltin(row);
      const grants = await countGrants(tx, id);
      if (grants > 0 && !endGrants) throw fail('role.in_use', { role: row.name, grants });
      await tx.deleteFrom('grants').where('role_id', '=', id).execute();
      await tx.deleteFrom('roles').where('id', '=', id).execute();
      changed('grants');
    });
    await settle(environments.map((environment) => environment.id));
  }

  /**
   * Says what names a role now.
   *
   * @throws role.not_found
   */
  async function use(id: number): Promise<RoleUse> {
    const { name } = await rowOf(store.db, id);
    const at = now();
    const [grants, subjects, reach] = await Promise.all([
      countGrants(store.db, id),
      store.db
        .selectFrom('grants')
        .select(['user_id as userId', 'team_id as teamId'])
        .where('role_id', '=', id)
        .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', at)]))
        .execute(),
      grantsInEnvironments(store.db),
    ]);
    const ids = new Set(
      reach.filter((grant) => isOf(grant, name, at)).map(({ environmentId }) => environmentId),
    );
    const environments =
      ids.size === 0
        ? []
        : await store.db
            .selectFrom('environments')
            .select(['id', 'name'])
            .where('id', 'in', [...ids])
            .orderBy('name_key')
            .execute();
    return { subjects, grants, grantsInForce: subjects.length, environments };
  }

  async function present(rows: ReadonlyArray<Row<'roles'>>): Promise<Role[]> {
    const counts = new Map(
      rows.length === 0
        ? []
        : (
            await store.db
              .selectFrom('grants')
              .select(['role_id', ({ fn }) => fn.countAll<number>().as('count')])
              .where(
                'role_id',
                'in',
                rows.map(({ id }) => id),
              )
              .groupBy('role_id')
              .execute()
          ).map(({ role_id, count }) => [role_id, Number(count)]),
    );
    return rows.map((row) => {
      const rules = readRules(row.rules);
      return {
        ...{ id: row.id, name: row.name, description: row.description },
        builtin: row.builtin === 1,
        rules,
        clusterRole: clusterRoleOf(row.key),
        warnings: rules ? ruleWarnings(rules) : builtinWarnings(row.name),
        grants: counts.get(row.id) ?? 0,
        updatedAt: new Date(row.updated_at).toISOString(),
      };
    });
  }

  return { list, get, create, update, delete: remove, use };
}

/** The rules of a role, out of their column. */
export function readRules(column: string | null): RoleRule[] | null {
  return column === null ? null : (JSON.parse(column) as RoleRule[]);
}

type Db = Kysely<Schema> | Transaction<Schema>;

async function rowOf(db: Db, id: number): Promise<Row<'roles'>> {
  const row = await db.selectFrom('roles').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw fail('role.not_found', { role: id });
  return row;
}

async function countGrants(db: Db, roleId: number): Promise<number> {
  const { count } = await db
    .selectFrom('grants')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('role_id', '=', roleId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

function isOf({ role, expiresAt }: GrantInEnvironment, name: string, at: number): boolean {
  return role === name && (expiresAt === null || expiresAt > at);
}

function refuseBuiltin({ builtin, name }: Row<'roles'>): void {
  if (builtin === 1) throw fail('role.builtin', { role: name });
}

function refuseInvalid(rules: readonly RoleRule[]): void {
  const problems = ruleProblems(rules);
  if (problems.length === 0) return;
  const why = problems.map(({ rule, message }) => `Rule ${rule + 1}: ${message}`).join(' ');
  throw fail('role.rules_invalid', { why });
}

async function uniquely<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isUniqueViolation(error)) throw fail('role.exists', { role: name });
    throw error;
  }
}
