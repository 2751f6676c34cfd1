import type { Kubeconfig } from '@sallyport/contract';
import { durationInWords, parseDuration } from '@sallyport/contract';
import type { Access } from '../access/access.ts';
import { fail } from '../errors.ts';
import { keyContains } from '../store/names.ts';
import type { Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { newToken } from '../tokens.ts';
import type { NamedEnvironment } from './names.ts';

export interface KubeconfigsDependencies {
  readonly store: Store;
  /** Which environments a user may enter now. */
  readonly accessible: (userId: number) => Promise<ReadonlyMap<number, Access>>;
  /** The setting in force: how long a new kubeconfig lives, in milliseconds; 0: for ever. */
  readonly expiry: () => number;
  readonly now?: () => number;
}

/** What a person asks for when they download a kubeconfig. */
export interface IssueRequest {
  readonly userId: number;
  readonly name?: string | undefined;
  /** undefined: all that the person may enter. */
  readonly environmentIds: readonly number[] | undefined;
  /** A duration as text; absent: the setting. */
  readonly expiresIn?: string | undefined;
  readonly currentEnvironmentId?: number | undefined;
}

/** An issued kubeconfig. The token exists here and in the file, and nowhere else afterwards. */
export interface Issued {
  readonly id: number;
  readonly token: string;
  readonly expiresAt: number | null;
  readonly environments: readonly NamedEnvironment[];
}

export interface KubeconfigFilter {
  readonly userId: number;
  readonly limit: number;
  readonly offset: number;
  readonly q?: string | undefined;
}

/** Issued kubeconfigs as objects: made, listed, revoked. */
export function createKubeconfigs({
  store,
  accessible,
  expiry,
  now = Date.now,
}: KubeconfigsDependencies) {
  /**
   * Issues a kubeconfig. Its expiry is fixed here, so that a changed setting touches later files
   * only.
   *
   * @throws kubeconfig.nothing_selected, kubeconfig.nothing_accessible,
   *   kubeconfig.duplicate_environment, environment.not_found, kubeconfig.environment_forbidden,
   *   kubeconfig.current_not_selected, kubeconfig.expiry_too_long
   */
  async function issue(request: IssueRequest): Promise<Issued> {
    const environments = await selectEnvironments(request);
    const { currentEnvironmentId } = request;
    if (
      currentEnvironmentId !== undefined &&
      !environments.some(({ id }) => id === currentEnvironmentId)
    ) {
      throw fail('kubeconfig.current_not_selected', { id: currentEnvironmentId });
    }
    const createdAt = now();
    const lifetime = lifetimeOf(request.expiresIn, expiry());
    const expiresAt = lifetime === 0 ? null : createdAt + lifetime;
    const { token, hash, hint } = newToken('kubeconfig');
    const id = await store.write(async (tx, changed) => {
      const row = await tx
        .insertInto('kubeconfigs')
        .values({
          user_id: request.userId,
          name: request.name ?? defaultName(environments, createdAt),
          token_hash: hash,
          hint,
          created_at: createdAt,
          expires_at: expiresAt,
          revoked_at: null,
          last_used_at: null,
          last_used_from: null,
          last_used_by: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('kubeconfig_environments')
        .values(
          environments.map((environment, position) => ({
            kubeconfig_id: row.id,
            environment_id: environment.id,
            position,
          })),
        )
        .execute();
      changed('kubeconfigs');
      return row.id;
    });
    return { id, token, expiresAt, environments };
  }

  async function selectEnvironments({ userId, environmentIds }: IssueRequest) {
    const access = await accessible(userId);
    const known = await store.db.selectFrom('environments').select(['id', 'name']).execute();
    const names = new Map(known.map(({ id, name }) => [id, name]));
    if (environmentIds === undefined) {
      const all = known.filter(({ id }) => access.has(id)).sort((a, b) => a.id - b.id);
      if (all.length === 0) throw fail('kubeconfig.nothing_accessible');
      return all;
    }
    if (environmentIds.length === 0) throw fail('kubeconfig.nothing_selected');
    const seen = new Set<number>();
    return environmentIds.map((id) => {
      if (seen.has(id)) throw fail('kubeconfig.duplicate_environment', { id });
      seen.add(id);
      const name = names.get(id);
      if (name === undefined) throw fail('environment.not_found', { id });
      if (!access.has(id)) throw fail('kubeconfig.environment_forbidden', { id });
      return { id, name };
    });
  }

  /** Lists a user's kubeconfigs, the newest first. */
  async function list({ userId, limit, offset, q }: KubeconfigFilter) {
    let query = store.db.selectFrom('kubeconfigs').where('user_id', '=', userId);
    if (q) query = query.where((eb) => keyContains(eb.fn<string>('lower', ['name']), q));
    const [rows, { total }] = await Promise.all([
      query
        .innerJoin('users', 'users.id', 'kubeconfigs.user_id')
        .selectAll('kubeconfigs')
        .select('users.username')
        .orderBy('kubeconfigs.id', 'desc')
        .limit(limit)
        .offset(offset)
        .execute(),
      query.select((eb) => eb.fn.countAll().as('total')).executeTakeFirstOrThrow(),
    ]);
    const covered = rows.length
      ? await store.db
          .selectFrom('kubeconfig_environments')
          .innerJoin('environments', 'environments.id', 'kubeconfig_environments.environment_id')
          .where(
            'kubeconfig_id',
            'in',
            rows.map(({ id }) => id),
          )
          .orderBy('position')
          .select(['kubeconfig_id', 'environments.id', 'environments.name'])
          .execute()
      : [];
    return {
      items: rows.map((row) =>
        present(
          row,
          row.username,
          covered.filter(({ kubeconfig_id }) => kubeconfig_id === row.id),
          now(),
        ),
      ),
      total: Number(total),
    };
  }

  /**
   * Revokes a kubeconfig; revoking one twice keeps the first time.
   *
   * @param by the user who asks; `admin` may revoke anyone's
   * @throws kubeconfig.not_found, also for somebody else's, so that ids tell nothing
   */
  async function revoke(id: number, by: { readonly userId: number; readonly admin: boolean }) {
    await store.write(async (tx, changed) => {
      const row = await tx
        .selectFrom('kubeconfigs')
        .where('id', '=', id)
        .select(['user_id', 'revoked_at'])
        .executeTakeFirst();
      if (!row || (!by.admin && row.user_id !== by.userId))
        throw fail('kubeconfig.not_found', { id });
      if (row.revoked_at !== null) return;
      await tx.updateTable('kubeconfigs').set({ revoked_at: now() }).where('id', '=', id).execute();
      changed('kubeconfigs');
    });
  }

  return { issue, list, revoke };
}

export type Kubeconfigs = ReturnType<typeof createKubeconfigs>;

/** A shorter life than the setting may be asked for, never a longer one. */
function lifetimeOf(asked: string | undefined, limit: number): number {
  if (asked === undefined) return limit;
  const ms = parseDuration(asked);
  if (ms === undefined) throw fail('request.invalid', { why: 'expiresIn is no duration.' });
  if (limit !== 0 && (ms === 0 || ms > limit)) {
    throw fail('kubeconfig.expiry_too_long', { limit: durationInWords(limit) });
  }
  return ms;
}

function defaultName(environments: readonly NamedEnvironment[], at: number): string {
  const [first, ...others] = environments;
  const what = others.length === 0 ? first?.name : `${first?.name} and ${others.length} more`;
  return `${(what ?? '').slice(0, 80)}, ${new Date(at).toISOString().slice(0, 10)}`;
}

function present(
  row: Row<'kubeconfigs'>,
  username: string,
  environments: readonly NamedEnvironment[],
  now: number,
): Kubeconfig {
  return {
    id: row.id,
    userId: row.user_id,
    username,
    name: row.name,
    hint: row.hint,
    environments: environments.map(({ id, name }) => ({ id, name })),
    state: row.revoked_at !== null ? 'revoked' : isPast(row.expires_at, now) ? 'expired' : 'active',
    createdAt: new Date(row.created_at).toISOString(),
    expiresAt: timeOf(row.expires_at),
    revokedAt: timeOf(row.revoked_at),
    lastUsedAt: timeOf(row.last_used_at),
    lastUsedFrom: row.last_used_from,
    lastUsedBy: row.last_used_by,
  };
}

function isPast(at: number | null, now: number): boolean {
  return at !== null && at <= now;
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
