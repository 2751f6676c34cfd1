import type { Transaction } from 'kysely';
import { fail } from '../errors.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { isInState } from './life.ts';

/** Who asks for something to be done with a kubeconfig; `admin` may with anyone's. */
export interface Asker {
  readonly userId: number;
  readonly admin: boolean;
}

/** Which kubeconfigs to end: those that every given field is true of. */
export interface Which {
  readonly userId?: number | undefined;
  /** Those that reach it, whatever else they reach. */
  readonly environmentId?: number | undefined;
}

/**
 * Revokes the live kubeconfigs among some, inside a transaction of another room as well, so that
 * what made them end and their end are one. Whoever calls it says that `kubeconfigs` has changed.
 *
 * @param at epoch milliseconds
 * @returns how many they were
 */
export async function revokeWhere(
  tx: Transaction<Schema>,
  { userId, environmentId }: Which,
  at: number,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('kubeconfigs')
    .set({ revoked_at: at })
    .where(isInState('active', at))
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? 0))
    .$if(environmentId !== undefined, (query) =>
      query.where('id', 'in', (eb) =>
        eb
          .selectFrom('kubeconfig_environments')
          .select('kubeconfig_id')
          .where('environment_id', '=', environmentId ?? 0),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * Finds a kubeconfig that somebody may do something with.
 *
 * @throws kubeconfig.not_found, also for somebody else's, so that ids tell nothing
 */
export async function rowFor(db: Pick<Transaction<Schema>, 'selectFrom'>, id: number, by: Asker) {
  const row = await db
    .selectFrom('kubeconfigs')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row || (!by.admin && row.user_id !== by.userId)) throw fail('kubeconfig.not_found', { id });
  return row;
}

/** How kubeconfigs are taken back: one, or many at once. What is open ends with them. */
export function createRevocation(store: Store, now: () => number) {
  return {
    /**
     * Revokes a kubeconfig; revoking one twice keeps the first time.
     *
     * @throws kubeconfig.not_found
     */
    async revoke(id: number, by: Asker): Promise<void> {
      await store.write(async (tx, changed) => {
        const { revoked_at } = await rowFor(tx, id, by);
        if (revoked_at !== null) return;
        await tx
          .updateTable('kubeconfigs')
          .set({ revoked_at: now() })
          .where('id', '=', id)
          .execute();
        changed('kubeconfigs');
      });
    },

    /**
     * Revokes the live ones among many, all or none.
     *
     * @returns how many they were
     * @throws user.not_found, environment.not_found, since a typing error must not read like success
     */
    async revokeMany(which: Which): Promise<number> {
      const { userId, environmentId } = which;
      return store.write(async (tx, changed) => {
        if (userId !== undefined) {
          const user = tx.selectFrom('users').select('id').where('id', '=', userId);
          if (!(await user.executeTakeFirst())) throw fail('user.not_found', { id: userId });
        }
        if (environmentId !== undefined) {
          const known = tx.selectFrom('environments').select('id').where('id', '=', environmentId);
          if (!(await known.executeTakeFirst())) {
            throw fail('environment.not_found', { id: environmentId });
          }
        }
        const revoked = await revokeWhere(tx, which, now());
        if (revoked > 0) changed('kubeconfigs');
        return revoked;
      });
    },
  };
}
