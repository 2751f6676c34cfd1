import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { describeOnStores } from '../store/testing.ts';
import { FORM_SPAN } from './formIds.ts';
import { createJournal } from './journal.ts';
import { recordOfAct, recordOfRequest } from './record.ts';
import { createRetention } from './retention.ts';
import { createSearch } from './search.ts';
import { measureLog } from './size.ts';
import { anAct, aRequest, openAt, silent } from './testing.ts';

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

describeOnStores('the retention of audit events', (open) => {
  let database: AuditDatabase;
  before(async () => {
    database = await openAt(await open.place());
    const journal = createJournal(database);
    // Ten a day for two hundred days.
    await journal.append(
      Array.from({ length: 2_000 }, (_, n) =>
        recordOfAct(anAct({ at: NOW - 200 * DAY + (n * DAY) / 10, requestId: String(n) })),
      ),
    );
  });
  after(() => database?.close());

  const purge = (maxAge: number, maxEvents: number, maxBytes = 0) =>
    createRetention({
      database,
      maxAge: () => maxAge,
      maxEvents: () => maxEvents,
      maxBytes: () => maxBytes,
      logger: silent,
      now: () => NOW,
    }).purge();

  async function kept(): Promise<string[]> {
    const rows = await createSearch(database).after({ kind: 'act' }, 10_000, 0);
    return rows.map(({ event }) => JSON.parse(event).auditID);
  }

  test('keeps all where neither age nor number is over', async () => {
    await purge(0, 2_000);
    assert.equal((await kept()).length, 2_000);
  });

  test('removes what is too old, everywhere, and no more', async () => {
    await purge(90 * DAY, 1_000_000);
    const ids = await kept();
    assert.equal(ids.length, 900);
    assert.equal(ids[0], '1100');
    const details = await sql<{ n: number }>`select count(*) as n from audit_details`.execute(
      database.reader,
    );
    assert.equal(Number(details.rows[0]?.n), 900);
    if (database.dialect === 'sqlite') {
      const check = sql`insert into audit_words (audit_words) values ('integrity-check')`;
      await check.execute(database.writer);
    }
  });

  test('removes the oldest where they take too many bytes, and no more than that', async () => {
    const before = await measureLog(database);
    assert.equal(before.events, 900);
    assert.ok(before.bytes > 300_000, `${before.bytes} bytes`);
    await purge(0, 1_000_000, before.bytes);
    assert.equal((await measureLog(database)).events, 900);
    await purge(0, 1_000_000, Math.round(before.bytes * 0.8));
    const after = await measureLog(database);
    assert.ok(after.events <= 720 && after.events >= 700, `${after.events} events`);
    assert.ok(after.bytes < before.bytes, `${after.bytes} of ${before.bytes} bytes`);
    assert.equal(after.oldest, NOW - 200 * DAY + ((2_000 - after.events) * DAY) / 10);
  });

  test('removes the oldest where there are too many', async () => {
    await purge(0, 250);
    const ids = await kept();
    assert.deepEqual([ids.length, ids[0], ids.at(-1)], [250, '1750', '1999']);
  });

  test('removes all where all are too old, and goes on counting', async () => {
    await purge(1, 1_000_000);
    assert.deepEqual(await kept(), []);
    const id = await createJournal(database).append([recordOfAct(anAct({ at: NOW }))]);
    assert.equal(id, 2_001);
  });

  test('removes forms that no event has any more, and leaves the others whole', async () => {
    const { caller, identity } = aRequest();
    const at = NOW;
    const journal = createJournal(database);
    const records = Array.from({ length: FORM_SPAN + 500 }, () =>
      recordOfRequest(aRequest({ at, receivedAt: at, caller, identity }), undefined),
    );
    for (let n = 0; n < records.length; n += 1_000)
      await journal.append(records.slice(n, n + 1_000));
    const forms = () => database.reader.selectFrom('audit_forms').select('id').execute();
    assert.equal((await forms()).length, 2);
    await purge(0, 499);
    assert.equal((await forms()).length, 1);
    const rows = await createSearch(database).after({}, 1_000, 0);
    assert.deepEqual(
      rows.map(({ event }) => event),
      records.slice(-499).map(({ event }) => event),
    );
  });
});
