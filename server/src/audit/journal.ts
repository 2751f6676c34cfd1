import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { inThread } from '../store/threaded.ts';
import { createFormIds } from './formIds.ts';
import type { AuditRecord } from './record.ts';
import { type Appended, packBatch } from './sqliteBatch.ts';

const SQLITE_APPEND = new URL('./sqliteAppend.ts', import.meta.url);

export type Journal = ReturnType<typeof createJournal>;

/** Writes events, many in one go and each once, in an order that all processes share. */
export function createJournal(database: Pick<AuditDatabase, 'dialect' | 'writer'>) {
  const append = database.dialect === 'sqlite' ? appendToSqlite : appendToPostgres;
  return {
    /**
     * Writes events; they are there once this resolves, whatever happens to the process or, on
     * SQLite, to the machine.
     *
     * @param records in the order of their times
     * @returns the highest id
     */
    append: append(database.writer),
  };
}

type Append = (
  writer: AuditDatabase['writer'],
) => (records: readonly AuditRecord[]) => Promise<number>;

/** One message to the thread that writes, and everything else there (sqliteAppend.ts). */
const appendToSqlite: Append = (writer) => async (records) => {
  const query = inThread<Appended>(SQLITE_APPEND, packBatch(records));
  const [appended] = (await writer.executeQuery(query)).rows;
  if (!appended) throw new Error('the thread of the audit log gave no id');
  return appended.lastId;
};

/** The columns of `audit_events` with their types, in the order of {@link columnsOf}. */
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

function columnsOf(record: AuditRecord, id: number, time: number): unknown[] {
  const { common, namespace, verb, resource } = record;
  const { kind, userId, username, environmentId, status } = common;
  return [id, time, kind, userId, username, environmentId, namespace, verb, resource, status];
}

const names = sql.raw(COLUMNS.map(([name]) => name).join(', '));
const typed = sql.raw(COLUMNS.map(([, type], index) => `(value ->> ${index})::${type}`).join(', '));

const appendToPostgres: Append = (writer) => {
  const formIds = createFormIds();
  return async (records) => {
    const forms = formIds.begin();
    const lastId = await writer.transaction().execute(async (tx) => {
      // Its row stays locked until the commit: ids become visible in their order, so that whoever
      // has read up to one has missed none before it.
      const counter = await tx
        .updateTable('audit_counter')
        .set(({ eb }) => ({ last_id: eb('last_id', '+', records.length) }))
        .returning(['last_id', 'last_time'])
        .executeTakeFirstOrThrow();
      let id = counter.last_id - records.length;
      let time = counter.last_time;
      const events: unknown[] = [];
      const details: unknown[] = [];
      for (const record of records) {
        id += 1;
        time = Math.max(time, record.time);
        const { form } = record.common;
        events.push(columnsOf(record, id, time));
        const formId = form === null ? null : forms.idOf(form, id);
        details.push([id, record.values, formId, record.words]);
      }
      await tx.updateTable('audit_counter').set({ last_time: time }).execute();
      // All rows are one parameter: one for each value would cost more than the writing.
      await sql`insert into audit_events (${names})
        select ${typed} from json_array_elements(${JSON.stringify(events)}::json)`.execute(tx);
      await sql`insert into audit_forms (id, form)
        select (value ->> 0)::bigint, value ->> 1
        from json_array_elements(${JSON.stringify(forms.added)}::json)`.execute(tx);
      await sql`insert into audit_details (id, event, form_id, words)
        select (value ->> 0)::bigint, value ->> 1, (value ->> 2)::bigint,
          array_to_tsvector(array(select json_array_elements_text(value -> 3)))
        from json_array_elements(${JSON.stringify(details)}::json)`.execute(tx);
      return counter.last_id;
    });
    forms.committed();
    return lastId;
  };
};
