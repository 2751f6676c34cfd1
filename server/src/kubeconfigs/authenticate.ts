import { fail, type SallyportError } from '../errors.ts';
import { createCache } from '../store/cache.ts';
import type { Store } from '../store/store.ts';
import { hashToken, parseToken } from '../tokens.ts';
import type { Caller } from './caller.ts';

export interface AuthenticatorDependencies {
  readonly store: Store;
  readonly now?: () => number;
}

/** What is known of a token's hash: who it is, or what stands against it. */
type Known =
  | { readonly caller: Caller; readonly refusal?: never }
  | { readonly caller?: never; readonly refusal: () => SallyportError };

const UNKNOWN: Known = { refusal: () => fail('proxy.credential_unknown') };

/** Bounds the memory that a flood of well-formed unknown tokens can take. */
const MAX_KNOWN = 50_000;

/** Says who stands behind a kubeconfig's token. */
export function createAuthenticator({ store, now = Date.now }: AuthenticatorDependencies) {
  const cache = createCache<string, Known>({
    store,
    topics: ['kubeconfigs', 'users', 'teams'],
    load: lookUp,
    max: MAX_KNOWN,
  });

  /**
   * Checks a token.
   *
   * @returns at once where the token was seen since the last change, else after a query
   * @throws auth.wrong_credential, proxy.credential_unknown, proxy.kubeconfig_expired,
   *   proxy.kubeconfig_revoked, proxy.user_disabled
   */
  function authenticate(token: string): Caller | Promise<Caller> {
    const hash = hashToken(token);
    const known = cache.peek(hash);
    if (known) return admit(known);
    const kind = parseToken(token)?.kind;
    if (kind === undefined) throw fail('proxy.credential_unknown');
    if (kind !== 'kubeconfig') throw fail('auth.wrong_credential');
    return cache.get(hash).then((found) => admit(found ?? UNKNOWN));
  }

  function admit({ caller, refusal }: Known): Caller {
    if (!caller) throw refusal();
    if (caller.expiresAt !== null && caller.expiresAt <= now()) throw expired(caller.expiresAt);
    return caller;
  }

  const expired = (at: number) => fail('proxy.kubeconfig_expired', { time: spoken(at) });

  async function lookUp(hash: string): Promise<Known> {
    const row = await store.db
      .selectFrom('kubeconfigs')
      .innerJoin('users', 'users.id', 'kubeconfigs.user_id')
      .where('kubeconfigs.token_hash', '=', hash)
      .select([
        'kubeconfigs.id',
        'kubeconfigs.user_id',
        'kubeconfigs.expires_at',
        'kubeconfigs.revoked_at',
        'users.username',
        'users.uid',
        'users.disabled',
      ])
      .executeTakeFirst();
    if (!row) return UNKNOWN;
    const { revoked_at, username } = row;
    if (row.disabled) return { refusal: () => fail('proxy.user_disabled', { username }) };
    if (revoked_at !== null) {
      const time = spoken(revoked_at);
      return { refusal: () => fail('proxy.kubeconfig_revoked', { time }) };
    }
    const [environments, teams] = await Promise.all([
      store.db
        .selectFrom('kubeconfig_environments')
        .where('kubeconfig_id', '=', row.id)
        .select('environment_id')
        .execute(),
      store.db
        .selectFrom('team_members')
        .innerJoin('teams', 'teams.id', 'team_members.team_id')
        .where('team_members.user_id', '=', row.user_id)
        .select('teams.name')
        .orderBy('teams.name')
        .execute(),
    ]);
    return {
      caller: {
        kubeconfigId: row.id,
        userId: row.user_id,
        username,
        uid: row.uid,
        teams: teams.map(({ name }) => name),
        environmentIds: new Set(environments.map(({ environment_id }) => environment_id)),
        expiresAt: row.expires_at,
      },
    };
  }

  return { authenticate, stop: cache.close };
}

/** A moment in a sentence: `2026-12-22 14:25 UTC`. */
function spoken(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
