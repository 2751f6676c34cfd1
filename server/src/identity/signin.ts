import type { User } from '@sallyport/contract';
import { fail } from '../errors.ts';
import { nameKey } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import type { Passwords } from './passwords.ts';
import type { SignInLimits } from './signInLimits.ts';
import { viewUser } from './userView.ts';

export interface SignInDependencies {
  readonly store: Store;
  readonly passwords: Passwords;
  readonly limits: SignInLimits;
  /** Who may sign in by a password. */
  readonly allowed?: () => 'everybody' | 'admins';
}

export interface SignInRequest {
  readonly username: string;
  readonly password: string;
  /** Where it comes from: an IP address. */
  readonly address: string;
}

export type SignIn = ReturnType<typeof createSignIn>;

/**
 * Checks usernames and passwords. An unknown name, a wrong password and a disabled user are one
 * answer after the same work, and so is a wrong password whatever else the account asks for.
 */
export function createSignIn({
  store,
  passwords,
  limits,
  allowed = () => 'everybody',
}: SignInDependencies) {
  /**
   * Checks a username and a password.
   *
   * @returns the user; where they have a second factor, they are not signed in by this alone
   * @throws auth.failed, auth.rate_limited, auth.password_admins_only, request.too_many
   */
  return async function signIn({ username, password, address }: SignInRequest): Promise<User> {
    const attempt = await limits.begin(username, address);
    const row = await store.db
      .selectFrom('users')
      .selectAll()
      .where('username_key', '=', nameKey(username))
      .executeTakeFirst();
    const right = await passwords.verifyPassword(row?.password_hash ?? null, password);
    if (!row || !right || row.disabled) throw fail('auth.failed');
    const user = await viewUser(store.db, row);
    // Whoever knows the password must not clear the way for guessing codes with it.
    if (user.secondFactor) attempt.giveBack();
    else attempt.succeeded();
    // Said to those alone who know the password, so that it tells nobody who is an admin.
    if (allowed() === 'admins' && row.role !== 'admin') throw fail('auth.password_admins_only');
    return user;
  };
}
