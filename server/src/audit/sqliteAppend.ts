/** Writes a batch of events in the thread that holds the connection (store/threaded.ts). */
import type { StatementSync } from 'node:sqlite';
import type { ThreadConnection } from '../store/threaded.ts';
import { createFormIds } from './formIds.ts';
import { type Appended, type Batch, NUMBERS, TEXTS } from './sqliteBatch.ts';

const COUNT = 'update audit_counter set last_id = last_id + ? returning last_id, last_time';
const KEEP_TIME = 'update audit_counter set last_time = ?';
const EVENT = `insert into audit_events (id, time, kind, user_id, username, environment_id,
  namespace, verb, resource, status) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const DETAIL = 'insert into audit_details (id, event, form_id) values (?, ?, ?)';
const WORDS = 'insert into audit_words (rowid, words) values (?, ?)';
const FORM = 'insert into audit_forms (id, form) values (?, ?)';

/** A thread has one database, for as long as it lives. */
const formIds = createFormIds();

export function run(connection: ThreadConnection, input: unknown): Appended[] {
  const { database } = connection;
  // Whoever holds the write lock alone gives ids, so they are in the order of commits.
  database.exec('begin immediate');
  try {
    const forms = formIds.begin();
    const lastId = insert((text) => connection.prepare(text), input as Batch, forms);
    database.exec('commit');
    forms.committed();
    return [{ lastId }];
  } catch (error) {
    // Where a disk is full, SQLite has rolled back by itself.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

function insert(
  prepare: (text: string) => StatementSync,
  { commons, numbers, texts }: Batch,
  forms: ReturnType<typeof formIds.begin>,
): number {
  const count = numbers.length / NUMBERS;
  const counter = prepare(COUNT).get(count) as { last_id: number; last_time: number };
  const [event, detail, words] = [prepare(EVENT), prepare(DETAIL), prepare(WORDS)];
  let id = counter.last_id - count;
  let time = counter.last_time;
  for (let index = 0; index < count; index += 1) {
    id += 1;
    time = Math.max(time, numbers[index * NUMBERS] ?? 0);
    const common = commons[numbers[index * NUMBERS + 1] ?? 0];
    if (!common) throw new Error('a batch of the audit log is damaged');
    const { kind, userId, username, environmentId, status, form } = common;
    const at = index * TEXTS;
    const namespace = texts[at] ?? null;
    const verb = texts[at + 1] ?? null;
    const resource = texts[at + 2] ?? null;
    // One argument each: an array of them would be made and spread for each event.
    event.run(id, time, kind, userId, username, environmentId, namespace, verb, resource, status);
    detail.run(id, texts[at + 3] ?? null, form === null ? null : forms.idOf(form, id));
    words.run(id, `${texts[at + 4]} ${common.indexText}`);
  }
  const addForm = prepare(FORM);
  for (const [formId, form] of forms.added) addForm.run(formId, form);
  prepare(KEEP_TIME).run(time);
  return counter.last_id;
}
