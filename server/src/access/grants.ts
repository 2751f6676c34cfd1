import type { Grant, GrantCreate } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { fail } from '../errors.ts';
import { keyContains, nameKey } from '../store/names.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { readNamespaces } from './queries.ts';
import type { Reconciler } from './rbac/reconciler.ts';
import { bindingState } from './rbac/result.ts';

export interface GrantsDependencies {
  readonly store: Store;
  readonly reconciler: Pick<Reconciler, 'reconcile' | 'result'>;
  readonly now?: () => number;
}

export interface GrantFilter {
  readonly limit: number;
  readonly offset: number;
  /** Part of the name of the subject or of the role. */
  readonly q?: string | undefined;
  readonly userId?: number | undefined;
  readonly teamId?: number | undefined;
  readonly environmentId?: number | undefined;
}

export type Grants = ReturnType<typeof createGrants>;

/** How long an answer waits for clusters, in milliseconds; what is not done then goes on. */
const PATIENCE_MS = 8_000;

/**
 * Grants: who has which role where. A grant is one row, which counts with the next request; the
 * clusters' bindings follow. A grant that has ended stays listed and gives nothing.
 */
export function createGrants({ store, reconciler, now = Date.now }: GrantsDependencies) {
  async function list(filter: GrantFilter): Promise<{ items: Grant[]; total: number }> {
    let matching = joined(store);
    const { q, userId, teamId, environmentId, limit, offset } = filter;
    if (userId !== undefined) matching = matching.where('grants.user_id', '=', userId);
    if (teamId !== undefined) matching = matching.where('grants.team_id', '=', teamId);
    if (environmentId !== undefined) {
      matching = matching.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('grant_environments')
            .select('grant_id')
            .whereRef('grant_id', '=', 'grants.id')
            .where('environment_id', '=', environmentId),
        ),
      );
    }
    if (q) {
      matching = matching.where(({ or, ref }) =>
        or([
          keyContains(ref('users.username_key').$notNull(), q),
          keyContains(ref('teams.name_key').$notNull(), q),
          keyContains(ref('roles.name_key'), q),
        ]),
      );
    }
    const [rows, count] = await Promise.all([
      selected(matching).orderBy('grants.id').limit(limit).offset(offset).execute(),
      matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
    ]);
    return { items: await present(rows), total: Number(count.total) };
  }

  /**
   * Grants a role, and waits until the clusters concerned have the bindings or it is known why not.
   *
   * @param createdBy the admin's id
   * @throws user.not_found, team.not_found, role.not_found, environment.not_found, grant.invalid
   */
  async function create(input: GrantCreate, createdBy: number | null): Promise<Grant> {
    const environmentIds = [...new Set(input.environmentIds)].sort((a, b) => a - b);
    const expiresAt = input.expiresAt ? Date.parse(input.expiresAt) : null;
    if (expiresAt !== null && expiresAt <= now()) {
      throw fail('grant.invalid', { why: 'The grant would end before it begins.' });
    }
    const id = await store.write(async (tx, changed) => {
      await refuseUnknown(tx, input, environmentIds);
      const grant = await tx
        .insertInto('grants')
        .values({
          user_id: input.userId ?? null,
          team_id: input.teamId ?? null,
          role_id: await roleId(tx, input),
          namespaces: input.namespaces
            ? JSON.stringify([...new Set(input.namespaces)].sort())
            : null,
          expires_at: expiresAt,
          created_at: now(),
          created_by: createdBy,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('grant_environments')
        .values(environmentIds.map((id) => ({ grant_id: grant.id, environment_id: id })))
        .execute();
      changed('grants');
      return grant.id;
    });
    await settle(environmentIds);
    const rows = await selected(joined(store)).where('grants.id', '=', id).execute();
    const [grant] = await present(rows);
    if (!grant) throw fail('grant.not_found', { id });
    return grant;
  }

  /**
   * Ends a grant. It gives nothing from the next request on; bindings that nobody needs any more
   * are removed from the clusters after that, as soon as they can be reached.
   *
   * @throws grant.not_found
   */
  async function remove(id: number): Promise<void> {
    const environmentIds = await store.write(async (tx, changed) => {
      const environments = await tx
        .selectFrom('grant_environments')
        .select('environment_id')
        .where('grant_id', '=', id)
        .execute();
      const { numDeletedRows } = await tx
        .deleteFrom('grants')
        .where('id', '=', id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw fail('grant.not_found', { id });
      changed('grants');
      return environments.map((row) => row.environment_id);
    });
    await settle(environmentIds);
  }

  /** Waits for the clusters, but not longer than a person does. */
  async function settle(environmentIds: readonly number[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([Promise.all(environmentIds.map(reconciler.reconcile)), enough]);
    clearTimeout(timer);
  }

  async function present(rows: readonly GrantRow[]): Promise<Grant[]> {
    if (rows.length === 0) return [];
    const links = await store.db
      .selectFrom('grant_environments')
      .selectAll()
      .where(
        'grant_id',
        'in',
        rows.map(({ id }) => id),
      )
      .orderBy('environment_id')
      .execute();
    const environmentsOf = Map.groupBy(links, (link) => link.grant_id);
    return rows.map((row) => {
      const ids = (environmentsOf.get(row.id) ?? []).map((link) => link.environment_id);
      const ended = row.expires_at !== null && row.expires_at <= now();
      const namespaces = readNamespaces(row.namespaces);
      return {
        id: row.id,
        userId: row.user_id,
        teamId: row.team_id,
        subject: row.username ?? row.team ?? '',
        environmentIds: ids,
        roleId: row.role_id,
        role: row.role,
        namespaces: namespaces && [...namespaces],
        expiresAt: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
        createdAt: new Date(row.created_at).toISOString(),
        bindings: ended
          ? []
          : ids.map((id) =>
              bindingState(id, { roleKey: row.roleKey, namespaces }, reconciler.result(id)),
            ),
      };
    });
  }

  return { list, create, delete: remove };
}

/** Grants with the names of what they point to. */
function joined({ db }: Store) {
  return db
    .selectFrom('grants')
    .innerJoin('roles', 'roles.id', 'grants.role_id')
    .leftJoin('users', 'users.id', 'grants.user_id')
    .leftJoin('teams', 'teams.id', 'grants.team_id');
}

function selected(query: ReturnType<typeof joined>) {
  return query.select([
    'grants.id',
    'grants.user_id',
    'grants.team_id',
    'grants.role_id',
    'grants.namespaces',
    'grants.expires_at',
    'grants.created_at',
    'roles.name as role',
    'roles.key as roleKey',
    'users.username',
    'teams.name as team',
  ]);
}

type GrantRow = Awaited<ReturnType<ReturnType<typeof selected>['execute']>>[number];

async function refuseUnknown(
  tx: Transaction<Schema>,
  { userId, teamId }: GrantCreate,
  environmentIds: readonly number[],
): Promise<void> {
  if (userId !== undefined) {
    const user = tx.selectFrom('users').select('id').where('id', '=', userId);
    if (!(await user.executeTakeFirst())) throw fail('user.not_found', { id: userId });
  }
  if (teamId !== undefined) {
    const team = tx.selectFrom('teams').select('id').where('id', '=', teamId);
    if (!(await team.executeTakeFirst())) throw fail('team.not_found', { id: teamId });
  }
  const rows = await tx
    .selectFrom('environments')
    .select('id')
    .where('id', 'in', environmentIds)
    .execute();
  const known = new Set(rows.map(({ id }) => id));
  const unknown = environmentIds.find((id) => !known.has(id));
  if (unknown !== undefined) throw fail('environment.not_found', { id: unknown });
}

/** The id of the role that a grant names one way or the other. */
async function roleId(tx: Transaction<Schema>, input: GrantCreate): Promise<number> {
  const role = await tx
    .selectFrom('roles')
    .select('id')
    .where(({ eb }) =>
      input.roleId === undefined
        ? eb('name_key', '=', nameKey(input.role ?? ''))
        : eb('id', '=', input.roleId),
    )
    .executeTakeFirst();
  if (!role) throw fail('role.not_found', { role: input.role ?? input.roleId ?? '' });
  return role.id;
}
