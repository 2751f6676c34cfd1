import type { Session as SessionView } from '@sallyport/contract';
import { fail } from '../errors.ts';
import { createCache } from '../store/cache.ts';
import type { Logger, Store } from '../store/store.ts';
import { hashToken, newToken, parseToken } from '../tokens.ts';
import { signOutEverywhere } from './signOut.ts';
import type { Page } from './users.ts';
import type { Principal } from './userView.ts';

export interface SessionsDependencies {
  readonly store: Store;
  /** How long a sign-in lasts, in milliseconds. */
  readonly lifetime: () => number;
  /** How long it lasts unused, in milliseconds. */
  readonly idle: () => number;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** Where a sign-in comes from. */
export interface SessionClient {
  readonly address: string;
  readonly userAgent: string;
  /** How long it lasts at the most, whatever the setting, in milliseconds; absent or 0: no matter. */
  readonly longest?: number;
}

export interface Session {
  readonly sessionId: number;
  readonly user: Principal;
  /** Whether it was held back until its user has a second factor. */
  readonly secondFactorDue: boolean;
}

interface Known extends Session {
  readonly createdAt: number;
  readonly expiresAt: number;
  lastSeenAt: number;
  /** What of {@link lastSeenAt} stands in the store. */
  writtenAt: number;
}

const WRITE_EVERY_MS = 60_000;
const LONGEST_USER_AGENT = 200;

export type Sessions = ReturnType<typeof createSessions>;

/** Browsers' sign-ins. The store knows a cookie's hash only. */
export function createSessions({
  store,
  lifetime,
  idle,
  logger,
  now = Date.now,
}: SessionsDependencies) {
  const cache = createCache<string, Known>({ store, topics: ['sessions', 'users'], load });

  async function load(hash: string): Promise<Known | undefined> {
    const row = await store.db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .where('sessions.token_hash', '=', hash)
      .where('users.disabled', '=', 0)
      .select([
        'sessions.id',
        'sessions.user_id',
        'sessions.created_at',
        'sessions.expires_at',
        'sessions.last_seen_at',
        'sessions.second_factor_due',
        'users.username',
        'users.role',
      ])
      .executeTakeFirst();
    return (
      row && {
        sessionId: row.id,
        user: { id: row.user_id, username: row.username, role: row.role },
        secondFactorDue: row.second_factor_due === 1,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        lastSeenAt: row.last_seen_at,
        writtenAt: row.last_seen_at,
      }
    );
  }

  const isIdle = (known: Known) => now() - known.lastSeenAt >= idle();

  /** A lifetime that was shortened ends earlier sessions too; one that was lengthened does not. */
  const isOver = (known: Known) => now() >= Math.min(known.expiresAt, known.createdAt + lifetime());

  async function find(hash: string): Promise<Known | undefined> {
    const known = await cache.get(hash);
    if (!known || !isIdle(known)) return known;
    // Idle as far as this process knows; another one may have seen it since.
    cache.forget(hash);
    const fresh = await cache.get(hash);
    return fresh && !isIdle(fresh) ? fresh : undefined;
  }

  /** Notes that a session is in use; waits for nothing, since the request need not. */
  function touch(known: Known): void {
    known.lastSeenAt = now();
    // A quarter of a short idle time, so that what is written is never as old as that.
    if (known.lastSeenAt - known.writtenAt < Math.min(WRITE_EVERY_MS, idle() / 4)) return;
    known.writtenAt = known.lastSeenAt;
    store
      .write((tx) =>
        tx
          .updateTable('sessions')
          .set({ last_seen_at: known.lastSeenAt })
          .where('id', '=', known.sessionId)
          .where('last_seen_at', '<', known.lastSeenAt)
          .execute(),
      )
      .catch((error) => logger.warn({ err: error }, 'the last use of a session was not written'));
  }

  return {
    /**
     * Begins a session, and clears away those that are over.
     *
     * @param secondFactorDue whether it is held back until its user has a second factor
     * @returns the cookie's value, which exists nowhere else
     * @throws auth.failed where the user was disabled or removed meanwhile
     */
    async create(
      userId: number,
      { address, userAgent, longest = 0 }: SessionClient,
      secondFactorDue = false,
    ): Promise<string> {
      const life = longest === 0 ? lifetime() : Math.min(longest, lifetime());
      const { token, hash } = newToken('session');
      const at = now();
      await store.write(async (tx) => {
        const user = await tx
          .selectFrom('users')
          .select('id')
          .where('id', '=', userId)
          .where('disabled', '=', 0)
          .executeTakeFirst();
        if (!user) throw fail('auth.failed');
        await tx.deleteFrom('sessions').where('expires_at', '<=', at).execute();
        await tx
          .insertInto('sessions')
          .values({
            user_id: userId,
            token_hash: hash,
            created_at: at,
            last_seen_at: at,
            expires_at: at + life,
            address,
            user_agent: userAgent.slice(0, LONGEST_USER_AGENT),
            second_factor_due: secondFactorDue ? 1 : 0,
          })
          .execute();
      });
      return token;
    },

    /**
     * Says whose session a cookie's value stands for.
     *
     * @returns undefined where it stands for none, or for one that is over
     */
    async authenticate(token: string): Promise<Session | undefined> {
      if (parseToken(token)?.kind !== 'session') return undefined;
      const known = await find(hashToken(token));
      if (!known || isOver(known)) return undefined;
      touch(known);
      const { sessionId, user, secondFactorDue } = known;
      return { sessionId, user, secondFactorDue };
    },

    /** Ends the session of a cookie's value, if there is one. */
    async end(token: string): Promise<void> {
      if (parseToken(token)?.kind !== 'session') return;
      await store.write(async (tx, changed) => {
        await tx.deleteFrom('sessions').where('token_hash', '=', hashToken(token)).execute();
        changed('sessions');
      });
    },

    /**
     * Lists a user's sessions that go on, last seen first.
     *
     * @param current the one that asks, if it is one
     */
    async list(
      userId: number,
      current: number | undefined,
      { limit, offset }: Omit<Page, 'q'>,
    ): Promise<{ items: SessionView[]; total: number }> {
      const at = now();
      const found = store.db
        .selectFrom('sessions')
        .where('user_id', '=', userId)
        .where('expires_at', '>', at)
        .where('created_at', '>', at - lifetime())
        .where('last_seen_at', '>', at - idle());
      const { total } = await found
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await found
        .selectAll()
        .orderBy('last_seen_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .offset(offset)
        .execute();
      const time = (ms: number) => new Date(ms).toISOString();
      return {
        items: rows.map((row) => ({
          id: row.id,
          userId: row.user_id,
          createdAt: time(row.created_at),
          lastSeenAt: time(row.last_seen_at),
          expiresAt: time(Math.min(row.expires_at, row.created_at + lifetime())),
          address: row.address,
          userAgent: row.user_agent,
          current: row.id === current,
        })),
        total: Number(total),
      };
    },

    /**
     * Ends one session; its cookie is refused from the next request on.
     *
     * @param userId whose it must be; absent: anyone's
     * @throws session.not_found
     */
    async endOne(id: number, userId?: number): Promise<void> {
      await store.write(async (tx, changed) => {
        const gone = await tx
          .deleteFrom('sessions')
          .where('id', '=', id)
          .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? 0))
          .returning('id')
          .executeTakeFirst();
        if (!gone) throw fail('session.not_found', { id });
        changed('sessions');
      });
    },

    /**
     * Signs a user out everywhere.
     *
     * @param except a session that goes on
     * @returns how many have ended
     */
    async endAllOf(userId: number, except?: number): Promise<number> {
      return store.write((tx, changed) => signOutEverywhere(tx, changed, userId, except));
    },

    close: cache.close,
  };
}
