import type { Grant, GrantBinding } from '@sallyport/contract';
import { keyContains } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import type { Namespaces } from './namespaces.ts';
import { type GrantInEnvironment, labelledEnvironments, readNamespaces } from './queries.ts';
import type { Reconciler } from './rbac/reconciler.ts';
import { bindingState } from './rbac/result.ts';
import { matcherOf } from './selectors.ts';

export interface GrantFilter {
  readonly limit: number;
  readonly offset: number;
  /** Part of the name of the subject or of the role, or of the note. */
  readonly q?: string | undefined;
  readonly userId?: number | undefined;
  readonly teamId?: number | undefined;
  /** Those that reach it now. */
  readonly environmentId?: number | undefined;
  readonly roleId?: number | undefined;
  readonly state?: 'active' | 'ended' | 'ending' | undefined;
  /** Of how many environments each grant tells at the most; undefined: of all. */
  readonly reach?: number | undefined;
}

export interface GrantListDependencies {
  readonly store: Store;
  readonly reconciler: Pick<Reconciler, 'result'>;
  readonly namespaces: Pick<Namespaces, 'matching' | 'problem'>;
  readonly now: () => number;
}

/** What counts as ending soon. */
const SOON_MS = 7 * 24 * 3_600_000;

/** Finds grants, and shows each with what it reaches now and whether the clusters have it. */
export function createGrantList({ store, reconciler, namespaces, now }: GrantListDependencies) {
  async function list(filter: GrantFilter): Promise<{ items: Grant[]; total: number }> {
    const { limit, offset } = filter;
    const matching = await narrowed(filter);
    const [rows, count] = await Promise.all([
      selected(matching).orderBy('grants.id').limit(limit).offset(offset).execute(),
      matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
    ]);
    return { items: await present(rows, filter), total: Number(count.total) };
  }

  async function narrowed({ q, userId, teamId, environmentId, roleId, state }: GrantFilter) {
    let matching = joined(store);
    if (userId !== undefined) matching = matching.where('grants.user_id', '=', userId);
    if (teamId !== undefined) matching = matching.where('grants.team_id', '=', teamId);
    if (roleId !== undefined) matching = matching.where('grants.role_id', '=', roleId);
    if (environmentId !== undefined) {
      const byLabel = await selecting(environmentId);
      matching = matching.where(({ exists, selectFrom, or, eb }) =>
        or([
          exists(
            selectFrom('grant_environments')
              .select('grant_id')
              .whereRef('grant_id', '=', 'grants.id')
              .where('environment_id', '=', environmentId),
          ),
          ...(byLabel.length > 0 ? [eb('grants.environment_selector', 'in', byLabel)] : []),
        ]),
      );
    }
    if (state === 'ended') matching = matching.where('grants.expires_at', '<=', now());
    if (state === 'active') {
      matching = matching.where(({ or, eb }) =>
        or([eb('grants.expires_at', 'is', null), eb('grants.expires_at', '>', now())]),
      );
    }
    if (state === 'ending') {
      matching = matching
        .where('grants.expires_at', '>', now())
        .where('grants.expires_at', '<=', now() + SOON_MS);
    }
    if (q) {
      matching = matching.where(({ or, ref, fn }) =>
        or([
          keyContains(ref('users.username_key').$notNull(), q),
          keyContains(ref('teams.name_key').$notNull(), q),
          keyContains(ref('roles.name_key'), q),
          keyContains(fn<string>('lower', ['grants.note']), q),
        ]),
      );
    }
    return matching;
  }

  /** The selectors in use that mean an environment now. */
  async function selecting(environmentId: number): Promise<string[]> {
    const [environment] = await labelledEnvironments(store.db, environmentId);
    if (!environment) return [];
    const rows = await store.db
      .selectFrom('grants')
      .select(({ ref }) => ref('environment_selector').$notNull().as('selector'))
      .distinct()
      .where('environment_selector', 'is not', null)
      .execute();
    return rows.flatMap(({ selector }) =>
      matcherOf(selector)(environment.labels) ? selector : [],
    );
  }

  /** @returns undefined where there is no such grant */
  async function get(id: number): Promise<Grant | undefined> {
    const rows = await selected(joined(store)).where('grants.id', '=', id).execute();
    return (await present(rows))[0];
  }

  async function present(
    rows: readonly GrantRow[],
    { reach, environmentId }: Pick<GrantFilter, 'reach' | 'environmentId'> = {},
  ): Promise<Grant[]> {
    const reached = await environmentsOf(store, rows);
    return rows.map((row) => {
      const { environmentSelector, namespaceSelector } = row;
      const environments = reached.get(row.id) ?? [];
      const ended = row.expires_at !== null && row.expires_at <= now();
      const named = readNamespaces(row.namespaces);
      const bindings = ended
        ? []
        : environments.map((id) => bindingOf(id, { ...row, namespaces: named }));
      const told = firstOf(bindings, reach, environmentId);
      return {
        id: row.id,
        userId: row.user_id,
        teamId: row.team_id,
        subject: row.username ?? row.team ?? '',
        environmentIds:
          reach === undefined || ended
            ? environments.slice(0, reach)
            : told.map((binding) => binding.environmentId),
        environmentCount: environments.length,
        environmentSelector: environmentSelector === '' ? null : environmentSelector,
        allEnvironments: environmentSelector === '',
        roleId: row.role_id,
        role: row.role,
        namespaces: named && [...named],
        namespaceSelector,
        note: row.note,
        expiresAt: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
        state: ended ? 'ended' : 'active',
        createdAt: new Date(row.created_at).toISOString(),
        createdBy: row.createdBy,
        bindings: told,
      };
    });
  }

  /** Whether a cluster has what a grant needs there. */
  function bindingOf(
    environmentId: number,
    grant: {
      readonly roleKey: string;
      readonly namespaces: readonly string[] | null;
      readonly namespaceSelector: string | null;
    },
  ): GrantBinding {
    const { roleKey, namespaces: named, namespaceSelector } = grant;
    const result = reconciler.result(environmentId);
    if (namespaceSelector === null || result === undefined || result.state !== 'done') {
      return bindingState(environmentId, { roleKey, namespaces: named }, result);
    }
    const matching = namespaces.matching(environmentId, namespaceSelector);
    if (matching === undefined) {
      const why = namespaces.problem(environmentId);
      const message = `It is not known which namespaces match: ${why}.`;
      return { environmentId, state: 'pending', message };
    }
    if (matching.length === 0) {
      return { environmentId, state: 'applied', message: 'No namespace has such labels now.' };
    }
    return bindingState(environmentId, { roleKey, namespaces: matching }, result);
  }

  return {
    list,
    get,
    /** Whether the cluster of an environment has what a grant needs there. */
    stateIn: (grant: GrantInEnvironment) =>
      bindingOf(grant.environmentId, {
        ...grant,
        namespaceSelector: grant.namespaceSelector ?? null,
      }),
  };
}

