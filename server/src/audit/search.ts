import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import type { AuditDetailTable, AuditEventTable } from '../store/schema.ts';
import { fill } from './form.ts';
import { idsOfTimes } from './timeIds.ts';
import { columnWords, mayGoOn, wordsOf } from './words.ts';

/** What events are looked for; what is absent does not matter. */
export interface AuditFilter {
  /** Epoch milliseconds, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly kind?: 'proxy' | 'act' | undefined;
  readonly userId?: number | undefined;
  /** As it was then. */
  readonly username?: string | undefined;
  readonly environmentId?: number | undefined;
  readonly namespace?: string | undefined;
  readonly verb?: string | undefined;
  readonly resource?: string | undefined;
  /** An HTTP status, or the class of one: 4 for 400 to 499. */
  readonly status?: number | undefined;
  readonly statusClass?: number | undefined;
  /** Words; for each, an event must have one that begins with it. Short ones stand for themselves. */
  readonly q?: string | undefined;
}

/** A row of the log, with the whole Event. */
export type AuditRow = AuditEventTable & Pick<AuditDetailTable, 'event'>;

/** A row as it is stored: the Event is divided into its form and what fills it. */
type StoredRow = AuditRow & { readonly form: string | null };

export type AuditSearch = ReturnType<typeof createSearch>;

/** Asks the log. Everything comes in the order of ids, which is that of times. */
export function createSearch({ dialect, reader }: Pick<AuditDatabase, 'dialect' | 'reader'>) {
  const select = dialect === 'sqlite' ? selectByWords : selectByColumns;

  /** The ids between which all that was between two times is. */
  async function span({ from, to }: AuditFilter): Promise<Span> {
    if (from === undefined && to === undefined) return ALL;
    const times = [from ?? 0, to === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(to) + 1];
    const { ids, last } = await idsOfTimes({ dialect, reader }, times);
    const [first = 0, end = 0] = ids;
    return {
      first: first > last ? Number.MAX_SAFE_INTEGER : first,
      last: to === undefined ? Number.MAX_SAFE_INTEGER : end - 1,
    };
  }

  async function rows(query: RawBuilder<StoredRow>): Promise<AuditRow[]> {
    const { rows: stored } = await query.execute(reader);
    return stored.map(({ form, ...row }) => ({ ...row, event: fill(form, row.event) }));
  }

  return {
    /** The newest events, newest first. @param before only those with lower ids */
    async newest(filter: AuditFilter, limit: number, before?: number): Promise<AuditRow[]> {
      const { first, last } = await span(filter);
      const end = before === undefined ? last : Math.min(last, before - 1);
      return rows(select(filter, { first, last: end }, 'desc', limit));
    },

    /** The events after an id, oldest first. */
    async after(filter: AuditFilter, limit: number, id: number): Promise<AuditRow[]> {
      const { first, last } = await span(filter);
      return rows(select(filter, { first: Math.max(first, id + 1), last }, 'asc', limit));
    },

    /** The id that was written last; 0: none was. */
    async lastId(): Promise<number> {
      const counter = await reader
        .selectFrom('audit_counter')
        .select('last_id')
        .executeTakeFirstOrThrow();
      return counter.last_id;
    },

    /** How the database would find what is asked, in its own words: for tests. */
    async explain(filter: AuditFilter, limit: number): Promise<string> {
      const query = select(filter, await span(filter), 'desc', limit);
      const how = dialect === 'sqlite' ? sql`explain query plan ${query}` : sql`explain ${query}`;
      return JSON.stringify((await how.execute(reader)).rows);
    },
  };
}

interface Span {
  readonly first: number;
  readonly last: number;
}

const ALL: Span = { first: 0, last: Number.MAX_SAFE_INTEGER };

type Select = (
  filter: AuditFilter,
  span: Span,
  order: 'asc' | 'desc',
  limit: number,
) => RawBuilder<StoredRow>;

/**
 * SQLite: one inverted index answers all conditions together and gives the rows in order, so that
 * nothing is sorted and no more is read than is shown. The columns are compared all the same, since
 * two values may share a word.
 */
const selectByWords: Select = (filter, { first, last }, order, limit) => {
  const words = matchOf(filter);
  const indexed = words !== '';
  const id = sql.raw(indexed ? 'audit_words.rowid' : 'e.id');
  const conditions = [
    ...(indexed ? [sql<SqlBool>`audit_words match ${words}`] : []),
    sql<SqlBool>`${id} between ${first} and ${last}`,
    ...columnConditions(filter),
  ];
  return sql`
    select e.*, d.event, f.form
    from ${sql.raw(
      indexed
        ? 'audit_words cross join audit_events e on e.id = audit_words.rowid'
        : 'audit_events e',
    )} cross join audit_details d on d.id = e.id
    left join audit_forms f on f.id = d.form_id
    where ${sql.join(conditions, sql` and `)}
    order by ${id} ${sql.raw(order)} limit ${limit}`;
};

/** PostgreSQL: an index for each column and one for the words, which it combines as it sees fit. */
const selectByColumns: Select = (filter, { first, last }, order, limit) => {
  const words = tsqueryOf(filter);
  const conditions = [
    sql<SqlBool>`e.id between ${first} and ${last}`,
    ...columnConditions(filter),
    ...(words === '' ? [] : [sql<SqlBool>`w.words @@ ${words}::tsquery`]),
  ];
  const join = words === '' ? '' : 'join audit_details w on w.id = e.id';
  return sql`
    select e.*, d.event, f.form
    from (
      select e.* from audit_events e ${sql.raw(join)}
      where ${sql.join(conditions, sql` and `)}
      order by e.id ${sql.raw(order)} limit ${limit}
    ) e join audit_details d on d.id = e.id
    left join audit_forms f on f.id = d.form_id
    order by e.id ${sql.raw(order)}`;
};

/** What SQLite's index is asked for a filter, as FTS5 takes it; empty: nothing. */
export function matchOf(filter: AuditFilter): string {
  return [
    ...columnWords(filter).map((word) => `"${word}"`),
    ...wordsOf(filter.q ?? '').map((word) => (mayGoOn(word) ? `"${word}"*` : `"${word}"`)),
  ].join(' ');
}

/** The words that a filter asks for as PostgreSQL takes them; empty: none. */
export function tsqueryOf({ q }: AuditFilter): string {
  return wordsOf(q ?? '')
    .map((word) => (mayGoOn(word) ? `'${word}':*` : `'${word}'`))
    .join(' & ');
}

export function columnConditions(filter: AuditFilter): Array<RawBuilder<SqlBool>> {
  const { statusClass } = filter;
  const equal = [
    ['kind', filter.kind],
    ['user_id', filter.userId],
    ['username', filter.username],
    ['environment_id', filter.environmentId],
    ['namespace', filter.namespace],
    ['verb', filter.verb],
    ['resource', filter.resource],
    ['status', filter.status],
  ] as const;
  return [
    ...equal
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => sql<SqlBool>`${sql.ref(`e.${column}`)} = ${value}`),
    ...(statusClass === undefined
      ? []
      : [sql<SqlBool>`e.status between ${statusClass * 100} and ${statusClass * 100 + 99}`]),
  ];
}
