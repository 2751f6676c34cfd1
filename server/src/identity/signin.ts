import type { User } from '@sallyport/contract';
import ipaddr from 'ipaddr.js';
import { noChannel, type OpenChannel } from '../channel.ts';
import { fail } from '../errors.ts';
import { nameKey } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import { type AttemptLimit, type Attempts, createAttempts } from './attempts.ts';
import type { Passwords } from './passwords.ts';
import { viewUser } from './userView.ts';

export interface SignInDependencies {
  readonly store: Store;
  readonly passwords: Passwords;
  /** Who may sign in by a password. */
  readonly allowed?: () => 'everybody' | 'admins';
  /** To the processes that count attempts together. */
  readonly openChannel?: OpenChannel;
  readonly now?: () => number;
}

export interface SignInRequest {
  readonly username: string;
  readonly password: string;
  /** Where it comes from: an IP address. */
  readonly address: string;
}

const MINUTE = 60_000;
const base = { firstWaitMs: MINUTE / 2, longestWaitMs: 15 * MINUTE, forgetMs: 15 * MINUTE };
/** One account from one address. */
const PAIR: AttemptLimit = { ...base, free: 10 };
/** One address, whatever the account. */
const ADDRESS: AttemptLimit = { ...base, free: 50 };
/** One account, from wherever. */
const ACCOUNT: AttemptLimit = { ...base, free: 100, longestWaitMs: MINUTE };

/** Characters of an account's key at the most. */
const LONGEST_NAME = 63;
/** Counted in place of each longer one: whoever makes them up shall not choose how much is kept. */
const NO_NAME = ' ';

export type SignIn = ReturnType<typeof createSignIn>;

/**
 * Signs people in by username and password.
 *
 * Three counters stand against guessing, each with a wait that doubles. The strict one counts an
 * account's failures from one address, so whoever guesses locks out their own address and not the
 * person. The second counts an address over all accounts. The third counts an account over all
 * addresses, against guessing from many; its wait is a minute at the most, and an address where
 * the person is signed in does not have to wait for it: nobody can keep a person out of their
 * account by guessing on.
 *
 * An unknown name, a wrong password and a disabled user are one answer after the same work.
 */
export function createSignIn({
  store,
  passwords,
  allowed = () => 'everybody',
  openChannel = noChannel,
  now = Date.now,
}: SignInDependencies) {
  const pairs = createAttempts(PAIR, now, openChannel('attempts of pairs'));
  const addresses = createAttempts(ADDRESS, now, openChannel('attempts of addresses'));
  const accounts = createAttempts(ACCOUNT, now, openChannel('attempts of accounts'));

  async function isHome(account: string, address: string): Promise<boolean> {
    const session = await store.db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .where('users.username_key', '=', account)
      .where('sessions.address', '=', address)
      .where('sessions.expires_at', '>', now())
      .select('sessions.id')
      .executeTakeFirst();
    return session !== undefined;
  }

  /**
   * Checks a username and a password.
   *
   * @returns the user
   * @throws auth.failed, auth.rate_limited, auth.password_admins_only, request.too_many
   */
  return async function signIn({ username, password, address }: SignInRequest): Promise<User> {
    const account = nameKey(username);
    const network = networkOf(address);
    const counter = account.length > LONGEST_NAME ? NO_NAME : account;
    const pair = `${network} ${counter}`;
    const home = accounts.waitMs(counter) > 0 && (await isHome(account, address));
    const counted: ReadonlyArray<readonly [Attempts, string]> = [
      [pairs, pair],
      [addresses, network],
      ...(home ? [] : ([[accounts, counter]] as const)),
    ];
    const wait = Math.max(...counted.map(([attempts, key]) => attempts.waitMs(key)));
    if (wait > 0) throw fail('auth.rate_limited', { seconds: Math.ceil(wait / 1000) });
    for (const [attempts, key] of counted) attempts.begin(key);

    const row = await store.db
      .selectFrom('users')
      .selectAll()
      .where('username_key', '=', account)
      .executeTakeFirst();
    const right = await passwords.verifyPassword(row?.password_hash ?? null, password);
    if (!row || !right || row.disabled) throw fail('auth.failed');
    pairs.forget(pair);
    accounts.forget(counter);
    // Only this one: somebody with an account of their own must not clear the way for guessing.
    addresses.giveBack(network);
    // Said to those alone who know the password, so that it tells nobody who is an admin.
    if (allowed() === 'admins' && row.role !== 'admin') throw fail('auth.password_admins_only');
    return viewUser(store.db, row);
  };
}

/** What one customer of a provider has: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const ip = ipaddr.process(address);
  return ip.kind() === 'ipv4' ? ip.toString() : `${ip.toByteArray().slice(0, 8).join('.')}/64`;
}
