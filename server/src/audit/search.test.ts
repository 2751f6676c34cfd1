import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import { describeOnStores } from '../store/testing.ts';
import { exportText } from './export.ts';
import { createJournal, type Journal } from './journal.ts';
import { type AuditRecord, recordOfAct, recordOfRequest } from './record.ts';
import { type AuditFilter, type AuditSearch, createSearch } from './search.ts';
import { anAct, aRequest, openAt } from './testing.ts';
import { wordsOf } from './words.ts';

const START = 1_700_000_000_000;

/** Some hundred events, one a second, of few values, so that any two conditions meet somewhere. */
function someEvents(): AuditRecord[] {
  const pick = <T>(values: readonly T[], n: number): T => values[n % values.length] as T;
  return Array.from({ length: 300 }, (_, n) => {
    const at = START + n * 1_000;
    if (n % 10 === 0) return recordOfAct(anAct({ at, status: pick([201, 409], n / 10) }));
    const userId = pick([1, 2, 3], n);
    return recordOfRequest(
      aRequest({
        at,
        environmentId: pick([1, 2], n >> 1),
        status: pick([200, 200, 403, 404, 500], n),
        caller: { kubeconfigId: userId, userId, username: `user${userId}`, uid: 'u', teams: [] },
        info: {
          namespace: pick(['payments', 'kube-system', 'kube_system'], n >> 2),
          verb: pick(['get', 'list', 'delete'], n >> 1),
          resource: pick(['pods', 'secrets'], n >> 3),
          name: pick(['', 'api-7d9f', 'Größe', 'web'], n),
        },
      }),
      pick(['production', 'staging'], n >> 1),
    );
  });
}

/** What a filter means, said once more in the simplest way. */
function matches(filter: AuditFilter, record: AuditRecord): boolean {
  const { from, to, status, statusClass, q, ...equal } = filter;
  const asked = wordsOf(q ?? '');
  const { words, common, namespace, verb, resource } = record;
  const columns = { ...common, namespace, verb, resource };
  return (
    (from === undefined || record.time >= from) &&
    (to === undefined || record.time <= to) &&
    (status === undefined || common.status === status) &&
    (statusClass === undefined || Math.floor(common.status / 100) === statusClass) &&
    asked.every((word) =>
      words.some((own) => (word.length < 3 ? own === word : own.startsWith(word))),
    ) &&
    Object.entries(equal).every(
      ([key, value]) => value === undefined || columns[key as keyof typeof equal] === value,
    )
  );
}

const maybe = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const time = fc.option(
  fc.integer({ min: -5, max: 310 }).map((n) => START + n * 1_000),
  { nil: undefined },
);
const anyFilter: fc.Arbitrary<AuditFilter> = fc.record({
  from: time,
  to: time,
  kind: maybe<'proxy' | 'act'>('proxy', 'act'),
  userId: maybe(1, 2, 99),
  username: maybe('user1', 'admin'),
  environmentId: maybe(1, 2),
  namespace: maybe('payments', 'kube-system', 'kube_system', 'a\'b"c*', 'a b'),
  verb: maybe('get', 'create'),
  resource: maybe('pods', 'users'),
  status: maybe(200, 403, 0),
  statusClass: maybe(2, 4),
  q: maybe(
    'api',
    'GRÖSSE kubectl',
    'größe',
    'produc',
    '7d9',
    "'; drop",
    'env',
    '=env',
    '"*" OR',
    '--',
  ),
});

