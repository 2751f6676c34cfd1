import { randomUUID } from 'node:crypto';
import type { PasswordChange, User, UserCreate, UserPatch } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import { noChannel, type OpenChannel } from '../channel.ts';
import { fail } from '../errors.ts';
import { keyContains, nameKey } from '../store/names.ts';
import type { NewRow, Row, Schema } from '../store/schema.ts';
import { requireProvider } from '../store/signInProvider.ts';
import type { Store, Topic } from '../store/store.ts';
import { isUniqueViolation } from '../store/violations.ts';
import { createAttempts } from './attempts.ts';
import type { Passwords } from './passwords.ts';
import { changeOfWay } from './signInWay.ts';
import { signOutEverywhere } from './signOut.ts';
import { limitToken, type ShownBy } from './tokenLimits.ts';
import { viewUser, viewUsers } from './userView.ts';

/**
 * Ends every live kubeconfig of a user, in the same transaction as what ends them.
 *
 * @param at epoch milliseconds
 */
export type RevokeKubeconfigs = (
  tx: Transaction<Schema>,
  userId: number,
  at: number,
) => Promise<unknown>;

export interface UsersDependencies {
  readonly store: Store;
  readonly passwords: Passwords;
  readonly revokeKubeconfigs: RevokeKubeconfigs;
  /** To the processes that count attempts together. */
  readonly openChannel?: OpenChannel;
  readonly now?: () => number;
}

/** One page of a list: what `ListQuery` of the contract says. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly q?: string | undefined;
}

/** Which users to list; absent: any. */
export interface UserFilter extends Page {
  readonly role?: User['role'] | undefined;
  readonly disabled?: boolean | undefined;
  /** Whether they have a second factor. */
  readonly secondFactor?: boolean | undefined;
  /** Members of this team only. */
  readonly teamId?: number | undefined;
  /** Those only who are not members of this one. */
  readonly notInTeamId?: number | undefined;
}

type Changed = (topic: Topic) => void;

/** Somebody who holds a session must not find out the password by trying. */
const PASSWORD_CHANGES = {
  free: 10,
  firstWaitMs: 30_000,
  longestWaitMs: 900_000,
  forgetMs: 900_000,
};

export type Users = ReturnType<typeof createUsers>;

