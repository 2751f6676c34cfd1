import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { describeOnStores, type Place } from '../store/testing.ts';
import { isUnwritable } from '../store/violations.ts';
import { createJournal, type Journal } from './journal.ts';
import { AuditRecord, recordOfAct, recordOfRequest } from './record.ts';
import { type AuditSearch, createSearch } from './search.ts';
import { anAct, aRequest, openAt } from './testing.ts';

describeOnStores('the journal of audit events', (open) => {
  let place: Place;
  let database: AuditDatabase;
  let journal: Journal;
  let search: AuditSearch;
  before(async () => {
    place = await open.place();
    database = await openAt(place);
    journal = createJournal(database);
    search = createSearch(database);
  });
  after(() => database?.close());

  const { caller, identity } = aRequest();
  const records = (length: number) =>
    Array.from({ length }, () => recordOfRequest(aRequest({ caller, identity }), 'production'));

  async function forms(): Promise<number> {
    const { rows } = await sql<{ n: number }>`select count(*) as n from audit_forms`.execute(
      database.reader,
    );
    return Number(rows[0]?.n);
  }

  test('stores once what events have in common, and gives each back whole', async () => {
    const written = [...records(3), recordOfAct(anAct()), ...records(3)];
    await journal.append(written);
    await journal.append(records(3));
    const rows = await search.after({}, 7, 0);
    assert.deepEqual(
      rows.map(({ event }) => event),
      written.map(({ event }) => event),
    );
    assert.equal(await forms(), 1);
  });

  test('leaves nothing of a batch that the database refuses, and takes the next one', async () => {
    const lastId = await search.lastId();
    const [good, other] = records(2);
    assert.ok(good && other);
    // No column takes null for a kind; and the form of these is not known yet.
    const common = { ...good.common, form: `${good.common.form} ` };
    const poison = new AuditRecord({ ...common, kind: null as unknown as 'act' }, good, []);
    const fine = new AuditRecord(common, good, []);
    await assert.rejects(journal.append([fine, poison]), isUnwritable);
    assert.equal(await search.lastId(), lastId);
    assert.equal(await journal.append([fine, other]), lastId + 2);
    const rows = await search.after({}, 10, lastId);
    assert.deepEqual(
      rows.map(({ event }) => event),
      [`${good.event} `, other.event],
    );
  });

  test('depends on no other process that writes as well', async () => {
    const other = await openAt(place);
    const begin = await search.lastId();
    const written = records(6);
    const journals = [journal, createJournal(other)];
    for (const [index, record] of written.entries()) await journals[index % 2]?.append([record]);
    for (const each of [search, createSearch(other)]) {
      const rows = await each.after({}, 10, begin);
      assert.deepEqual(
        rows.map(({ event }) => event),
        written.map(({ event }) => event),
      );
    }
    await other.close();
  });
});
