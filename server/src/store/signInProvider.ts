/** What several rooms ask about the provider that people sign in with, if there is one. */
import type { Kysely } from 'kysely';
import { fail } from '../errors.ts';
import type { Row, Schema } from './schema.ts';

/** For those whose provider was removed, in milliseconds. */
const COUNTS_FOR_MS = 7 * 86_400_000;

/**
 * Until when a user's sign-in through the provider counts, in epoch milliseconds; null: for ever, and
 * for all who sign in by a password.
 *
 * @param countsFor the provider's, in milliseconds; null: there is no provider any more
 */
export function countsUntil(
  user: Pick<Row<'users'>, 'sign_in' | 'provider_at'>,
  countsFor: number | null,
): number | null {
  if (user.sign_in !== 'provider') return null;
  const life = countsFor ?? COUNTS_FOR_MS;
  return life === 0 ? null : (user.provider_at ?? 0) + life;
}

/** @throws provider.not_set_up */
export async function requireProvider(db: Pick<Kysely<Schema>, 'selectFrom'>): Promise<void> {
  const row = await db.selectFrom('sign_in_provider').select('id').executeTakeFirst();
  if (!row) throw fail('provider.not_set_up');
}
