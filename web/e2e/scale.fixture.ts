/**
 * Measures the page and the API it asks with many of everything:
 *
 *   node web/e2e/scale.fixture.ts [ENVIRONMENTS] [USERS] [EVENTS]
 *
 * By default 1,000, 5,000 and a million, which takes some minutes to make.
 */
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { createJournal } from '../../server/src/audit/journal.ts';
import { recordOfRequest } from '../../server/src/audit/record.ts';
import { aRequest, openAt } from '../../server/src/audit/testing.ts';
import { openStage, type Stage } from './fixture.ts';
import { addMany } from './many.ts';
import { appears, timeOf } from './timings.ts';

const [environments = 1_000, users = 5_000, events = 1_000_000] = process.argv.slice(2).map(Number);
const BATCH = 500;
const RUNS = 5;

const row = (text: RegExp) => appears('tbody tr', text);

const PAGES: ReadonlyArray<readonly [path: string, arrive: (page: Page) => Promise<unknown>]> = [
  ['/', row(/cluster 1/)],
  ['/?label=env%3Dprod&sort=state', row(/cluster/)],
  ['/environments', row(/cluster/)],
  ['/environments/500', appears('dt', /People who may enter/)],
  ['/environments/500?part=health', appears('[role=img]', /^/)],
  ['/users', row(/user-0001/)],
  ['/users?q=user-09', row(/user-09/)],
  ['/users/100', row(/team-/)],
  ['/teams', row(/team-001/)],
  ['/grants', row(/team-/)],
  ['/audit', row(/pods/)],
  ['/account', appears('h2', /^Sign-ins$/)],
];

test(`${environments} environments, ${users} users, ${events} events`, async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  await addMany(stage, { environments, users, teams: 200 });
  await addEvents(stage.server.dataDir, events);
  const page = await stage.window({ as: 'admin' });

  console.log('API, median of 5 in ms:');
  await measureApi(stage);
  console.log('\nPages, cold cache:');
  console.log('path                              paint  usable  shift  elements      KB');
  for (const [path, arrive] of PAGES) {
    const timing = await timeOf(stage, page, path, arrive);
    const { firstPaint, usable, shift, elements, kilobytes } = timing;
    console.log(
      `${path.padEnd(32)} ${pad(firstPaint)} ${pad(usable)}  ${shift.toFixed(3)} ${pad(elements, 9)} ${pad(kilobytes)}`,
    );
  }
});

async function measureApi({ admin }: Stage): Promise<void> {
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    'environments, all 1,000': () =>
      admin.call('environments.list', { query: { limit: 1000, accessible: 'true' } }),
    'environments, a page (Home)': () =>
      admin.call('environments.list', { query: { limit: 50, accessible: 'true' } }),
    'environments, by label and state': () =>
      admin.call('environments.list', {
        query: { limit: 50, accessible: 'true', labels: 'env=prod', sort: 'state' },
      }),
    'environments, counted (Home)': () =>
      admin.call('environments.summary', { query: { accessible: 'true' } }),
    'environments, all names': () =>
      admin.call('environments.names', { query: { accessible: 'true' } }),
    'environments, a page': () => admin.call('environments.list', { query: { limit: 50 } }),
    'environments, searched': () =>
      admin.call('environments.list', { query: { limit: 50, q: 'ster 99' } }),
    'environment, its consequences': () =>
      admin.call('environments.consequences', { params: { id: 500 } }),
    'users, a page': () => admin.call('users.list', { query: { limit: 50 } }),
    'users, the last page': () =>
      admin.call('users.list', { query: { limit: 50, offset: users - 50 } }),
    'users, searched': () => admin.call('users.list', { query: { limit: 50, q: 'r-49' } }),
    'users, 1,000 of them': () => admin.call('users.list', { query: { limit: 1000 } }),
    'teams, a page': () => admin.call('teams.list', { query: { limit: 50 } }),
    'grants, a page': () => admin.call('grants.list', { query: { limit: 50 } }),
    'audit, the newest': () => admin.call('audit.list', { query: { limit: 100 } }),
    'audit, a word': () => admin.call('audit.list', { query: { limit: 100, q: 'payments' } }),
  };
  for (const [name, ask] of Object.entries(questions)) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const began = performance.now();
      await ask();
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    console.log(`${name.padEnd(32)} ${pad(times[2] ?? 0)}`);
  }
}

async function addEvents(dataDir: string, count: number): Promise<void> {
  const database = await openAt({ dataDir, databaseUrl: undefined });
  const journal = createJournal(database);
  const start = Date.now() - count * 100;
  for (let n = 0; n < count; n += BATCH) {
    await journal.append(
      Array.from({ length: BATCH }, (_, index) =>
        recordOfRequest(
          aRequest({ at: start + (n + index) * 100, environmentId: 1 + ((n + index) % 1000) }),
          `cluster ${1 + ((n + index) % 1000)}`,
        ),
      ),
    );
  }
  await database.close();
}

function pad(value: number, width = 7): string {
  return (value < 10 ? value.toFixed(1) : String(Math.round(value))).padStart(width);
}
