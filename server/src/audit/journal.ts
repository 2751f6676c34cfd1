import { sql, type Transaction } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import type { AuditSchema } from '../store/schema.ts';
import type { Dialect } from '../store/store.ts';
import { forEachRow } from '../store/threaded.ts';
import type { AuditRecord } from './record.ts';
import { columnWord } from './words.ts';

/** The columns of `audit_events` in the order of {@link columnsOf}, with PostgreSQL's types. */
const COLUMNS = [
  ['id', 'bigint'],
  ['time', 'bigint'],
  ['kind', 'text'],
  ['user_id', 'integer'],
  ['username', 'text'],
  ['environment_id', 'integer'],
  ['namespace', 'text'],
  ['verb', 'text'],
  ['resource', 'text'],
  ['status', 'integer'],
] as const;

export type Journal = ReturnType<typeof createJournal>;

/** Writes events, many in one go and each once, in an order that all processes share. */
export function createJournal({ dialect, writer }: Pick<AuditDatabase, 'dialect' | 'writer'>) {
  return {
    /**
     * Writes events; they are there once this resolves, whatever happens to the process or, on
     * SQLite, to the machine.
     *
     * @param records in the order of their times
     * @returns the highest id
     */
    async append(records: readonly AuditRecord[]): Promise<number> {
      return writer.transaction().execute(async (tx) => {
        // Its row stays locked until the commit: ids become visible in their order, so that whoever
        // has read up to one has missed none before it.
        const counter = await tx
          .updateTable('audit_counter')
          .set(({ eb }) => ({ last_id: eb('last_id', '+', records.length) }))
          .returning(['last_id', 'last_time'])
          .executeTakeFirstOrThrow();
        const firstId = counter.last_id - records.length + 1;
        let time = counter.last_time;
        const numbered = records.map((record, index): Numbered => {
          time = Math.max(time, record.time);
          return { record, id: firstId + index, time };
        });
        await tx.updateTable('audit_counter').set({ last_time: time }).execute();
        await INSERT[dialect](tx, numbered);
        return counter.last_id;
      });
    },
  };
}

/** A record with its place in the log. */
interface Numbered {
  readonly record: AuditRecord;
  readonly id: number;
  readonly time: number;
}

function columnsOf({ record, id, time }: Numbered): unknown[] {
  const { kind, userId, username, environmentId, namespace, verb, resource, status } = record;
  const who = [kind, userId, username];
  return [id, time, ...who, environmentId, namespace, verb, resource, status];
}

/** The words of the text, and those of the columns, which SQLite's index holds as well. */
function searchText(record: AuditRecord): string {
  const statusClass = Math.floor(record.status / 100);
  return [...record.words, ...columnWords({ ...record, statusClass })].join(' ');
}

/** What the columns are asked by, as words; search.ts asks for the same ones. */
export function columnWords(
  columns: Readonly<Partial<Record<(typeof ASKED_BY)[number][0], string | number | null>>>,
): string[] {
  const words: string[] = [];
  for (const [key, column] of ASKED_BY) {
    const value = columns[key];
    if (value !== null && value !== undefined) words.push(columnWord(column, value));
  }
  return words;
}

const ASKED_BY = [
  ['kind', 'kind'],
  ['userId', 'user'],
  ['username', 'name'],
  ['environmentId', 'env'],
  ['namespace', 'ns'],
  ['verb', 'verb'],
  ['resource', 'res'],
  ['status', 'status'],
  ['statusClass', 'class'],
] as const;

type Insert = (tx: Transaction<AuditSchema>, records: readonly Numbered[]) => Promise<unknown>;

const names = COLUMNS.map(([name]) => name).join(', ');
const INSERT: Readonly<Record<Dialect, Insert>> = {
  async sqlite(tx, records) {
    const marks = COLUMNS.map(() => '?').join(', ');
    await tx.executeQuery(
      forEachRow(`insert into audit_events (${names}) values (${marks})`, records.map(columnsOf)),
    );
    await tx.executeQuery(
      forEachRow(
        'insert into audit_details (id, event) values (?, ?)',
        records.map(({ id, record }) => [id, record.event]),
      ),
    );
    await tx.executeQuery(
      forEachRow(
        'insert into audit_words (rowid, words) values (?, ?)',
        records.map(({ id, record }) => [id, searchText(record)]),
      ),
    );
  },

  async postgres(tx, records) {
    // All rows are one parameter: one for each value would cost more than the writing.
    const columns = JSON.stringify(records.map(columnsOf));
    const typed = COLUMNS.map(([, type], index) => `(value ->> ${index})::${type}`).join(', ');
    await sql`insert into audit_events (${sql.raw(names)})
      select ${sql.raw(typed)} from json_array_elements(${columns}::json)`.execute(tx);
    const details = records.map(
      // The event is JSON already, and is put in as it is.
      ({ id, record }) => `[${id},${record.event},${JSON.stringify(record.words)}]`,
    );
    await sql`insert into audit_details (id, event, words)
      select (value ->> 0)::bigint, (value -> 1)::text,
        array_to_tsvector(array(select json_array_elements_text(value -> 2)))
      from json_array_elements(${`[${details.join(',')}]`}::json)`.execute(tx);
  },
};
