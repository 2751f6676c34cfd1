/** How long an issued kubeconfig is good: the same rules for one row and for a query of many. */
import type { KubeconfigState, KubeconfigStateFilter } from '@sallyport/contract';
import { ENDS_SOON } from '@sallyport/contract';
import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely';
import type { Row, Schema } from '../store/schema.ts';

/**
 * How far what is written of a use may lag behind it, in milliseconds: a use is noted once a minute,
 * one of a stream that just stays open every few minutes, and written soon after. Idle expiry waits
 * so much longer, that nothing ends which was used in time.
 */
export const USE_LAG_MS = 10 * 60_000;

type Life = Pick<
  Row<'kubeconfigs'>,
  'created_at' | 'expires_at' | 'idle_after' | 'last_used_at' | 'revoked_at'
>;

/** When a kubeconfig ends unless it is used before, in epoch milliseconds; null: it does not. */
export function idleEndOf(row: Omit<Life, 'revoked_at' | 'expires_at'>): number | null {
  if (row.idle_after === null) return null;
  return (row.last_used_at ?? row.created_at) + row.idle_after + USE_LAG_MS;
}

/** The state of a kubeconfig at a moment. Its user or a grant may stand against it all the same. */
export function stateOf(row: Life, now: number): KubeconfigState {
  if (row.revoked_at !== null) return 'revoked';
  if (isPast(row.expires_at, now) || isPast(idleEndOf(row), now)) return 'expired';
  return 'active';
}

function isPast(at: number | null, now: number): boolean {
  return at !== null && at <= now;
}

type Condition = ExpressionWrapper<Schema, 'kubeconfigs', SqlBool>;

/** The condition of a query for those in a state: as {@link stateOf}. */
export function isInState(state: KubeconfigStateFilter, now: number) {
  return (eb: ExpressionBuilder<Schema, 'kubeconfigs'>): Condition => {
    const revoked = eb('kubeconfigs.revoked_at', 'is not', null);
    // Written out, since PostgreSQL must be told what type a sum with a parameter is of.
    const idleEnd = sql<number>`coalesce(kubeconfigs.last_used_at, kubeconfigs.created_at)
      + kubeconfigs.idle_after + ${sql.lit(USE_LAG_MS)}`;
    const ended = eb.or([
      eb.and([
        eb('kubeconfigs.expires_at', 'is not', null),
        eb('kubeconfigs.expires_at', '<=', now),
      ]),
      eb.and([eb('kubeconfigs.idle_after', 'is not', null), eb(idleEnd, '<=', now)]),
    ]);
    const active = eb.and([eb.not(revoked), eb.not(ended)]);
    switch (state) {
      case 'revoked':
        return eb.and([revoked]);
      case 'expired':
        return eb.and([eb.not(revoked), ended]);
      case 'active':
        return active;
      case 'expiring':
        return eb.and([
          active,
          eb('kubeconfigs.renewed_at', 'is', null),
          eb('kubeconfigs.expires_at', '<=', now + ENDS_SOON.atMostMs),
          // As `endsSoonFrom` has it, times the parts, since integers are divided differently.
          sql<boolean>`${sql.lit(ENDS_SOON.partOfLife - 1)} * kubeconfigs.expires_at
            + kubeconfigs.created_at <= ${sql.lit(ENDS_SOON.partOfLife * now)}`,
        ]);
    }
  };
}
