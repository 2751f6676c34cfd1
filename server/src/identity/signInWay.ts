import type { UserPatch } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import { fail } from '../errors.ts';
import type { Row, Schema } from '../store/schema.ts';
import { requireProvider } from '../store/signInProvider.ts';

/**
 * What changes in a user's row where they are to sign in another way. Turning one who signs in
 * through the provider into one again forgets who they are there: the next person of that name is.
 *
 * @param at epoch milliseconds
 * @returns undefined where nothing of it changes
 * @throws user.not_found, user.by_provider, user.password_needed, provider.not_set_up
 */
export async function changeOfWay(
  tx: Transaction<Schema>,
  id: number,
  { signIn, password }: z.infer<typeof UserPatch>,
  at: number,
): Promise<Partial<Row<'users'>> | undefined> {
  const before = await tx
    .selectFrom('users')
    .select(['sign_in', 'username'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!before) throw fail('user.not_found', { id });
  const after = signIn ?? before.sign_in;
  if (after === 'provider') {
    if (password !== undefined) throw fail('user.by_provider', { name: before.username });
    if (signIn === undefined) return undefined;
    await requireProvider(tx);
    return { ...UNLINKED, sign_in: 'provider', provider_at: at, password_hash: null };
  }
  if (before.sign_in === 'password') return undefined;
  if (password === undefined) throw fail('user.password_needed');
  return { ...UNLINKED, sign_in: 'password', provider_at: null };
}

const UNLINKED = { provider_issuer: null, provider_subject: null };
