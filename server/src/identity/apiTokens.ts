import type { ApiToken } from '@sallyport/contract';
import { fail } from '../errors.ts';
import { createCache } from '../store/cache.ts';
import { keyContains } from '../store/names.ts';
import type { Row } from '../store/schema.ts';
import { countsUntil } from '../store/signInProvider.ts';
import type { Logger, Store } from '../store/store.ts';
import { hashToken, newToken, parseToken } from '../tokens.ts';
import type { Page } from './users.ts';
import type { Principal } from './userView.ts';

export interface ApiTokensDependencies {
  readonly store: Store;
  readonly logger: Logger;
  readonly now?: () => number;
}

export interface ApiTokenRequest {
  readonly name: string;
  /** RFC 3339; null or absent: never. */
  readonly expiresAt?: string | null | undefined;
}

interface Known {
  readonly tokenId: number;
  readonly user: Principal;
  readonly expiresAt: number | null;
  /** When its user must have signed in through the provider again; null: they need not. */
  readonly signInUntil: number | null;
  /** When its last use was last written. */
  writtenAt: number;
}

const WRITE_EVERY_MS = 60_000;

export type ApiTokens = ReturnType<typeof createApiTokens>;

/** Credentials for the REST API, each its user's own. */
export function createApiTokens({ store, logger, now = Date.now }: ApiTokensDependencies) {
  const cache = createCache<string, Known>({ store, topics: ['tokens', 'users'], load });

  async function load(hash: string): Promise<Known | undefined> {
    const row = await store.db
      .selectFrom('api_tokens')
      .innerJoin('users', 'users.id', 'api_tokens.user_id')
      .leftJoin('sign_in_provider', (join) => join.onTrue())
      .where('api_tokens.token_hash', '=', hash)
      .where('users.disabled', '=', 0)
      .select([
        'api_tokens.id',
        'api_tokens.user_id',
        'api_tokens.expires_at',
        'api_tokens.last_used_at',
        'users.username',
        'users.role',
        'users.sign_in',
        'users.provider_at',
        'sign_in_provider.counts_for',
      ])
      .executeTakeFirst();
    return (
      row && {
        tokenId: row.id,
        user: { id: row.user_id, username: row.username, role: row.role },
        expiresAt: row.expires_at,
        signInUntil: countsUntil(row, row.counts_for),
        writtenAt: row.last_used_at ?? 0,
      }
    );
  }

  const isLapsed = ({ signInUntil }: Known) => signInUntil !== null && signInUntil <= now();

  /** Notes a use, at most once a minute; waits for nothing, since the request need not. */
  function touch(known: Known): void {
    const at = now();
    if (at - known.writtenAt < WRITE_EVERY_MS) return;
    known.writtenAt = at;
    store
      .write((tx) =>
        tx
          .updateTable('api_tokens')
          .set({ last_used_at: at })
          .where('id', '=', known.tokenId)
          .execute(),
      )
      .catch((error) =>
        logger.warn({ err: error }, 'the last use of an API token was not written'),
      );
  }

  return {
    /** @param page `q` is looked for anywhere in the name */
    async list(
      userId: number,
      { limit, offset, q }: Page,
    ): Promise<{ items: ApiToken[]; total: number }> {
      const found = store.db
        .selectFrom('api_tokens')
        .where('user_id', '=', userId)
        .$if(q !== undefined, (query) =>
          query.where(({ fn, ref }) => keyContains(fn('lower', [ref('name')]), q ?? '')),
        );
      const { total } = await found
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await found
        .selectAll()
        .orderBy('id', 'desc')
        .limit(limit)
        .offset(offset)
        .execute();
      return { items: rows.map(view), total };
    },

    /**
     * Makes a token.
     *
     * @returns it with its secret, which exists nowhere else
     * @throws request.invalid where it would have expired already
     */
    async create(
      userId: number,
      { name, expiresAt }: ApiTokenRequest,
    ): Promise<ApiToken & { token: string }> {
      const at = now();
      const expires = expiresAt ? Date.parse(expiresAt) : null;
      if (expires !== null && expires <= at) {
        throw fail('request.invalid', { why: 'expiresAt must be in the future.' });
      }
      const { token, hash, hint } = newToken('api');
      const row = await store.write(async (tx, changed) => {
        changed('tokens');
        return tx
          .insertInto('api_tokens')
          .values({
            user_id: userId,
            name,
            token_hash: hash,
            hint,
            created_at: at,
            expires_at: expires,
            last_used_at: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
      });
      return { ...view(row), token };
    },

    /**
     * Revokes a token; it is refused from the next request on.
     *
     * @param userId whose it must be; undefined: anyone's
     * @throws token.not_found
     */
    async delete(userId: number | undefined, id: number): Promise<void> {
      await store.write(async (tx, changed) => {
        const gone = await tx
          .deleteFrom('api_tokens')
          .where('id', '=', id)
          .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? 0))
          .returning('id')
          .executeTakeFirst();
        if (!gone) throw fail('token.not_found', { id });
        changed('tokens');
      });
    },

    /**
     * Says whose token it is.
     *
     * @returns undefined where it is unknown, revoked or expired, or its user is disabled
     * @throws auth.sign_in_lapsed
     */
    async authenticate(token: string): Promise<Principal | undefined> {
      if (parseToken(token)?.kind !== 'api') return undefined;
      const hash = hashToken(token);
      let known = await cache.get(hash);
      if (known && isLapsed(known)) {
        // They may have signed in since it was read.
        cache.forget(hash);
        known = await cache.get(hash);
      }
      if (!known || (known.expiresAt !== null && known.expiresAt <= now())) return undefined;
      if (isLapsed(known)) {
        const time = new Date(known.signInUntil ?? 0).toISOString().replace(/\.\d+Z$/, 'Z');
        throw fail('auth.sign_in_lapsed', { time });
      }
      touch(known);
      return known.user;
    },

    close: cache.close,
  };
}

function view(row: Row<'api_tokens'>): ApiToken {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    createdAt: new Date(row.created_at).toISOString(),
    expiresAt: time(row.expires_at),
    lastUsedAt: time(row.last_used_at),
  };
}
