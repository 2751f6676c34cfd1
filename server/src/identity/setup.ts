import { NewPassword, PrincipalName, type SetupRequest, type User } from '@sallyport/contract';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { noChannel, type OpenChannel } from '../channel.ts';
import { fail } from '../errors.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { hashToken, newToken } from '../tokens.ts';
import { createAttempts } from './attempts.ts';
import type { Passwords } from './passwords.ts';
import { networkOf } from './signInLimits.ts';
import { insertUser } from './users.ts';
import { viewUser } from './userView.ts';

export interface SetupDependencies {
  readonly store: Store;
  readonly passwords: Passwords;
  /** To the processes that count attempts together. */
  readonly openChannel?: OpenChannel;
  readonly now?: () => number;
}

const META_KEY = 'setup_tokens';
const VALID_MS = 24 * 3_600_000;
/** Several replicas that start at once each print a token, and each must do. */
const MAX_TOKENS = 10;
const MINUTE = 60_000;
const ATTEMPTS = {
  free: 10,
  firstWaitMs: MINUTE / 2,
  longestWaitMs: 15 * MINUTE,
  forgetMs: 15 * MINUTE,
};

const IssuedTokens = z.array(z.object({ hash: z.string(), expiresAt: z.number() }));

export type Setup = ReturnType<typeof createSetup>;

/** The first admin, and the one-time token that makes them. */
export function createSetup({
  store,
  passwords,
  openChannel = noChannel,
  now = Date.now,
}: SetupDependencies) {
  const attempts = createAttempts(ATTEMPTS, now, openChannel('attempts of the set-up'));
  /** Once there is a user there always is one, since the last admin cannot be removed. */
  let done = false;

  async function required(): Promise<boolean> {
    done ||= await hasUsers(store.db);
    return !done;
  }

  async function insertFirstAdmin(username: string, password: string): Promise<User> {
    const passwordHash = await passwords.hashPassword(password);
    return store.write(async (tx, changed) => {
      if (await hasUsers(tx)) throw fail('setup.done');
      const row = await insertUser(tx, { username, passwordHash, role: 'admin' }, now());
      await tx.deleteFrom('meta').where('key', '=', META_KEY).execute();
      changed('users');
      return viewUser(tx, row);
    });
  }

  return {
    /** Whether there is no user yet. */
    required,

    /**
     * Makes a one-time token, valid for 24 hours; the store keeps its hash.
     *
     * @returns undefined where there is a user already
     */
    async issueToken(): Promise<string | undefined> {
      const { token, hash } = newToken('setup');
      const at = now();
      return store.write(async (tx) => {
        if (await hasUsers(tx)) return undefined;
        const earlier = (await issuedTokens(tx)).filter(({ expiresAt }) => expiresAt > at);
        const value = JSON.stringify(
          [...earlier, { hash, expiresAt: at + VALID_MS }].slice(-MAX_TOKENS),
        );
        await tx
          .insertInto('meta')
          .values({ key: META_KEY, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute();
        return token;
      });
    },

    /**
     * Makes the first admin. Of two who try at once one succeeds.
     *
     * @param address where the request comes from: an IP address
     * @throws setup.done, setup.token_wrong, auth.rate_limited, request.too_many
     */
    async complete(
      { token, username, password }: z.infer<typeof SetupRequest>,
      address: string,
    ): Promise<User> {
      if (!(await required())) throw fail('setup.done');
      const network = networkOf(address);
      const wait = attempts.waitMs(network);
      if (wait > 0) throw fail('auth.rate_limited', { seconds: Math.ceil(wait / 1000) });
      attempts.begin(network);
      const hash = hashToken(token);
      const issued = await issuedTokens(store.db);
      if (!issued.some((one) => one.hash === hash && one.expiresAt > now())) {
        // Whoever was quicker has taken the tokens away with the need for them.
        if (!(await required())) throw fail('setup.done');
        throw fail('setup.token_wrong');
      }
      return insertFirstAdmin(username, password);
    },

    /**
     * Makes the first admin without a token, for one who has the machine itself.
     *
     * @returns undefined where there is a user already
     * @throws request.invalid where the name or the password is not one that may be chosen
     */
    async createFirstAdmin(username: string, password: string): Promise<User | undefined> {
      if (!(await required())) return undefined;
      const chosen = z.object({ username: PrincipalName, password: NewPassword });
      const { error } = chosen.safeParse({ username, password });
      const issue = error?.issues[0];
      if (issue) {
        throw fail('request.invalid', {
          why: `The ${String(issue.path[0])} of the first admin ${issue.message}.`,
        });
      }
      return insertFirstAdmin(username, password);
    },
  };
}

async function hasUsers(db: Kysely<Schema>): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
}

async function issuedTokens(db: Kysely<Schema>): Promise<z.infer<typeof IssuedTokens>> {
  const row = await db
    .selectFrom('meta')
    .select('value')
    .where('key', '=', META_KEY)
    .executeTakeFirst();
  return row ? IssuedTokens.parse(JSON.parse(row.value)) : [];
}
