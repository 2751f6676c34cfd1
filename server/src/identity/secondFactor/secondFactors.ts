import type { SecondFactor, SecondFactorRule, User } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { fail } from '../../errors.ts';
import type { Row, Schema } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import type { SignInLimits } from '../signInLimits.ts';
import { signOutEverywhere } from '../signOut.ts';
import { newSecret, stepOf, uriOf } from './appCode.ts';
import {
  boundTo,
  type CodeOutcome,
  checkCode,
  factorOf,
  openSecret,
  type Sealer,
} from './check.ts';
import { settle } from './halfSignIns.ts';
import { replaceRecoveryCodes } from './recoveryCodes.ts';
import { noteRemoval, removeFactor } from './remove.ts';

export interface SecondFactorsDependencies {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly limits: SignInLimits;
  /** Who must have one. */
  readonly rule: () => SecondFactorRule;
  readonly now?: () => number;
}

/** A person at their own second factor. */
export interface Owner {
  readonly userId: number;
  readonly username: string;
  /** The session that asks; it goes on. */
  readonly sessionId: number;
  /** Where it comes from: an IP address. */
  readonly address: string;
}

/** A secret that nobody gave a code of by then is no use to anybody. */
const SETUP_MS = 15 * 60_000;

export type SecondFactors = ReturnType<typeof createSecondFactors>;

/** Whether a rule asks somebody with this role for a second factor. */
export function isAsked(rule: SecondFactorRule, role: User['role']): boolean {
  return rule === 'everybody' || (rule === 'admins' && role === 'admin');
}

/**
 * People's second factors: set up, shown, switched off. Whoever calls has asked for the password
 * where that is needed; the code is asked here.
 */
