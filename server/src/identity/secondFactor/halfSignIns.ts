import { fail } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { hashToken, newToken, parseToken } from '../../tokens.ts';
import type { SignInLimits } from '../signInLimits.ts';
import { type CodeOutcome, checkCode, factorOf, type Sealer } from './check.ts';

export interface HalfSignInsDependencies {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly limits: SignInLimits;
  readonly now?: () => number;
}

export interface SecondStep {
  /** The cookie's value. */
  readonly token: string;
  /** In its plain form. */
  readonly code: string;
  /** Where it comes from: an IP address. */
  readonly address: string;
}

/** How long the code may take after the password. */
export const HALF_LIFETIME_MS = 5 * 60_000;
/** Codes of one sign-in; then the password is asked again. */
const MAX_TRIES = 5;

export type HalfSignIns = ReturnType<typeof createHalfSignIns>;

/**
 * Sign-ins between their password and their code. Each is a cookie of its own kind, so only the
 * browser that gave the password can go on, and it opens nothing else. The store knows its hash.
 */
export function createHalfSignIns({
  store,
  sealer,
  limits,
  now = Date.now,
}: HalfSignInsDependencies) {
  async function find(token: string) {
    if (parseToken(token)?.kind !== 'signin') return undefined;
    return store.db
      .selectFrom('half_sign_ins')
      .innerJoin('users', 'users.id', 'half_sign_ins.user_id')
      .where('half_sign_ins.token_hash', '=', hashToken(token))
      .where('half_sign_ins.expires_at', '>', now())
      .where('users.disabled', '=', 0)
      .select(['users.id', 'users.username'])
      .executeTakeFirst();
  }

  return {
    /**
     * Begins one, for a user whose password was right, and clears away those that are over.
     *
     * @returns the cookie's value, which exists nowhere else
     */
    async begin(userId: number): Promise<string> {
      const { token, hash } = newToken('signin');
      const at = now();
      await store.write(async (tx) => {
        await tx.deleteFrom('half_sign_ins').where('expires_at', '<=', at).execute();
        await tx
          .insertInto('half_sign_ins')
          .values({
            ...{ token_hash: hash, user_id: userId },
            ...{ tries: 0, expires_at: at + HALF_LIFETIME_MS },
          })
          .execute();
      });
      return token;
    },

    /** Who is half signed in by a cookie's value, or undefined. */
    find,

    /**
     * Ends one with a code. A wrong code counts as a wrong password does, for the same limits.
     *
     * @returns whose it was, and what kind of code it was
     * @throws auth.begin_again where it is unknown, over or used up; auth.code_wrong,
     *   auth.rate_limited, second_factor.unreadable
     */
    async finish({ token, code, address }: SecondStep) {
      const user = await find(token);
      if (!user) throw fail('auth.begin_again');
      const attempt = await limits.begin(user.username, address);
      const outcome = await store.write(async (tx): Promise<CodeOutcome | undefined> => {
        const half = await tx
          .updateTable('half_sign_ins')
          .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
          .where('token_hash', '=', hashToken(token))
          .where('tries', '<', MAX_TRIES)
          .returning('user_id')
          .executeTakeFirst();
        const factor = half && (await factorOf(tx, half.user_id));
        if (!factor) return undefined;
        const checked = await checkCode(tx, sealer, factor, code, now());
        if (checked.right) {
          await tx.deleteFrom('half_sign_ins').where('token_hash', '=', hashToken(token)).execute();
        }
        return checked;
      });
      if (outcome === undefined) {
        attempt.giveBack();
        throw fail('auth.begin_again');
      }
      settle(outcome, attempt);
      return { userId: user.id, username: user.username, by: outcome.by };
    },
  };
}

/**
 * Has the limits of sign-in know what became of a code.
 *
 * @throws auth.code_wrong, auth.rate_limited
 */
export function settle(
  outcome: CodeOutcome,
  attempt: Awaited<ReturnType<SignInLimits['begin']>>,
): asserts outcome is Extract<CodeOutcome, { right: true }> {
  if (outcome.right) return attempt.succeeded();
  if (outcome.waitMs === 0) throw fail('auth.code_wrong');
  // It was not looked at, so nothing was guessed.
  attempt.giveBack();
  throw fail('auth.rate_limited', { seconds: Math.ceil(outcome.waitMs / 1000) });
}
