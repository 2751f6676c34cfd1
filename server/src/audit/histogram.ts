import { type RawBuilder, sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { type AuditFilter, columnConditions, matchOf, tsqueryOf } from './search.ts';
import { idsOfTimes } from './timeIds.ts';

/** How many events of a filter came when. Times are epoch milliseconds. */
export interface Histogram {
  /** Of one bar. */
  readonly widthMs: number;
  readonly bars: readonly Bar[];
}

export interface Bar {
  /** Inclusive; it ends just before the next one begins. */
  readonly start: number;
  readonly total: number;
  /** Of them, those answered with 4xx, and with 5xx. */
  readonly refused: number;
  readonly failed: number;
}

/** The ids of one bar: from `first`, up to but without `end`. */
interface Slice {
  readonly first: number;
  readonly end: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Widths that a clock's face has, so that bars begin where people expect it. */
const WIDTHS = [
  ...[1, 5, 10, 30].map((n) => n * SECOND),
  ...[1, 5, 10, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 7, 28, 364].map((n) => n * DAY),
];
const MAX_BARS = 60;

/**
 * Counts by time. No index has both times and what is asked by, but ids are in the order of times. It
 * has a connection of its own: to count a common word of a long log takes longer than to list it.
 */
export function createHistogram({
  dialect,
  counter: reader,
}: Pick<AuditDatabase, 'dialect' | 'counter'>) {
  const count = dialect === 'sqlite' ? countOnSqlite : countOnPostgres;

  /** When the first event that there is happened, and the last. */
  async function extent(): Promise<{ first: number; last: number } | undefined> {
    const events = reader.selectFrom('audit_events').select('time').limit(1);
    const [first, last] = await Promise.all([
      events.orderBy('id').executeTakeFirst(),
      events.orderBy('id', 'desc').executeTakeFirst(),
    ]);
    return first && last && { first: first.time, last: last.time };
  }

  async function tallies(filter: AuditFilter, slices: readonly Slice[]): Promise<Tallies> {
    const { rows } = await count(filter, slices).execute(reader);
    return new Map(
      rows.map(({ bar, total, refused, failed }) => [
        Number(bar),
        { total: Number(total), refused: Number(refused), failed: Number(failed) },
      ]),
    );
  }

  /** Ids have no gaps, so of all events only those that ended badly have to be looked for. */
  async function all(slices: readonly Slice[]): Promise<Tallies> {
    const [refused, failed] = await Promise.all([
      tallies({ statusClass: 4 }, slices),
      tallies({ statusClass: 5 }, slices),
    ]);
    return new Map(
      slices.map(({ first, end }, bar) => [
        bar,
        {
          total: end - first,
          refused: refused.get(bar)?.total ?? 0,
          failed: failed.get(bar)?.total ?? 0,
        },
      ]),
    );
  }

  return {
    /** Divides the time of a filter, or where it names none, of the whole log, into some bars. */
    async histogram(filter: AuditFilter): Promise<Histogram> {
      const known = await extent();
      if (!known) return EMPTY;
      const from = Math.max(filter.from ?? known.first, known.first);
      const to = Math.min(filter.to ?? known.last, known.last);
      if (to < from) return EMPTY;
      const widthMs = widthFor(to - from);
      const starts: number[] = [];
      for (let at = Math.floor(from / widthMs) * widthMs; at <= to; at += widthMs) starts.push(at);
      const edges = [...starts.map((start) => Math.max(start, from)), to + 1];
      const { ids } = await idsOfTimes({ dialect, reader }, edges);
      const slices = starts.map((_, bar) => ({ first: ids[bar] ?? 0, end: ids[bar + 1] ?? 0 }));
      const found = await (asksNothing(filter) ? all(slices) : tallies(filter, slices));
      return {
        widthMs,
        bars: starts.map((start, bar) => ({ start, ...(found.get(bar) ?? NOTHING) })),
      };
    },

    /** How the database would count, in its own words: for tests and measurements. */
    async explain(filter: AuditFilter): Promise<string> {
      const query = count(filter, [{ first: 1, end: 2 }]);
      const how = dialect === 'sqlite' ? sql`explain query plan ${query}` : sql`explain ${query}`;
      return JSON.stringify((await how.execute(reader)).rows);
    },
  };
}

/** Whether a filter names a time at the most. */
function asksNothing({ from: _from, to: _to, ...conditions }: AuditFilter): boolean {
  return Object.values(conditions).every((value) => value === undefined);
}

type Tally = Omit<Bar, 'start'>;
type Tallies = ReadonlyMap<number, Tally>;

const EMPTY: Histogram = { widthMs: HOUR, bars: [] };
const NOTHING: Tally = { total: 0, refused: 0, failed: 0 };

/** The narrowest width that needs no more bars than there may be. */
export function widthFor(spanMs: number): number {
  // One bar more: the first one need not begin where the span does.
  const fits = WIDTHS.find((width) => Math.floor(spanMs / width) + 2 <= MAX_BARS);
  return fits ?? Math.ceil(spanMs / (MAX_BARS - 2) / DAY) * DAY;
}

type Count = (
  filter: AuditFilter,
  slices: readonly Slice[],
) => RawBuilder<{ readonly [K in keyof Tally | 'bar']: number | string }>;

const REFUSED = sql.raw('e.status between 400 and 499');
const FAILED = sql.raw('e.status between 500 and 599');

/**
 * SQLite. To read the narrow rows of all bars in their order is faster than any index would be, and
 * nothing has to be grouped. Words are looked for in the inverted index, one pass for each count.
 */
const countOnSqlite: Count = (filter, slices) =>
  matchOf({ q: filter.q }) === '' && !isRare(filter)
    ? countRows(filter, slices)
    : countWords(filter, slices);

/** One answer alone is seldom: the words of the index find few. */
function isRare({ statusClass, ...others }: AuditFilter): boolean {
  return statusClass !== undefined && statusClass > 3 && asksNothing(others);
}

const countRows: Count = (filter, slices) => {
  const conditions = [sql`e.id >= s.value ->> 0 and e.id < s.value ->> 1`];
  return sql`
    select bar, tally ->> 0 as total, tally ->> 1 as refused, tally ->> 2 as failed
    from (
      select s.key as bar, (
        select json_array(count(*), count(*) filter (where ${REFUSED}), count(*) filter (where ${FAILED}))
        from audit_events e
        where ${sql.join([...conditions, ...columnConditions(filter)], sql` and `)}
      ) as tally
      from json_each(${JSON.stringify(slices.map(({ first, end }) => [first, end]))}) s
    )`;
};

const countWords: Count = (filter, slices) => {
  const bar = barOf(slices, 0, slices.length);
  const [from, end] = [slices[0]?.first ?? 0, slices.at(-1)?.end ?? 0];
  const { status = 0, statusClass = Math.floor(status / 100) } = filter;
  const counted = (column: string, only: number | undefined) => sql`
    select ${bar} as bar, count(*) as n, ${sql.lit(column)} as what from audit_words
    where audit_words match ${matchOf({ ...filter, ...(only && { statusClass: only }) })}
      and rowid between ${from} and ${end - 1}
    group by 1`;
  const parts = [counted('total', undefined)];
  for (const [column, only] of [
    ['refused', 4],
    ['failed', 5],
  ] as const) {
    if (statusClass === 0 || statusClass === only) parts.push(counted(column, only));
  }
  const sum = (column: string) => sql`sum(n) filter (where what = ${sql.lit(column)})`;
  return sql`
    select bar, ${sum('total')} as total, coalesce(${sum('refused')}, 0) as refused,
      coalesce(${sum('failed')}, 0) as failed
    from (${sql.join(parts, sql` union all `)}) group by 1`;
};

/** In which of some slices a row of the index is, by halves. */
function barOf(slices: readonly Slice[], low: number, high: number): RawBuilder<number> {
  if (high - low <= 1) return sql`${sql.lit(low)}`;
  const middle = (low + high) >> 1;
  const edge = slices[middle]?.first ?? 0;
  return sql`case when rowid < ${edge} then ${barOf(slices, low, middle)}
    else ${barOf(slices, middle, high)} end`;
}

/** PostgreSQL: by whatever index it finds best, and in several processes where there is much. */
const countOnPostgres: Count = (filter, slices) => {
  const words = tsqueryOf(filter);
  const edges = [...slices.map(({ first }) => first), slices.at(-1)?.end ?? 0];
  const conditions = [
    sql`e.id >= ${edges[0]} and e.id < ${edges.at(-1)}`,
    ...columnConditions(filter),
    ...(words === '' ? [] : [sql`w.words @@ ${words}::tsquery`]),
  ];
  const join = words === '' ? '' : 'join audit_details w on w.id = e.id';
  return sql`
    select width_bucket(e.id, ${edges}::bigint[]) - 1 as bar, count(*) as total,
      count(*) filter (where ${REFUSED}) as refused, count(*) filter (where ${FAILED}) as failed
    from audit_events e ${sql.raw(join)}
    where ${sql.join(conditions, sql` and `)}
    group by 1`;
};