describeOnStores('the audit log', (open) => {
  let database: AuditDatabase;
  let journal: Journal;
  let search: AuditSearch;
  const events = someEvents();

  before(async () => {
    database = await openAt(await open.place());
    journal = createJournal(database);
    search = createSearch(database);
    for (let n = 0; n < events.length; n += 70) await journal.append(events.slice(n, n + 70));
    if (database.dialect === 'postgres') {
      await sql`analyze audit_events, audit_details`.execute(database.writer);
    }
  });
  after(() => database?.close());

  test('finds what a filter means, newest first, whatever is combined', async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const expected = events.filter((record) => matches(filter, record)).map((r) => r.event);
        const newest = await search.newest(filter, 1_000);
        assert.deepEqual(
          newest.map((row) => row.event),
          expected.toReversed(),
        );
        const oldest = await search.after(filter, 1_000, 0);
        assert.deepEqual(
          oldest.map((row) => row.event),
          expected,
        );
      }),
      { numRuns: 150 },
    );
  });

  test('is paged without a gap or a double, also while events are added', async () => {
    const filter = { verb: 'list' };
    const expected = events.filter((record) => matches(filter, record)).map((r) => r.event);
    const found: string[] = [];
    let last: number | undefined;
    for (;;) {
      const rows = await search.newest(filter, 7, last);
      found.push(...rows.map((row) => row.event));
      last = rows.at(-1)?.id;
      if (rows.length < 7) break;
      await journal.append([recordOfAct(anAct({ at: START + 400_000, verb: 'list' }))]);
    }
    assert.deepEqual(found, expected.toReversed());
  });

  test('takes any text that a client can send, and its neighbours with it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 50 }),
        fc.integer({ min: 1, max: 9_999_999_999 }),
        async (text, environmentId) => {
          const info = { namespace: text, name: text, resource: text, verb: text };
          const at = START + 500_000;
          const odd = aRequest({ at, userAgent: text, uri: text, environmentId, info });
          const records = [
            recordOfRequest(odd, text.toWellFormed().replace(/\0/g, '')),
            recordOfAct(anAct({ at })),
          ];
          const lastId = await journal.append(records);
          const [first, second] = await search.after({}, 2, lastId - 2);
          assert.deepEqual(
            [first?.event, second?.event],
            records.map((record) => record.event),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has times that never fall, so that a span of time is a span of ids', async () => {
    const lastId = await journal.append([recordOfAct(anAct({ at: START - 1_000_000 }))]);
    const [late] = await search.after({}, 1, lastId - 1);
    assert.ok(late);
    assert.ok(late.time >= START);
    assert.match(
      late.event,
      /"stageTimestamp":"2023-11-14T21:56:40/,
      'the event itself knows better',
    );
  });

  test('gives ids in the order of commits, however many write at once', async () => {
    const other = createJournal(database);
    const begin = await search.lastId();
    const writes = Array.from({ length: 20 }, (_, n) =>
      (n % 2 ? other : journal).append([recordOfAct(anAct()), recordOfAct(anAct())]),
    );
    await Promise.all(writes);
    const rows = await search.after({}, 100, begin);
    assert.deepEqual(
      rows.map((row) => row.id),
      Array.from({ length: 40 }, (_, n) => begin + 1 + n),
    );
  });

  test('answers by an index', async () => {
    // Seldom values: what half of a small table has is found sooner without an index.
    const filters: AuditFilter[] = [
      { userId: 99 },
      { username: 'nobody' },
      { environmentId: 99 },
      { namespace: 'nowhere' },
      { verb: 'nothing' },
      { resource: 'nothing' },
      { status: 418 },
    ];
    for (const filter of filters) {
      const plan = await search.explain(filter, 100);
      if (database.dialect === 'sqlite') {
        assert.match(plan, /SCAN audit_words VIRTUAL TABLE INDEX/);
        assert.doesNotMatch(plan, /TEMP B-TREE|SCAN [ed]/, 'nothing is sorted, no table is read');
      } else {
        await withIndexesOnly(database, async () => {
          const [column] = Object.keys(filter);
          assert.match(await search.explain(filter, 100), /audit_events_by_/, column);
        });
      }
    }
    assert.match(await search.explain({ from: START }, 100), /PRIMARY KEY|audit_events_pkey/);
  });

  test('is exported whole, in pages that nobody sees', async () => {
    for (let n = 0; n < 3; n += 1) await journal.append(events);
    const lines: string[] = [];
    for await (const text of exportText(search, {}, 'jsonl'))
      lines.push(...text.trimEnd().split('\n'));
    const all = await search.newest({}, 100_000);
    assert.ok(all.length > 1_000);
    assert.deepEqual(
      lines,
      all.map((row) => row.event),
    );
  });

  test('is exported to tables whose cells no spreadsheet runs', async () => {
    const name = '=cmd|"/c calc"!A1';
    await journal.append([recordOfAct(anAct({ object: { resource: 'teams', id: '1', name } }))]);
    let csv = '';
    for await (const text of exportText(search, { resource: 'teams' }, 'csv')) csv += text;
    assert.ok(csv.includes(`,"'=cmd|""/c calc""!A1",`), csv);
  });
});

/** A table of some hundred rows is read whole sooner than by an index; a million rows are not. */
async function withIndexesOnly(database: AuditDatabase, run: () => Promise<void>): Promise<void> {
  const set = (value: string) =>
    Promise.all(
      Array.from({ length: 3 }, () =>
        sql`set enable_seqscan = ${sql.raw(value)}`.execute(database.reader),
      ),
    );
  await set('off');
  await run();
  await set('on');
}
