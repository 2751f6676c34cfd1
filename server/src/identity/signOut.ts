import type { Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { Topic } from '../store/store.ts';

/**
 * Ends all sign-ins of a user, those between password and code too.
 *
 * @param except a session that goes on
 * @returns how many sessions have ended
 */
export async function signOutEverywhere(
  tx: Transaction<Schema>,
  changed: (topic: Topic) => void,
  userId: number,
  except?: number,
): Promise<number> {
  await tx.deleteFrom('half_sign_ins').where('user_id', '=', userId).execute();
  const gone = await tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .$if(except !== undefined, (query) => query.where('id', '<>', except ?? 0))
    .returning('id')
    .execute();
  changed('sessions');
  return gone.length;
}
