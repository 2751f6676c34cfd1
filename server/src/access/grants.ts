import type { Grant, GrantCreate, GrantPatch, GrantsEnded } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { KubeClient } from '../environments/kubeClient.ts';
import { fail } from '../errors.ts';
import { nameKey } from '../store/names.ts';
import type { NewRow, Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { createGrantList, environmentsOf } from './grantList.ts';
import { createGrantPreview } from './grantPreview.ts';
import type { Namespaces } from './namespaces.ts';
import type { Reconciler } from './rbac/reconciler.ts';
import { createSettle } from './settle.ts';

export type { GrantFilter } from './grantList.ts';

export interface GrantsDependencies {
  readonly store: Store;
  readonly reconciler: Pick<Reconciler, 'reconcile' | 'result'>;
  /** Which namespaces grants by label mean. */
  readonly namespaces: Pick<Namespaces, 'matching' | 'problem'>;
  /** The client for an environment's cluster. */
  readonly kube: (environmentId: number) => KubeClient | undefined;
  readonly now?: () => number;
}

export type Grants = ReturnType<typeof createGrants>;

/**
 * Grants: who has which role where. A grant is one row, which counts with the next request; the
 * clusters' bindings follow. A grant that has ended stays listed and gives nothing.
 */
export function createGrants(dependencies: GrantsDependencies) {
  const { store, reconciler, now = Date.now } = dependencies;
  const grantList = createGrantList({ ...dependencies, now });
  const preview = createGrantPreview(dependencies);
  const settle = createSettle(reconciler);

  /** @throws grant.not_found */
  async function get(id: number): Promise<Grant> {
    const grant = await grantList.get(id);
    if (!grant) throw fail('grant.not_found', { id });
    return grant;
  }

  /**
   * Grants a role, and waits until the clusters concerned have the bindings or it is known why not.
   *
   * @param createdBy the admin's id
   * @throws user.not_found, team.not_found, role.not_found, environment.not_found, grant.invalid,
   *   grant.exists where there is one that says the same, whenever it ends
   */
  async function create(input: GrantCreate, createdBy: number | null): Promise<Grant> {
    const environmentIds = [...new Set(input.environmentIds)].sort((a, b) => a - b);
    const expires_at = endOf(input.expiresAt ?? null);
    const id = await store.write(async (tx, changed) => {
      await refuseUnknown(tx, input, environmentIds);
      const row = {
        user_id: input.userId ?? null,
        team_id: input.teamId ?? null,
        role_id: await roleId(tx, input),
        environment_selector: input.allEnvironments ? '' : (input.environmentSelector ?? null),
        namespaces: input.namespaces ? JSON.stringify([...new Set(input.namespaces)].sort()) : null,
        namespace_selector: input.namespaceSelector ?? null,
      };
      await refuseDouble(tx, row, environmentIds);
      const grant = await tx
        .insertInto('grants')
        .values({
          ...row,
          expires_at,
          note: input.note ?? '',
          created_at: now(),
          created_by: createdBy,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      if (environmentIds.length > 0) {
        await tx
          .insertInto('grant_environments')
          .values(environmentIds.map((id) => ({ grant_id: grant.id, environment_id: id })))
          .execute();
      }
      changed('grants');
      return grant.id;
    });
    await settle((await get(id)).environmentIds);
    return get(id);
  }

  /**
   * Changes the note of a grant, or when it ends; one that has ended begins anew so.
   *
   * @throws grant.not_found, grant.invalid, grant.exists
   */
  async function update(id: number, { note, expiresAt }: GrantPatch): Promise<Grant> {
    const end = expiresAt === undefined ? undefined : endOf(expiresAt);
    await store.write(async (tx, changed) => {
      const before = await tx
        .selectFrom('grants')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      if (!before) throw fail('grant.not_found', { id });
      if (end !== undefined && before.expires_at !== null && before.expires_at <= now()) {
        const places = await tx
          .selectFrom('grant_environments')
          .select('environment_id')
          .where('grant_id', '=', id)
          .orderBy('environment_id')
          .execute();
        await refuseDouble(
          tx,
          before,
          places.map((place) => place.environment_id),
        );
      }
      await tx
        .updateTable('grants')
        .set({
          ...(note === undefined ? {} : { note }),
          ...(end === undefined ? {} : { expires_at: end }),
        })
        .where('id', '=', id)
        .execute();
      changed('grants');
    });
    if (end !== undefined) await settle((await get(id)).environmentIds);
    return get(id);
  }

  /**
   * Ends grants. They give nothing from the next request on; bindings that nobody needs any more
   * are removed from the clusters after that, as soon as they can be reached.
   *
   * @returns which of them were there
   */
  async function end(ids: readonly number[]): Promise<z.infer<typeof GrantsEnded>> {
    const { ended, places } = await store.write(async (tx, changed) => {
      const rows = await tx
        .selectFrom('grants')
        .select(['id', 'environment_selector as environmentSelector'])
        .where('id', 'in', ids)
        .execute();
      const reached = await environmentsOf({ db: tx }, rows);
      if (rows.length > 0) {
        const found = rows.map(({ id }) => id);
        await tx.deleteFrom('grants').where('id', 'in', found).execute();
        changed('grants');
      }
      return { ended: rows.map(({ id }) => id), places: new Set([...reached.values()].flat()) };
    });
    await settle([...places]);
    const missing = [...new Set(ids)].filter((id) => !ended.includes(id));
    return { ended: ended.sort((a, b) => a - b), missing };
  }

  /** @throws grant.not_found */
  async function remove(id: number): Promise<void> {
    const { missing } = await end([id]);
    if (missing.length > 0) throw fail('grant.not_found', { id });
  }

  /** @throws grant.invalid */
  function endOf(expiresAt: string | null): number | null {
    if (expiresAt === null) return null;
    const end = Date.parse(expiresAt);
    if (end <= now()) {
      const why = 'The end lies in the past, so the grant would give nothing.';
      throw fail('grant.invalid', { why });
    }
    return end;
  }

  /** Two grants that say the same would only hide that ending one of them takes nothing away. */
  async function refuseDouble(
    tx: Transaction<Schema>,
    row: Pick<
      NewRow<'grants'>,
      | 'user_id'
      | 'team_id'
      | 'role_id'
      | 'environment_selector'
      | 'namespaces'
      | 'namespace_selector'
    >,
    environmentIds: readonly number[],
  ): Promise<void> {
    const { user_id, team_id, role_id, environment_selector, namespaces, namespace_selector } = row;
    const alike = await tx
      .selectFrom('grants')
      .select(['id', 'environment_selector as environmentSelector'])
      .where('role_id', '=', role_id)
      .where(({ and, eb }) =>
        and(
          Object.entries({
            user_id,
            team_id,
            environment_selector,
            namespaces,
            namespace_selector,
          } as const).map(([column, value]) =>
            value === null || value === undefined
              ? eb(column as 'namespaces', 'is', null)
              : eb(column as 'namespaces', '=', value as string),
          ),
        ),
      )
      .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now())]))
      .execute();
    if (alike.length === 0) return;
    const places = await environmentsOf({ db: tx }, alike);
    const same = alike.find(
      ({ id, environmentSelector }) =>
        environmentSelector !== null || String(places.get(id)) === String(environmentIds),
    );
    if (same) throw fail('grant.exists', { id: same.id });
  }

  return {
    list: grantList.list,
    get,
    preview,
    create,
    update,
    end,
    delete: remove,
    /** Whether the cluster of an environment has what a grant needs there. */
    stateIn: grantList.stateIn,
  };
}

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
  if (environmentIds.length === 0) return;
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
