import { parseCode } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { fail } from '../../errors.ts';
import type { Row, Schema } from '../../store/schema.ts';
import { stepOf } from './appCode.ts';
import { useRecoveryCode } from './recoveryCodes.ts';

/** What seals a secret for the store, and opens it with the same `bindTo` alone. */
export interface Sealer {
  seal(plain: string, bindTo: readonly unknown[]): string;
  open(sealed: string, bindTo: readonly unknown[]): string | undefined;
}

/** What became of a code. */
export type CodeOutcome =
  | { readonly right: true; readonly by: 'app' | 'recovery code' }
  | { readonly right: false; readonly waitMs: number };

const FREE_FAILURES = 10;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 900_000;

/** What a user's secret is bound to. */
export const boundTo = (userId: number): readonly unknown[] => ['second factor', userId];

/**
 * Checks a code of a user's second factor and uses it up, inside the write transaction that does what
 * it is asked for: of two who bring the same code, to whichever process, one is too late.
 *
 * After ten wrong codes in a row, each further one makes those of the app wait, longer each time:
 * whoever knows the password would else guess six digits from many addresses. That counts in the
 * store, over all replicas. A recovery code is taken meanwhile, since nobody guesses one: so the
 * person gets in while somebody else is guessing.
 *
 * @param code in its plain form
 * @param at epoch milliseconds
 * @returns whether it was right, and how long to wait where it was not looked at; what is counted is
 *   written, so the caller must let the transaction commit
 * @throws second_factor.unreadable
 */
export async function checkCode(
  tx: Transaction<Schema>,
  sealer: Sealer,
  factor: Row<'second_factors'>,
  code: string,
  at: number,
): Promise<CodeOutcome> {
  const userId = factor.user_id;
  const isApp = parseCode(code)?.kind === 'app';
  if (isApp && at < factor.open_at) return { right: false, waitMs: factor.open_at - at };
  const step = isApp ? stepOf(openSecret(sealer, factor), code, at, factor.last_step) : undefined;
  const right = isApp ? step !== undefined : await useRecoveryCode(tx, userId, code);
  const failures = right ? 0 : factor.failures + 1;
  const over = failures - FREE_FAILURES;
  const wait = over < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** Math.min(over, 30), LONGEST_WAIT_MS);
  await tx
    .updateTable('second_factors')
    .set({ failures, open_at: right ? 0 : at + wait, last_step: step ?? factor.last_step })
    .where('user_id', '=', userId)
    .execute();
  return right ? { right, by: isApp ? 'app' : 'recovery code' } : { right: false, waitMs: 0 };
}

/** @throws second_factor.unreadable where the vault has another key, or the row was tampered with */
export function openSecret(sealer: Sealer, factor: Row<'second_factors'>): string {
  const secret = sealer.open(factor.secret, boundTo(factor.user_id));
  if (secret === undefined) throw fail('second_factor.unreadable');
  return secret;
}

/** The second factor of a user that counts, or undefined. */
export async function factorOf(
  tx: Pick<Transaction<Schema>, 'selectFrom'>,
  userId: number,
): Promise<Row<'second_factors'> | undefined> {
  return tx
    .selectFrom('second_factors')
    .selectAll()
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
}
