import type { HealthHistory, HealthRange } from '@sallyport/contract';
import type { Logger } from '../store/database.ts';
import type { Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

export interface HistoryDependencies {
  readonly store: Store;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** What one look at an environment found. */
export interface Look {
  readonly state: 'up' | 'down';
  /** How long its answer took, in milliseconds; null where there was none. */
  readonly latencyMs: number | null;
  /** Why it is down. */
  readonly message: string | null;
}

type Stretch = Omit<Row<'environment_health'>, 'environment_id'>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What one row holds: for a week that is 672 rows an environment, however often one looks. */
const ROW_MS = 15 * MINUTE;
const KEPT_MS = 7 * 24 * HOUR;
const FLUSH_MS = MINUTE;
const PRUNE_MS = HOUR;
const RANGES: Readonly<Record<HealthRange, { readonly span: number; readonly step: number }>> = {
  '24h': { span: 24 * HOUR, step: ROW_MS },
  '7d': { span: KEPT_MS, step: 2 * HOUR },
};

export type History = ReturnType<typeof createHistory>;

/**
 * Keeps how the health of each environment was, a quarter of an hour a row, for a week. Looks are
 * added up in memory and written once a minute in one transaction, so that a thousand environments
 * cost the database no more writes than one. Rows are added to, not replaced: replicas that each
 * look for themselves tell of the same quarter together.
 */
export function createHistory({ store, logger, now = Date.now }: HistoryDependencies) {
  let pending = new Map<string, { id: number; stretch: Stretch }>();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let prunedAt = 0;

  /** Notes a look; costs no query. */
  function note(id: number, { state, latencyMs, message }: Look): void {
    const at = Math.floor(now() / ROW_MS) * ROW_MS;
    const key = `${id} ${at}`;
    const known = pending.get(key)?.stretch;
    const latency = Math.round(latencyMs ?? 0);
    pending.set(key, {
      id,
      stretch: {
        at,
        looks: (known?.looks ?? 0) + 1,
        looks_up: (known?.looks_up ?? 0) + (state === 'up' ? 1 : 0),
        latency_sum_ms: (known?.latency_sum_ms ?? 0) + (state === 'up' ? latency : 0),
        latency_max_ms: Math.max(known?.latency_max_ms ?? 0, state === 'up' ? latency : 0),
        message: message ?? known?.message ?? null,
      },
    });
    timer ??= setTimeout(() => {
      timer = undefined;
      flushing = flush();
    }, FLUSH_MS).unref();
  }

  /** Writes what was noted, and removes what is too old. Never rejects. */
  async function flush(): Promise<void> {
    const batch = [...pending.values()];
    pending = new Map();
    const at = now();
    const prune = at - prunedAt >= PRUNE_MS;
    if (batch.length === 0 && !prune) return;
    try {
      await store.write(async (tx) => {
        // An environment may have been removed since it was looked at.
        const ids = await tx.selectFrom('environments').select('id').execute();
        const there = new Set(ids.map(({ id }) => id));
        for (const { id, stretch } of batch) {
          if (!there.has(id)) continue;
          await tx
            .insertInto('environment_health')
            .values({ environment_id: id, ...stretch })
            .onConflict((conflict) =>
              conflict.columns(['environment_id', 'at']).doUpdateSet(({ eb, ref }) => ({
                looks: eb(ref('environment_health.looks'), '+', stretch.looks),
                looks_up: eb(ref('environment_health.looks_up'), '+', stretch.looks_up),
                latency_sum_ms: eb(
                  ref('environment_health.latency_sum_ms'),
                  '+',
                  stretch.latency_sum_ms,
                ),
                latency_max_ms: eb
                  .case()
                  .when(ref('environment_health.latency_max_ms'), '<', stretch.latency_max_ms)
                  .then(stretch.latency_max_ms)
                  .else(ref('environment_health.latency_max_ms'))
                  .end(),
                ...(stretch.message === null ? {} : { message: stretch.message }),
              })),
            )
            .execute();
        }
        if (prune) {
          await tx
            .deleteFrom('environment_health')
            .where('at', '<', at - KEPT_MS)
            .execute();
        }
      });
      if (prune) prunedAt = at;
    } catch (error) {
      logger.warn({ err: error }, 'the health of environments was not written');
    }
  }

  /**
   * Reads how an environment was.
   *
   * @param id an environment that is there
   */
  async function read(id: number, range: HealthRange): Promise<HealthHistory> {
    const { span, step } = RANGES[range];
    const to = now();
    // Whole steps only, so that each stands for as long as the others.
    const from = Math.floor((to - span) / step) * step + step;
    const rows = await store.db
      .selectFrom('environment_health')
      .selectAll()
      .where('environment_id', '=', id)
      .where('at', '>=', from)
      .orderBy('at')
      .execute();
    const points = merge(rows, step);
    const looks = points.reduce((sum, point) => sum + point.looks, 0);
    const looksUp = points.reduce((sum, point) => sum + point.looks_up, 0);
    return {
      from: timeOf(from),
      to: timeOf(to),
      stepSeconds: step / 1000,
      points: points.map((point) => ({
        at: timeOf(point.at),
        looks: point.looks,
        looksUp: point.looks_up,
        latencyMs: point.looks_up === 0 ? null : Math.round(point.latency_sum_ms / point.looks_up),
        latencyMaxMs: point.looks_up === 0 ? null : point.latency_max_ms,
        message: point.message,
      })),
      availability: looks === 0 ? null : looksUp / looks,
    };
  }

  /** Writes what is still pending. */
  async function stop(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    await flushing;
    await flush();
  }

  return { note, flush, read, stop };
}

/** Adds rows up to longer stretches. */
function merge(rows: readonly Stretch[], step: number): Stretch[] {
  const merged = new Map<number, Stretch>();
  for (const row of rows) {
    const at = Math.floor(row.at / step) * step;
    const known = merged.get(at);
    merged.set(at, {
      at,
      looks: row.looks + (known?.looks ?? 0),
      looks_up: row.looks_up + (known?.looks_up ?? 0),
      latency_sum_ms: row.latency_sum_ms + (known?.latency_sum_ms ?? 0),
      latency_max_ms: Math.max(row.latency_max_ms, known?.latency_max_ms ?? 0),
      message: row.message ?? known?.message ?? null,
    });
  }
  return [...merged.values()];
}

const timeOf = (ms: number) => new Date(ms).toISOString();
