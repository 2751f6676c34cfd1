import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import type { Dialect } from '../store/store.ts';
import type { AuditRecord } from './record.ts';
import { columnWord } from './words.ts';

/** The columns of `audit_events` in the order of {@link rowOf}, with PostgreSQL's types. */
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
/** What follows them in a row. */
const EVENT = COLUMNS.length;
const WORDS = COLUMNS.length + 1;

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
        const rows = records.map((record, index) => {
          time = Math.max(time, record.time);
          return rowOf(record, firstId + index, time, dialect);
        });
        await tx.updateTable('audit_counter').set({ last_time: time }).execute();
        // All rows are one parameter: hundreds of thousands would cost more than the writing.
        const json = JSON.stringify(rows);
        for (const statement of STATEMENTS[dialect]) {
          await sql`${sql.raw(statement.before)} ${json}${sql.raw(statement.after)}`.execute(tx);
        }
        return counter.last_id;
      });
    },
  };
}

function rowOf(record: AuditRecord, id: number, time: number, dialect: Dialect): unknown[] {
  const { kind, userId, username, environmentId, namespace, verb, resource, status } = record;
  const columns = [id, time, kind, userId, username, environmentId, namespace, verb, resource];
  const words = dialect === 'sqlite' ? searchText(record) : record.words;
  return [...columns, status, record.event, words];
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

interface Statement {
  readonly before: string;
  readonly after: string;
}

const names = COLUMNS.map(([name]) => name).join(', ');
const STATEMENTS: Readonly<Record<Dialect, readonly Statement[]>> = {
  sqlite: [
    {
      before: `insert into audit_events (${names})
        select ${COLUMNS.map((_, index) => `value ->> ${index}`).join(', ')} from json_each(`,
      after: ')',
    },
    {
      before: `insert into audit_details (id, event)
        select value ->> 0, value ->> ${EVENT} from json_each(`,
      after: ')',
    },
    {
      before: `insert into audit_words (rowid, words)
        select value ->> 0, value ->> ${WORDS} from json_each(`,
      after: ')',
    },
  ],
  postgres: [
    {
      before: `insert into audit_events (${names})
        select ${COLUMNS.map(([, type], index) => `(value ->> ${index})::${type}`).join(', ')}
        from json_array_elements(`,
      after: '::json)',
    },
    {
      before: `insert into audit_details (id, event, words)
        select (value ->> 0)::bigint, value ->> ${EVENT},
          array_to_tsvector(array(select json_array_elements_text(value -> ${WORDS})))
        from json_array_elements(`,
      after: '::json)',
    },
  ],
};
