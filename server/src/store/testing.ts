import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { openStore, type Store, type StoreOptions } from './store.ts';
import { postgresMissing, startTestPostgres, type TestPostgres } from './testPostgres.ts';

/** An empty database, by the two options of `openStore` that say where. */
export type Place = Pick<StoreOptions, 'dataDir' | 'databaseUrl'>;

export interface OpenTestStore {
  /**
   * Opens a store on a new, empty database; it is closed and removed when the suite ends.
   *
   * @param options.beside a store whose database is opened once more, as another process would
   */
  (options?: Pick<StoreOptions, 'logger' | 'now'> & { readonly beside?: Store }): Promise<Store>;
  /** Makes a database only; it is removed when the suite ends. */
  place(): Promise<Place>;
}

/**
 * Runs a suite twice: on SQLite in a temporary folder, and on a PostgreSQL server.
 *
 * @param suite defines the tests, as the callback of `describe` does
 */
export function describeOnStores(name: string, suite: (open: OpenTestStore) => void): void {
  describe(`${name}, on SQLite`, () => suite(opener(async () => undefined)));
  describeOnPostgres(name, () => suite(opener(newDatabase)));
}

/**
 * Runs a suite that needs a PostgreSQL server: the one of SALLYPORT_TEST_POSTGRES_URL, or one that
 * this process starts at the first need. Where there is none the suite is skipped with the reason,
 * and fails instead where SALLYPORT_TEST_REQUIRE has the word `postgres` in it.
 */
export function describeOnPostgres(name: string, suite: () => void): void {
  const missing = sharedUrl() === undefined ? postgresMissing() : undefined;
  if (missing === undefined) {
    describe(`${name}, on PostgreSQL`, suite);
  } else if (process.env.SALLYPORT_TEST_REQUIRE?.split(',').includes('postgres')) {
    test(`${name}, on PostgreSQL`, () => {
      throw new Error(missing);
    });
  } else {
    describe(`${name}, on PostgreSQL`, { skip: missing }, () => {});
  }
}

function opener(newUrl: () => Promise<TestDatabase | undefined>): OpenTestStore {
  const places = new Map<Store, Place>();
  const leftovers: Array<() => Promise<void> | void> = [];
  after(async () => {
    await Promise.all([...places.keys()].map((store) => store.close()));
    for (const remove of leftovers) await remove();
  });
  const newPlace = async (): Promise<Place> => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
    leftovers.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const database = await newUrl();
    if (database) leftovers.push(database.drop);
    return { dataDir, databaseUrl: database?.url };
  };
  const open = async ({ beside, ...options }: Parameters<OpenTestStore>[0] = {}) => {
    const place = (beside && places.get(beside)) ?? (await newPlace());
    const store = await openStore({ ...place, ...options });
    places.set(store, place);
    return store;
  };
  return Object.assign(open, { place: newPlace });
}

/** An empty database on the test server; whoever asks for it drops it. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

let started: Promise<TestPostgres> | undefined;

function sharedUrl(): string | undefined {
  return process.env.SALLYPORT_TEST_POSTGRES_URL || undefined;
}

/** Makes a database on the test server. */
export async function newDatabase(): Promise<TestDatabase> {
  let server = sharedUrl();
  if (server === undefined) {
    started ??= startTestPostgres();
    server = (await started).url;
  }
  const serverUrl = server;
  const name = `sallyport_test_${randomBytes(8).toString('hex')}`;
  await administer(serverUrl, `create database ${name} template template0`);
  return {
    url: serverUrl.replace(/\/[^/?]*(?=\?|$)/, `/${name}`),
    drop: () => administer(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Waits until something holds that no event tells of.
 *
 * @throws Error where it does not come to hold within a minute: a machine may be busy
 */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come to hold');
    await delay(10);
  }
}
