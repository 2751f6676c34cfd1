import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { describeOnStores } from '../store/testing.ts';
import { createHistogram, widthFor } from './histogram.ts';
import { createJournal } from './journal.ts';
import { recordOfAct, recordOfRequest } from './record.ts';
import { type AuditFilter, createSearch } from './search.ts';
import { anAct, aRequest, openAt } from './testing.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

test('a width needs 60 bars at the most, and not much fewer, for any span', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 * 366 * 24 * HOUR }), (span) => {
      const bars = Math.floor(span / widthFor(span)) + 2;
      assert.ok(bars <= 60, `${bars} bars`);
    }),
  );
  assert.equal(widthFor(0), 1_000);
  assert.equal(widthFor(48 * HOUR), HOUR);
});

describeOnStores('the histogram of audit events', (open) => {
  let database: AuditDatabase;
  before(async () => {
    database = await openAt(await open.place());
    // Two an hour for two days; each fifth refused, each eleventh failed, each seventh an act.
    await createJournal(database).append(
      Array.from({ length: 96 }, (_, n) => {
        const at = START + (n * HOUR) / 2;
        if (n % 7 === 0) return recordOfAct(anAct({ at }));
        const status = n % 11 === 0 ? 503 : n % 5 === 0 ? 403 : 200;
        const info = { verb: n % 2 ? 'get' : 'list', namespace: `team-${n % 3}` };
        return recordOfRequest(aRequest({ at, status, info, environmentId: 1 + (n % 2) }), 'one');
      }),
    );
  });
  after(() => database?.close());

  const ask = (filter: AuditFilter) => createHistogram(database).histogram(filter);

  test('has a bar for each hour of two days, and the bars hold all there is', async () => {
    const { widthMs, bars } = await ask({});
    assert.equal(widthMs, HOUR);
    assert.equal(bars.length, 48);
    assert.deepEqual([bars[0]?.start, bars[1]?.start], [START, START + HOUR]);
    assert.ok(bars.every(({ total }) => total === 2));
  });

  for (const filter of [
    {},
    { kind: 'act' },
    { userId: 3 },
    { environmentId: 2 },
    { namespace: 'team-1', verb: 'get' },
    { status: 403 },
    { statusClass: 4 },
    { statusClass: 2 },
    { statusClass: 5, verb: 'list' },
    { q: 'kubectl' },
    { q: 'kub', verb: 'get' },
    { q: 'kub', status: 403 },
    { q: 'nowhere' },
    { from: START + 5 * HOUR, to: START + 10 * HOUR + 1 },
    { from: START + 5 * HOUR, to: START + 10 * HOUR, q: 'payments', environmentId: 1 },
    { username: 'nobody' },
  ] satisfies AuditFilter[]) {
    test(`counts what the list shows: ${JSON.stringify(filter)}`, async () => {
      const rows = await createSearch(database).newest(filter, 1_000);
      const { widthMs, bars } = await ask(filter);
      const inBar = (start: number) =>
        rows.filter(({ time }) => time >= start && time < start + widthMs);
      for (const { start, ...counted } of bars) {
        const statuses = inBar(start).map(({ status }) => Math.floor(status / 100));
        assert.deepEqual(counted, {
          total: statuses.length,
          refused: statuses.filter((status) => status === 4).length,
          failed: statuses.filter((status) => status === 5).length,
        });
      }
      assert.equal(
        bars.reduce((sum, { total }) => sum + total, 0),
        rows.length,
      );
    });
  }

  test('is empty where the time holds nothing', async () => {
    assert.deepEqual((await ask({ to: START - 1 })).bars, []);
    assert.deepEqual((await ask({ from: START + 100 * HOUR })).bars, []);
    assert.deepEqual((await ask({ from: START + 10, to: START })).bars, []);
  });

  test('is counted beside the list of events, which never waits for it', async () => {
    const { reader, counter } = database;
    const count = (upTo: number) =>
      sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${sql.lit(upTo)})
        select count(*) from n`.execute(counter);
    const { newest } = createSearch(database);
    await Promise.all([count(1), newest({}, 1)]);
    assert.equal(counter === reader, database.dialect === 'postgres', 'PostgreSQL has a pool');
    const order: string[] = [];
    const counted = count(3_000_000).then(() => order.push('counted'));
    await newest({}, 10).then(() => order.push('listed'));
    await counted;
    assert.deepEqual(order, ['listed', 'counted']);
  });

  test('of an empty log is empty', async () => {
    const empty = await openAt(await open.place());
    assert.deepEqual((await createHistogram(empty).histogram({})).bars, []);
    await empty.close();
  });
});