/** Users as objects: made, listed, changed, removed. */
export function createUsers({
  store,
  passwords,
  revokeKubeconfigs,
  openChannel = noChannel,
  now = Date.now,
}: UsersDependencies) {
  const passwordChanges = createAttempts(
    PASSWORD_CHANGES,
    now,
    openChannel('attempts of password changes'),
  );

  async function rowOf(id: number): Promise<Row<'users'>> {
    const row = await store.db
      .selectFrom('users')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw fail('user.not_found', { id });
    return row;
  }

  return {
    /** @param filter `q` is looked for anywhere in the name */
    async list({
      limit,
      offset,
      q,
      role,
      disabled,
      secondFactor,
      teamId,
      notInTeamId,
    }: UserFilter): Promise<{ items: User[]; total: number }> {
      const found = store.db
        .selectFrom('users')
        .$if(q !== undefined, (query) =>
          query.where(({ ref }) => keyContains(ref('username_key'), q ?? '')),
        )
        .$if(role !== undefined, (query) => query.where('role', '=', role ?? 'user'))
        .$if(disabled !== undefined, (query) => query.where('disabled', '=', disabled ? 1 : 0))
        .$if(secondFactor !== undefined, (query) =>
          query.where('id', secondFactor ? 'in' : 'not in', ({ selectFrom }) =>
            selectFrom('second_factors').select('user_id').where('confirmed_at', 'is not', null),
          ),
        )
        .$if(teamId !== undefined, (query) =>
          query.where('id', 'in', ({ selectFrom }) =>
            selectFrom('team_members')
              .select('user_id')
              .where('team_id', '=', teamId ?? 0),
          ),
        )
        .$if(notInTeamId !== undefined, (query) =>
          query.where('id', 'not in', ({ selectFrom }) =>
            selectFrom('team_members')
              .select('user_id')
              .where('team_id', '=', notInTeamId ?? 0),
          ),
        );
      const { total } = await found
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await found
        .selectAll()
        .orderBy('username_key')
        .limit(limit)
        .offset(offset)
        .execute();
      return { items: await viewUsers(store.db, rows), total };
    },

    /** @throws user.not_found */
    async get(id: number): Promise<User> {
      return viewUser(store.db, await rowOf(id));
    },

    /**
     * Counts the people who may sign in and whom at least one of these subjects names, by themselves
     * or by a team.
     */
    async countReached(
      subjects: ReadonlyArray<{ readonly userId: number | null; readonly teamId: number | null }>,
    ): Promise<number> {
      const users = subjects.flatMap(({ userId }) => userId ?? []);
      const teams = subjects.flatMap(({ teamId }) => teamId ?? []);
      if (subjects.length === 0) return 0;
      const { count } = await store.db
        .selectFrom('users')
        .where('disabled', '=', 0)
        .where(({ eb, or, selectFrom }) =>
          or([
            ...(users.length === 0 ? [] : [eb('id', 'in', [...new Set(users)])]),
            ...(teams.length === 0
              ? []
              : [
                  eb(
                    'id',
                    'in',
                    selectFrom('team_members')
                      .select('user_id')
                      .where('team_id', 'in', [...new Set(teams)]),
                  ),
                ]),
          ]),
        )
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    /**
     * @throws user.exists, user.password_needed, user.session_only, provider.not_set_up,
     *   request.too_many
     */
    async create(wanted: z.infer<typeof UserCreate>, by: ShownBy = 'session'): Promise<User> {
      const { username, password, role, signIn } = wanted;
      limitToken(by, undefined, { role });
      const toProvider = signIn === 'provider';
      if (!toProvider && password === undefined) throw fail('user.password_needed');
      const passwordHash = password === undefined ? null : await passwords.hashPassword(password);
      return store.write(async (tx, changed) => {
        if (toProvider) await requireProvider(tx);
        changed('users');
        const user = {
          ...{ username, passwordHash, role },
          ...(toProvider ? { provider: 'unknown' as const } : {}),
        };
        return viewUser(tx, await insertUser(tx, user, now()));
      });
    },

    /**
     * Changes what the patch names. A user who is disabled, or whose password is set, is signed out
     * everywhere; the kubeconfigs and API tokens of one who is disabled end for good, and with a new
     * password those of anyone where the patch says so. So is one who signs in another way from now on.
     *
     * @throws user.not_found, user.last_admin, user.session_only, user.by_provider,
     *   user.password_needed, provider.not_set_up, request.too_many
     */
    async update(
      id: number,
      patch: z.infer<typeof UserPatch>,
      by: ShownBy = 'session',
    ): Promise<User> {
      const { role, disabled, password } = patch;
      const endsCredentials = disabled === true || patch.revokeKubeconfigs === true;
      limitToken(by, (await rowOf(id)).role, patch);
      const passwordHash =
        password === undefined ? undefined : await passwords.hashPassword(password);
      return store.write(async (tx, changed) => {
        await limitTokenTo(tx, by, id);
        if (role === 'user' || disabled === true) await keepAnAdmin(tx, id);
        const way = await changeOfWay(tx, id, patch, now());
        const row = await tx
          .updateTable('users')
          .set({
            updated_at: now(),
            ...(role === undefined ? {} : { role }),
            ...(disabled === undefined ? {} : { disabled: disabled ? 1 : 0 }),
            ...way,
            ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
        if (!row) throw fail('user.not_found', { id });
        if (disabled === true || passwordHash !== undefined || way) {
          await signOutEverywhere(tx, changed, id);
        }
        if (endsCredentials)
          await endCredentials(tx, changed, { id, at: now() }, revokeKubeconfigs);
        changed('users');
        return viewUser(tx, row);
      });
    },

    /**
     * Removes a user with memberships, sessions, API tokens, kubeconfigs and grants.
     *
     * @throws user.not_found, user.last_admin, user.session_only
     */
    async delete(id: number, by: ShownBy = 'session'): Promise<void> {
      await store.write(async (tx, changed) => {
        await limitTokenTo(tx, by, id);
        await removeUser(tx, changed, id);
      });
    },

    /**
     * Changes a person's own password, and signs them out everywhere but here; where they ask for it
     * their kubeconfigs and API tokens end too.
     *
     * @param sessionId the session that asks; it goes on
     * @throws auth.password_wrong, auth.rate_limited, user.by_provider, user.not_found,
     *   request.too_many
     */
    async changeOwnPassword(
      id: number,
      change: z.infer<typeof PasswordChange>,
      sessionId: number,
    ): Promise<void> {
      const { currentPassword, newPassword } = change;
      const key = String(id);
      const wait = passwordChanges.waitMs(key);
      if (wait > 0) throw fail('auth.rate_limited', { seconds: Math.ceil(wait / 1000) });
      passwordChanges.begin(key);
      const { password_hash: oldHash, sign_in, username } = await rowOf(id);
      if (sign_in === 'provider') throw fail('user.by_provider', { name: username });
      if (!(await passwords.verifyPassword(oldHash, currentPassword))) {
        throw fail('auth.password_wrong');
      }
      passwordChanges.forget(key);
      const newHash = await passwords.hashPassword(newPassword);
      await store.write(async (tx, changed) => {
        const row = await tx
          .updateTable('users')
          .set({ password_hash: newHash, updated_at: now() })
          .where('id', '=', id)
          // An admin may have set another one meanwhile, and means it.
          .where('password_hash', '=', oldHash)
          .returning('id')
          .executeTakeFirst();
        if (!row) throw fail('auth.password_wrong');
        await signOutEverywhere(tx, changed, id, sessionId);
        if (change.revokeKubeconfigs) {
          await endCredentials(tx, changed, { id, at: now() }, revokeKubeconfigs);
        }
        changed('users');
      });
    },
  };
}

/** @throws user.exists */
export async function insertUser(
  tx: Transaction<Schema>,
  user: {
    readonly username: string;
    /** null: they have none. */
    readonly passwordHash: string | null;
    readonly role: NewRow<'users'>['role'];
    /** For those who sign in through the provider: who they are there. */
    readonly provider?: 'unknown' | { readonly issuer: string; readonly subject: string };
  },
  at: number,
): Promise<Row<'users'>> {
  try {
    return await tx
      .insertInto('users')
      .values({
        uid: randomUUID(),
        username: user.username,
        username_key: nameKey(user.username),
        password_hash: user.passwordHash,
        role: user.role,
        disabled: 0,
        ...(user.provider === undefined ? {} : { sign_in: 'provider', provider_at: at }),
        ...(typeof user.provider !== 'object'
          ? {}
          : {
              provider_issuer: user.provider.issuer,
              provider_subject: user.provider.subject,
            }),
        created_at: at,
        updated_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    if (isUniqueViolation(error)) throw fail('user.exists', { name: user.username });
    throw error;
  }
}

/**
 * Removes a user with all that is theirs.
 *
 * @throws user.not_found, user.last_admin; then nothing was written
 */
export async function removeUser(tx: Transaction<Schema>, changed: Changed, id: number) {
  await keepAnAdmin(tx, id);
  const gone = await tx.deleteFrom('users').where('id', '=', id).returning('id').executeTakeFirst();
  if (!gone) throw fail('user.not_found', { id });
  for (const topic of ['users', 'teams', 'sessions', 'tokens', 'kubeconfigs', 'grants'] as const) {
    changed(topic);
  }
}

/**
 * Shuts a user out everywhere, or lets them in again.
 *
 * @returns whether that changed anything
 * @throws user.not_found, user.last_admin; then nothing was written
 */
export async function setDisabled(
  tx: Transaction<Schema>,
  changed: Changed,
  { id, disabled, at }: { readonly id: number; readonly disabled: boolean; readonly at: number },
  revokeKubeconfigs: RevokeKubeconfigs,
): Promise<'done' | 'unchanged'> {
  const row = await tx
    .selectFrom('users')
    .select('disabled')
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw fail('user.not_found', { id });
  if ((row.disabled === 1) === disabled) return 'unchanged';
  if (disabled) await keepAnAdmin(tx, id);
  await tx
    .updateTable('users')
    .set({ disabled: disabled ? 1 : 0, updated_at: at })
    .where('id', '=', id)
    .execute();
  if (disabled) {
    await signOutEverywhere(tx, changed, id);
    await endCredentials(tx, changed, { id, at }, revokeKubeconfigs);
  }
  changed('users');
  return 'done';
}

/**
 * Ends what a user has made to be let in without them. Whoever knew a password, or sat at a page left
 * open, may have made it; and what came back with the user one day would be theirs again.
 */
async function endCredentials(
  tx: Transaction<Schema>,
  changed: Changed,
  { id, at }: { readonly id: number; readonly at: number },
  revokeKubeconfigs: RevokeKubeconfigs,
): Promise<void> {
  await revokeKubeconfigs(tx, id, at);
  changed('kubeconfigs');
  await tx.deleteFrom('api_tokens').where('user_id', '=', id).execute();
  changed('tokens');
}

/**
 * Refuses an API token what is about an admin, by what they are in this transaction.
 *
 * @throws user.session_only
 */
export async function limitTokenTo(tx: Transaction<Schema>, by: ShownBy, id: number) {
  if (by === 'session') return;
  const row = await tx.selectFrom('users').select('role').where('id', '=', id).executeTakeFirst();
  limitToken(by, row?.role);
}

/**
 * Refuses where a user is the only admin who can sign in, since nobody could undo what follows.
 *
 * @throws user.last_admin
 */
async function keepAnAdmin(tx: Transaction<Schema>, id: number): Promise<void> {
  if (await isLastAdmin(tx, id)) throw fail('user.last_admin');
}

/** Whether a user is the only admin who is not disabled. */
export async function isLastAdmin(tx: Transaction<Schema>, id: number): Promise<boolean> {
  const admins = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled', '=', 0)
    .limit(2)
    .execute();
  return admins.length === 1 && admins[0]?.id === id;
}
