import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { describeOnStores } from '../store/testing.ts';
import { createJournal } from './journal.ts';
import { recordOfAct } from './record.ts';
import { createRetention } from './retention.ts';
import { createSearch } from './search.ts';
import { anAct, openAt, silent } from './testing.ts';
import { idsOfTimes } from './timeIds.ts';

describeOnStores('the ids of times', (open) => {
  let database: AuditDatabase;
  before(async () => {
    database = await openAt(await open.place());
  });
  after(() => database?.close());

  const ids = async (...times: number[]) => (await idsOfTimes(database, times)).ids;

  test('are the first one in a log without events', async () => {
    assert.deepEqual(await idsOfTimes(database, [0, 1e12]), { ids: [1, 1], last: 0 });
    assert.deepEqual(await createSearch(database).newest({ from: 0, to: 1e12 }, 10), []);
  });

  test('are those of the first events at or after them', async () => {
    const times = [10, 20, 20, 20, 30, 50];
    await createJournal(database).append(times.map((at) => recordOfAct(anAct({ at }))));
    assert.deepEqual(await ids(0, 10, 11, 20, 20.5, 21, 30, 40, 50), [1, 1, 2, 2, 5, 5, 5, 6, 6]);
    assert.deepEqual(await idsOfTimes(database, [51, 2 ** 53 - 1]), { ids: [7, 7], last: 6 });
    for (let at = 60; at < 600; at += 10) {
      await createJournal(database).append([recordOfAct(anAct({ at }))]);
      assert.deepEqual(await ids(50, at - 5, at, at + 1), [
        6,
        at / 10 + 1,
        at / 10 + 1,
        at / 10 + 2,
      ]);
    }
  });

  test('are found also where the oldest events are gone', async () => {
    await createRetention({
      database,
      maxAge: () => 0,
      maxEvents: () => 5,
      maxBytes: () => 0,
      logger: silent,
    }).purge();
    assert.deepEqual(await ids(0, 550, 560, 590, 591), [56, 56, 57, 60, 61]);
  });
});
