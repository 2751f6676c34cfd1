/**
 * Measures the audit log with many events: how long writing takes and each question of the page.
 *
 *   node server/src/audit/scale.fixture.ts [EVENTS] [sqlite|postgres]
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { startTestPostgres } from '../store/testPostgres.ts';
import type { ProxiedRequest } from './event.ts';
import { createHistogram } from './histogram.ts';
import { createJournal } from './journal.ts';
import { type AuditRecord, recordOfAct, recordOfRequest } from './record.ts';
import { type AuditFilter, createSearch } from './search.ts';
import { anAct, aRequest, openAt } from './testing.ts';

const events = Number(process.argv[2] ?? 1_000_000);
const postgres = process.argv[3] === 'postgres' ? await startTestPostgres() : undefined;
const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-audit-scale-'));
const database = await openAt({ dataDir, databaseUrl: postgres?.url });
const journal = createJournal(database);
const search = createSearch(database);
const { histogram } = createHistogram(database);

const START = 1_700_000_000_000;
const BATCH = 200;
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const RESOURCES = ['pods', 'configmaps', 'secrets', 'deployments', 'leases', 'events', 'nodes'];
let seed = 1;
/** A number below n; the same ones in each run. */
function below(n: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return Math.floor((seed / 0x80000000) * n);
}
const oneOf = (values: readonly string[]) => values[below(values.length)] ?? '';

/** Request after request comes with the same object. */
const callers = new Map<number, NonNullable<ProxiedRequest['caller']>>();
function callerOf(userId: number) {
  const known = callers.get(userId);
  if (known) return known;
  const username = `user${userId}`;
  const caller = { kubeconfigId: userId, userId, username, uid: randomUUID(), teams: ['crew'] };
  callers.set(userId, caller);
  return caller;
}
const identities = new Map<string, NonNullable<ProxiedRequest['identity']>>();
function identityOf(userId: number, environmentId: number) {
  const known = identities.get(`${userId} ${environmentId}`);
  if (known) return known;
  const { username, uid } = callerOf(userId);
  const identity = {
    user: `sallyport:${username}`,
    uid,
    groups: ['sallyport:team:crew', `sallyport:edit:${environmentId}`],
    extra: { 'sallyport/kubeconfig-id': [String(userId)] },
  };
  identities.set(`${userId} ${environmentId}`, identity);
  return identity;
}

/** One person makes most of the requests, most of them in one namespace, as a controller would. */
function anEvent(n: number): AuditRecord {
  const at = START + n * 1_000;
  if (below(100) === 0) return recordOfAct(anAct({ at }));
  const userId = below(10) < 8 ? 1 : 2 + below(50);
  const environmentId = 1 + below(5);
  const namespace = below(2) === 0 ? 'default' : `team-${below(200)}`;
  const name = `web-${below(1e9).toString(36)}-${below(1e6).toString(36)}`;
  const resource = oneOf(RESOURCES);
  return recordOfRequest(
    aRequest({
      at,
      environmentId,
      address: `10.0.${below(4)}.${below(250)}`,
      uri: `/api/v1/namespaces/${namespace}/${resource}/${name}?resourceVersion=${n}`,
      status: below(100) === 0 ? 403 : below(500) === 0 ? 500 : 200,
      caller: callerOf(userId),
      identity: identityOf(userId, environmentId),
      info: { namespace, name, resource, verb: oneOf(VERBS) },
    }),
    `environment ${environmentId}`,
  );
}

let writing = 0;
for (let n = 0; n < events; n += BATCH) {
  const batch = Array.from({ length: BATCH }, (_, index) => anEvent(n + index));
  const began = performance.now();
  await journal.append(batch);
  writing += performance.now() - began;
}
console.log(`${database.dialect}: ${events} events`);
console.log(
  `writing: ${((writing / events) * 1_000).toFixed(1)} µs an event, in batches of ${BATCH}`,
);
if (postgres) {
  await sql`vacuum analyze audit_events, audit_details`.execute(database.writer);
  const { rows } = await sql<{ size: string }>`
    select pg_size_pretty(pg_database_size(current_database())) as size`.execute(database.reader);
  console.log(`size: ${rows[0]?.size}`);
} else {
  console.log(`size: ${(statSync(join(dataDir, 'audit.db')).size / 1e6).toFixed(0)} MB`);
}

const from = START + events * 500;
const questions: ReadonlyArray<readonly [string, AuditFilter]> = [
  ['everything', {}],
  ['a person, busy', { userId: 1 }],
  ['a person, seldom', { userId: 20 }],
  ['a person by name', { username: 'user20' }],
  ['an environment', { environmentId: 3 }],
  ['a namespace', { namespace: 'team-7' }],
  ['a verb', { verb: 'delete' }],
  ['a resource', { resource: 'secrets' }],
  ['an answer', { status: 403 }],
  ['an answer that never was', { status: 409 }],
  ['errors', { statusClass: 5 }],
  ['acts', { kind: 'act' }],
  ['a time, long ago', { from: START + 1e6, to: START + 2e6 }],
  ['a person at a time', { userId: 20, from, to: from + 1e7 }],
  [
    'five conditions',
    { userId: 1, environmentId: 3, namespace: 'default', verb: 'get', status: 403 },
  ],
  [
    'five, never together',
    {
      userId: 1,
      environmentId: 3,
      namespace: 'team-7',
      verb: 'get',
      status: 500,
      resource: 'leases',
      kind: 'act',
    },
  ],
  ['two, never together', { userId: 20, kind: 'act' }],
  ['a word, everywhere', { q: 'kubectl' }],
  ['a word begun', { q: 'kub' }],
  ['a word, seldom', { q: 'web-zz' }],
  ['a word that never was', { q: 'payroll' }],
  ['two words, a person', { q: 'team 10', userId: 20 }],
  ['a word everywhere, never together', { q: 'kubectl', userId: 1, kind: 'act' }],
];
/** Five times each: how long the first took, and the middle one. */
async function measure(name: string, ask: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < 5; run += 1) {
    const began = performance.now();
    found = await ask();
    times.push(performance.now() - began);
  }
  const first = times[0] ?? 0;
  const median = times.toSorted((a, b) => a - b)[2] ?? 0;
  console.log(
    `${name.padEnd(36)} ${first.toFixed(1).padStart(8)} ms first ${median.toFixed(1).padStart(8)} ms median ${String(found).padStart(7)} found`,
  );
}

console.log('a page of 100');
for (const [name, filter] of questions) {
  await measure(name, async () => (await search.newest(filter, 101)).length);
}
console.log('the histogram');
for (const [name, filter] of questions) {
  await measure(name, async () =>
    (await histogram(filter)).bars.reduce((sum, { total }) => sum + total, 0),
  );
}
await database.close();
await postgres?.stop();
rmSync(dataDir, { recursive: true, force: true });
