import { durationInWords } from '@sallyport/contract';
import { fail, type SallyportError } from '../errors.ts';
import { createCache } from '../store/cache.ts';
import { countsUntil } from '../store/signInProvider.ts';
import type { Store } from '../store/store.ts';
import { hashToken, parseToken } from '../tokens.ts';
import { type Caller, KubeconfigRefused } from './caller.ts';
import { idleEndOf } from './life.ts';
import { spoken } from './spoken.ts';

export interface AuthenticatorDependencies {
  readonly store: Store;
  readonly now?: () => number;
}

/** What is known of a token's hash: who it is, or what stands against it. */
type Known =
  | { readonly caller: Caller; readonly refusal?: never }
  | { readonly caller?: never; readonly refusal: () => SallyportError };

type Owner = Pick<Caller, 'kubeconfigId' | 'userId' | 'username' | 'uid' | 'createdAt'>;

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
   * @param hash of just this token, by {@link hashToken}, where it has been made already
   * @returns at once where the token was seen since the last change, else after a query
   * @throws auth.wrong_credential, proxy.credential_unknown, proxy.kubeconfig_expired,
   *   proxy.kubeconfig_renewed, proxy.kubeconfig_idle, proxy.kubeconfig_revoked, proxy.user_disabled,
   *   proxy.sign_in_lapsed
   */
  function authenticate(token: string, hash = hashToken(token)): Caller | Promise<Caller> {
    const known = cache.peek(hash);
    if (known && !mayHaveGoneOn(known)) return admit(known);
    // A use, or a sign-in, that was written since it was read may have put its end off.
    if (known) cache.forget(hash);
    const kind = parseToken(token)?.kind;
    if (kind === undefined) throw fail('proxy.credential_unknown');
    if (kind !== 'kubeconfig') throw fail('auth.wrong_credential');
    return cache.get(hash).then((found) => admit(found ?? UNKNOWN));
  }

  function admit({ caller, refusal }: Known): Caller {
    if (!caller) throw refusal();
    const { expiresAt, renewedAt } = caller;
    if (expiresAt !== null && expiresAt <= now()) {
      throw refused(caller, ended(expiresAt, renewedAt));
    }
    return caller;
  }

  function mayHaveGoneOn({ caller }: Known): boolean {
    if (!caller) return false;
    const { idleAt, signInUntil, expiresAt } = caller;
    if (idleAt === null && signInUntil === null) return false;
    const at = now();
    if ((idleAt === null || idleAt > at) && (signInUntil === null || signInUntil > at))
      return false;
    return expiresAt === null || expiresAt > at;
  }

  async function lookUp(hash: string): Promise<Known> {
    const row = await store.db
      .selectFrom('kubeconfigs')
      .innerJoin('users', 'users.id', 'kubeconfigs.user_id')
      .leftJoin('sign_in_provider', (join) => join.onTrue())
      .where('kubeconfigs.token_hash', '=', hash)
      .select([
        'kubeconfigs.id',
        'kubeconfigs.user_id',
        'kubeconfigs.created_at',
        'kubeconfigs.expires_at',
        'kubeconfigs.idle_after',
        'kubeconfigs.last_used_at',
        'kubeconfigs.renewed_at',
        'kubeconfigs.revoked_at',
        'users.username',
        'users.uid',
        'users.disabled',
        'users.sign_in',
        'users.provider_at',
        'sign_in_provider.counts_for',
      ])
      .executeTakeFirst();
    if (!row) return UNKNOWN;
    const { revoked_at, username } = row;
    const owner: Owner = {
      ...{ kubeconfigId: row.id, userId: row.user_id, username, uid: row.uid },
      createdAt: row.created_at,
    };
    if (row.disabled) {
      return { refusal: () => refused(owner, fail('proxy.user_disabled', { username })) };
    }
    if (revoked_at !== null) {
      const time = spoken(revoked_at);
      return { refusal: () => refused(owner, fail('proxy.kubeconfig_revoked', { time })) };
    }
    const idleAt = idleEndOf(row);
    if (idleAt !== null && idleAt <= now() && (row.expires_at ?? idleAt) >= idleAt) {
      const limit = durationInWords(row.idle_after ?? 0);
      const time = spoken(idleAt);
      return { refusal: () => refused(owner, fail('proxy.kubeconfig_idle', { limit, time })) };
    }
    const signInUntil = countsUntil(row, row.counts_for);
    const isOver = row.expires_at !== null && row.expires_at <= now();
    if (signInUntil !== null && signInUntil <= now() && !isOver) {
      const time = spoken(signInUntil);
      return { refusal: () => refused(owner, fail('proxy.sign_in_lapsed', { time })) };
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
        ...owner,
        teams: teams.map(({ name }) => name),
        environmentIds: new Set(environments.map(({ environment_id }) => environment_id)),
        expiresAt: row.expires_at,
        idleAt,
        signInUntil,
        signInAt: signInUntil === null ? null : row.provider_at,
        renewedAt: row.renewed_at,
      },
    };
  }

  return { authenticate, stop: cache.close };
}

function refused(owner: Owner, error: SallyportError): KubeconfigRefused {
  const { kubeconfigId, userId, username, uid, createdAt } = owner;
  return new KubeconfigRefused(error, {
    ...{ kubeconfigId, userId, username, uid, createdAt, teams: [] },
    ...{ environmentIds: new Set(), expiresAt: null, idleAt: null, renewedAt: null },
    ...{ signInUntil: null, signInAt: null },
  });
}

/** Why one is at its end: its own time was over, or that of the overlap after a renewal. */
function ended(expiresAt: number, renewedAt: number | null): SallyportError {
  const time = spoken(expiresAt);
  if (renewedAt === null || renewedAt > expiresAt)
    return fail('proxy.kubeconfig_expired', { time });
  return fail('proxy.kubeconfig_renewed', { time, renewed: spoken(renewedAt) });
}
