import type { Transaction } from 'kysely';
import type { Schema } from '../../store/schema.ts';
import type { Topic } from '../../store/store.ts';
import { signOutEverywhere } from '../signOut.ts';

/**
 * Removes a user's second factor with its recovery codes, and ends their sign-ins.
 *
 * @param except a session that goes on
 * @returns whether there was one that counted; if not, nobody is signed out
 */
export async function removeFactor(
  tx: Transaction<Schema>,
  changed: (topic: Topic) => void,
  userId: number,
  except?: number,
): Promise<boolean> {
  const gone = await tx
    .deleteFrom('second_factors')
    .where('user_id', '=', userId)
    .returning('confirmed_at')
    .executeTakeFirst();
  if (!gone || gone.confirmed_at === null) return false;
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await signOutEverywhere(tx, changed, userId, except);
  changed('users');
  return true;
}

/**
 * Keeps for the user who has removed it.
 *
 * @param by an admin's name; null: somebody on the machine
 */
export async function noteRemoval(
  tx: Transaction<Schema>,
  userId: number,
  by: string | null,
  at: number,
): Promise<void> {
  const note = { removed_at: at, removed_by: by };
  await tx
    .insertInto('second_factor_removals')
    .values({ user_id: userId, ...note })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(note))
    .execute();
}
