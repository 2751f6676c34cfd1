import type { Kubeconfig, KubeconfigStateFilter } from '@sallyport/contract';
import { formatDuration } from '@sallyport/contract';
import type { Kysely } from 'kysely';
import { keyContains, nameKey } from '../store/names.ts';
import type { Row, Schema } from '../store/schema.ts';
import { countsUntil } from '../store/signInProvider.ts';
import type { Store } from '../store/store.ts';
import { type Asker, rowFor } from './end.ts';
import { idleEndOf, isInState, stateOf } from './life.ts';
import type { NamedEnvironment } from './names.ts';

/** Which kubeconfigs to list: those that every given field is true of. */
export interface KubeconfigFilter {
  readonly userId?: number | undefined;
  /** Exactly this name, upper or lower case. */
  readonly username?: string | undefined;
  readonly environmentId?: number | undefined;
  readonly state?: KubeconfigStateFilter | undefined;
  /** Part of a name, of its user's name, or of where and by what it was last used. */
  readonly q?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** What of a user is seen with their kubeconfigs, or decides how long they are good. */
const OF_USER = [
  ...(['users.username', 'users.sign_in', 'users.provider_at'] as const),
  'sign_in_provider.counts_for',
] as const;
type OfUser = Pick<Row<'users'>, 'username' | 'sign_in' | 'provider_at'> & {
  readonly counts_for: number | null;
};

/** Issued kubeconfigs as people see them. */
export function createListing(store: Store, now: () => number) {
  /** Lists kubeconfigs, the newest first, and counts how many there are on all pages. */
  async function list(filter: KubeconfigFilter): Promise<{ items: Kubeconfig[]; total: number }> {
    const query = matching(store.db, filter, now());
    const [rows, { total }] = await Promise.all([
      query
        .selectAll('kubeconfigs')
        .leftJoin('sign_in_provider', (join) => join.onTrue())
        .select([...OF_USER])
        .orderBy('kubeconfigs.id', 'desc')
        .limit(filter.limit)
        .offset(filter.offset)
        .execute(),
      query.select((eb) => eb.fn.countAll().as('total')).executeTakeFirstOrThrow(),
    ]);
    return { items: await view(rows), total: Number(total) };
  }

  async function view(rows: ReadonlyArray<Row<'kubeconfigs'> & OfUser>): Promise<Kubeconfig[]> {
    const ids = rows.map(({ id }) => id);
    const covered = ids.length === 0 ? [] : await environmentsOf(store.db, ids);
    const at = now();
    return rows.map((row) =>
      present(
        row,
        covered.filter(({ kubeconfig_id }) => kubeconfig_id === row.id),
        at,
      ),
    );
  }

  return {
    list,

    /** @throws kubeconfig.not_found */
    async get(id: number, by: Asker): Promise<Kubeconfig> {
      const row = await rowFor(store.db, id, by);
      const user = await store.db
        .selectFrom('users')
        .leftJoin('sign_in_provider', (join) => join.onTrue())
        .select([...OF_USER])
        .where('users.id', '=', row.user_id)
        .executeTakeFirstOrThrow();
      const [kubeconfig] = await view([{ ...row, ...user }]);
      return kubeconfig as Kubeconfig;
    },
  };
}

function matching(db: Kysely<Schema>, filter: KubeconfigFilter, now: number) {
  const { userId, username, environmentId, state, q } = filter;
  return db
    .selectFrom('kubeconfigs')
    .innerJoin('users', 'users.id', 'kubeconfigs.user_id')
    .$if(userId !== undefined, (query) => query.where('kubeconfigs.user_id', '=', userId ?? 0))
    .$if(username !== undefined, (query) =>
      query.where('users.username_key', '=', nameKey(username ?? '')),
    )
    .$if(environmentId !== undefined, (query) =>
      query.where('kubeconfigs.id', 'in', (eb) =>
        eb
          .selectFrom('kubeconfig_environments')
          .select('kubeconfig_id')
          .where('environment_id', '=', environmentId ?? 0),
      ),
    )
    .$if(state !== undefined, (query) =>
      query.where((eb) => isInState(state ?? 'active', now)(eb as never)),
    )
    .$if(q !== undefined, (query) =>
      query.where((eb) => {
        const lower = (column: 'kubeconfigs.name' | 'last_used_from' | 'last_used_by') =>
          keyContains(eb.fn<string>('lower', [column]), q ?? '');
        return eb.or([
          lower('kubeconfigs.name'),
          keyContains(eb.ref('users.username_key'), q ?? ''),
          eb('kubeconfigs.hint', '=', q ?? ''),
          lower('last_used_from'),
          lower('last_used_by'),
        ]);
      }),
    );
}

/** The environments that files cover and that are still there, each file's in its order. */
export function environmentsOf(db: Pick<Kysely<Schema>, 'selectFrom'>, ids: readonly number[]) {
  return db
    .selectFrom('kubeconfig_environments')
    .innerJoin('environments', 'environments.id', 'kubeconfig_environments.environment_id')
    .where('kubeconfig_id', 'in', ids)
    .orderBy('position')
    .select(['kubeconfig_id', 'environments.id', 'environments.name'])
    .execute();
}

function present(
  row: Row<'kubeconfigs'> & OfUser,
  environments: readonly NamedEnvironment[],
  now: number,
): Kubeconfig {
  return {
    id: row.id,
    userId: row.user_id,
    username: row.username,
    name: row.name,
    hint: row.hint,
    environments: environments.map(({ id, name }) => ({ id, name })),
    state: stateOf(row, now),
    createdAt: new Date(row.created_at).toISOString(),
    expiresAt: timeOf(row.expires_at),
    idleAfter: row.idle_after === null ? null : formatDuration(row.idle_after),
    idleAt: timeOf(idleEndOf(row)),
    signInUntil: timeOf(countsUntil(row, row.counts_for)),
    renewedAt: timeOf(row.renewed_at),
    renewedAs: row.renewed_as,
    revokedAt: timeOf(row.revoked_at),
    lastUsedAt: timeOf(row.last_used_at),
    lastUsedFrom: row.last_used_from,
    lastUsedBy: row.last_used_by,
  };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
