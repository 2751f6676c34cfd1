import { randomInt } from 'node:crypto';
import { RECOVERY_ALPHABET, RECOVERY_LENGTH } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import type { Schema } from '../../store/schema.ts';
import { hashToken } from '../../tokens.ts';

const COUNT = 10;
const GROUP = /.{4}(?=.)/g;

/**
 * Gives a user new recovery codes in place of those they had.
 *
 * @returns them in groups of four, for reading; the store has their hashes alone. Each has 80 random
 *   bits, so that a slow hash would add nothing.
 */
export async function replaceRecoveryCodes(
  tx: Transaction<Schema>,
  userId: number,
): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, newCode);
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await tx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ user_id: userId, code_hash: hashToken(code) })))
    .execute();
  return codes.map((code) => code.replace(GROUP, '$&-'));
}

/**
 * Uses a recovery code up.
 *
 * @param code in its plain form
 * @returns whether it was one that is left
 */
export async function useRecoveryCode(
  tx: Transaction<Schema>,
  userId: number,
  code: string,
): Promise<boolean> {
  const used = await tx
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hashToken(code))
    .returning('user_id')
    .executeTakeFirst();
  return used !== undefined;
}

function newCode(): string {
  return Array.from(
    { length: RECOVERY_LENGTH },
    () => RECOVERY_ALPHABET[randomInt(RECOVERY_ALPHABET.length)],
  ).join('');
}