/** Some of the bindings: that in one environment first, then what is pending, then by id. */
function firstOf(
  bindings: GrantBinding[],
  reach: number | undefined,
  environmentId: number | undefined,
): GrantBinding[] {
  if (reach === undefined) return bindings;
  const rank = (one: GrantBinding) =>
    one.environmentId === environmentId ? 0 : one.state === 'pending' ? 1 : 2;
  return bindings.sort((a, b) => rank(a) - rank(b)).slice(0, reach);
}

/**
 * The environments that each grant reaches now.
 *
 * @returns ids by grant, sorted
 */
export async function environmentsOf(
  { db }: Pick<Store, 'db'>,
  grants: ReadonlyArray<{ readonly id: number; readonly environmentSelector: string | null }>,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const reached = new Map<number, number[]>(grants.map(({ id }) => [id, []]));
  if (grants.length === 0) return reached;
  const ids = grants.flatMap((grant) => (grant.environmentSelector === null ? grant.id : []));
  const links =
    ids.length === 0
      ? []
      : await db
          .selectFrom('grant_environments')
          .selectAll()
          .where('grant_id', 'in', ids)
          .orderBy('environment_id')
          .execute();
  for (const link of links) reached.get(link.grant_id)?.push(link.environment_id);
  if (ids.length === grants.length) return reached;
  const environments = await labelledEnvironments(db);
  for (const { id, environmentSelector } of grants) {
    if (environmentSelector === null) continue;
    const matches = matcherOf(environmentSelector);
    const found = environments.flatMap((one) => (matches(one.labels) ? one.id : []));
    reached.set(
      id,
      found.sort((a, b) => a - b),
    );
  }
  return reached;
}

/** Grants with the names of what they point to. */
function joined({ db }: Store) {
  return db
    .selectFrom('grants')
    .innerJoin('roles', 'roles.id', 'grants.role_id')
    .leftJoin('users', 'users.id', 'grants.user_id')
    .leftJoin('teams', 'teams.id', 'grants.team_id')
    .leftJoin('users as creators', 'creators.id', 'grants.created_by');
}

function selected(query: ReturnType<typeof joined>) {
  return query.select([
    'grants.id',
    'grants.user_id',
    'grants.team_id',
    'grants.role_id',
    'grants.environment_selector as environmentSelector',
    'grants.namespaces',
    'grants.namespace_selector as namespaceSelector',
    'grants.note',
    'grants.expires_at',
    'grants.created_at',
    'roles.name as role',
    'roles.key as roleKey',
    'users.username',
    'teams.name as team',
    'creators.username as createdBy',
  ]);
}

type GrantRow = Awaited<ReturnType<ReturnType<typeof selected>['execute']>>[number];