export function createSecondFactors({
  store,
  sealer,
  limits,
  rule,
  now = Date.now,
}: SecondFactorsDependencies) {
  /** Does something with a code of one's own, which counts like one at sign-in. */
  async function withCode<T>(
    { userId, username, sessionId, address }: Owner,
    code: string,
    act: (tx: Transaction<Schema>, changed: Parameters<typeof signOutEverywhere>[1]) => Promise<T>,
  ): Promise<T> {
    const attempt = await limits.begin(username, address);
    const result = await store.write(async (tx, changed) => {
      await requireSession(tx, userId, sessionId);
      const factor = await factorOf(tx, userId);
      if (!factor) return undefined;
      const outcome: CodeOutcome = await checkCode(tx, sealer, factor, code, now());
      return { outcome, done: outcome.right ? await act(tx, changed) : undefined };
    });
    if (!result) {
      attempt.giveBack();
      throw fail('second_factor.none');
    }
    settle(result.outcome, attempt);
    return result.done as T;
  }

  return {
    /** What a person may know of their own. */
    async get(userId: number): Promise<SecondFactor> {
      const { db } = store;
      const user = await db
        .selectFrom('users')
        .select(['role', 'password_hash'])
        .where('id', '=', userId)
        .executeTakeFirst();
      if (!user) throw fail('user.not_found', { id: userId });
      const factor = await factorOf(db, userId);
      const { left } = await db
        .selectFrom('recovery_codes')
        .where('user_id', '=', userId)
        .select(({ fn }) => fn.countAll<number>().as('left'))
        .executeTakeFirstOrThrow();
      const removal = await db
        .selectFrom('second_factor_removals')
        .selectAll()
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return {
        since: factor ? timeOf(factor.confirmed_at ?? 0) : null,
        recoveryCodesLeft: factor ? Number(left) : 0,
        required: isAsked(rule(), user.role),
        hasPassword: user.password_hash !== null,
        removed: removal ? { at: timeOf(removal.removed_at), by: removal.removed_by } : null,
      };
    },

    /** Whether a user who signs in by password has to set one up before all else. */
    isDue: ({ role, secondFactor }: Pick<User, 'role' | 'secondFactor'>): boolean =>
      !secondFactor && isAsked(rule(), role),

    /** Whether a session that was held back for it still has to be. */
    isHeld: (session: { readonly secondFactorDue: boolean; readonly user: Pick<User, 'role'> }) =>
      session.secondFactorDue && isAsked(rule(), session.user.role),

    /**
     * Makes a secret; it takes the place of one that was never confirmed.
     *
     * @param host where the person reaches Sallyport
     * @throws second_factor.exists
     */
    async begin({ userId, username, sessionId }: Owner, host: string | undefined) {
      const secret = newSecret();
      const made = {
        secret: sealer.seal(secret, boundTo(userId)),
        ...{ session_id: sessionId, created_at: now(), confirmed_at: null },
        ...{ last_step: -1, failures: 0, open_at: 0 },
      };
      await store.write(async (tx) => {
        await requireSession(tx, userId, sessionId);
        if (await factorOf(tx, userId)) throw fail('second_factor.exists');
        await tx
          .insertInto('second_factors')
          .values({ user_id: userId, ...made })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet(made))
          .execute();
      });
      return { secret, uri: uriOf(secret, username, host) };
    },

    /**
     * Switches on what {@link begin} made in the same session; the other sign-ins end.
     *
     * @param code in its plain form; a recovery code is none here
     * @returns the recovery codes
     * @throws second_factor.not_begun, second_factor.exists, auth.code_wrong, auth.rate_limited
     */
    async confirm({ userId, username, sessionId, address }: Owner, code: string) {
      const attempt = await limits.begin(username, address);
      const codes = await store.write(async (tx, changed) => {
        await requireSession(tx, userId, sessionId);
        const begun = await begunBy(tx, userId, sessionId, now());
        const step = stepOf(openSecret(sealer, begun), code, now(), begun.last_step);
        if (step === undefined) return undefined;
        await tx
          .updateTable('second_factors')
          .set({ confirmed_at: now(), session_id: null, last_step: step })
          .where('user_id', '=', userId)
          .execute();
        await tx.deleteFrom('second_factor_removals').where('user_id', '=', userId).execute();
        await signOutEverywhere(tx, changed, userId, sessionId);
        await tx
          .updateTable('sessions')
          .set({ second_factor_due: 0 })
          .where('id', '=', sessionId)
          .execute();
        changed('users');
        return replaceRecoveryCodes(tx, userId);
      });
      if (!codes) throw fail('auth.code_wrong');
      attempt.giveBack();
      return codes;
    },

    /**
     * Makes new recovery codes; the earlier ones are good no longer.
     *
     * @throws second_factor.none, auth.code_wrong, auth.rate_limited
     */
    renewCodes: (owner: Owner, code: string): Promise<string[]> =>
      withCode(owner, code, (tx) => replaceRecoveryCodes(tx, owner.userId)),

    /**
     * Switches it off; the other sign-ins end. Where one is asked for, this one opens nothing more
     * until there is another.
     *
     * @throws second_factor.none, auth.code_wrong, auth.rate_limited
     */
    async off(owner: Owner, code: string): Promise<void> {
      await withCode(owner, code, async (tx, changed) => {
        await removeFactor(tx, changed, owner.userId, owner.sessionId);
        await tx
          .updateTable('sessions')
          .set({ second_factor_due: 1 })
          .where('id', '=', owner.sessionId)
          .execute();
      });
    },

    /**
     * Takes somebody else's away, as for a lost phone; all their sign-ins end.
     *
     * @param by who does it, by name
     * @throws user.not_found, second_factor.none
     */
    async remove(userId: number, by: string): Promise<void> {
      await store.write(async (tx, changed) => {
        const user = await tx
          .selectFrom('users')
          .select('id')
          .where('id', '=', userId)
          .executeTakeFirst();
        if (!user) throw fail('user.not_found', { id: userId });
        if (!(await removeFactor(tx, changed, userId))) throw fail('second_factor.none');
        await noteRemoval(tx, userId, by, now());
      });
    },
  };
}

/** What a session has begun to set up and may confirm. */
async function begunBy(
  tx: Transaction<Schema>,
  userId: number,
  sessionId: number,
  at: number,
): Promise<Row<'second_factors'>> {
  if (await factorOf(tx, userId)) throw fail('second_factor.exists');
  const begun = await tx
    .selectFrom('second_factors')
    .selectAll()
    .where('user_id', '=', userId)
    .where('session_id', '=', sessionId)
    .where('created_at', '>', at - SETUP_MS)
    .executeTakeFirst();
  if (!begun) throw fail('second_factor.not_begun');
  return begun;
}

/** A session may have ended while its password was checked, by a change of that very password. */
async function requireSession(
  tx: Transaction<Schema>,
  userId: number,
  sessionId: number,
): Promise<void> {
  const session = await tx
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', sessionId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (!session) throw fail('auth.required');
}

const timeOf = (at: number) => new Date(at).toISOString();
