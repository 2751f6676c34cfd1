import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';

/** Where times are in the log. */
export interface TimeIds {
  /** For each time, the id of the first event at or after it; where there is none, `last` + 1. */
  readonly ids: readonly number[];
  /** The highest id; 0: there is no event. */
  readonly last: number;
}

/**
 * Finds times by halving: they never fall from one id to the next, and ids have no gaps. An index of
 * times would answer sooner, by less than a page of the log takes, and cost each event to keep it.
 *
 * @param times epoch milliseconds
 */
export async function idsOfTimes(
  { dialect, reader }: Pick<AuditDatabase, 'dialect' | 'reader'>,
  times: readonly number[],
): Promise<TimeIds> {
  const whole = times.map(Math.ceil);
  const each =
    dialect === 'sqlite'
      ? sql`json_each(${JSON.stringify(whole)}) t`
      : sql`unnest(${whole}::bigint[]) with ordinality t (value, key)`;
  const isBefore = sql`(select e.time from audit_events e where e.id = (low + high) / 2) < at`;
  const { rows } = await sql<{ id: number; last: number }>`
    with recursive log (first, last) as (
      select coalesce((select min(id) from audit_events), 1),
        coalesce((select max(id) from audit_events), 0)
    ), halved (key, at, low, high) as (
      select t.key, t.value, log.first, log.last + 1 from log cross join ${each}
      union all
      select key, at,
        case when ${isBefore} then (low + high) / 2 + 1 else low end,
        case when ${isBefore} then high else (low + high) / 2 end
      from halved where low < high
    )
    select low as id, log.last from halved cross join log where low >= high
    order by key`.execute(reader);
  return { ids: rows.map(({ id }) => id), last: rows[0]?.last ?? 0 };
}
