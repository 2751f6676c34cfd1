import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { openStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the data directory and the files in it are for their owner alone', async () => {
  const dataDir = join(folder, 'deep', 'data');
  const store = await openStore({ dataDir });
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  assert.equal(mode(dataDir), '700');
  const files = readdirSync(dataDir);
  assert.deepEqual(files.sort(), ['sallyport.db', 'sallyport.db-shm', 'sallyport.db-wal']);
  for (const file of files) assert.equal(mode(join(dataDir, file)), '600', file);
  await store.close();
  assert.deepEqual(readdirSync(dataDir), ['sallyport.db']);
});

/** Opens where nothing can be made, and checks that the error names the place and the reason. */
async function refusal(dataDir: string, reason: string): Promise<void> {
  await assert.rejects(openStore({ dataDir }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'store.data_dir');
    assert.ok(error.message.includes(dataDir), error.message);
    assert.ok(error.message.includes(reason), error.message);
    return true;
  });
}

test('a data directory that cannot be made is named, with the reason', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await refusal(join(file, 'data'), 'ENOTDIR');
  await refusal(file, 'ENOTDIR');
});

const noProc = existsSync('/proc/self') ? false : 'there is no /proc here';
test('a data directory in a place where nothing can be made is refused', { skip: noProc }, () =>
  refusal('/proc/sallyport/data', 'ENOENT'),
);

test('a file that is no database is named, with the reason', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  writeFileSync(join(dataDir, 'sallyport.db'), 'this is no database, but a text of some length');
  await assert.rejects(openStore({ dataDir }), {
    code: 'store.database_broken',
    message: /sallyport\.db.*not a database/,
  });
});

test('a full disk is called that, and what fits is written again when there is room', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const store = await openStore({ dataDir });
  const allow = (pages: number) =>
    store.write((tx) => sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(tx));
  const add = (name: string) =>
    store.write((tx) =>
      tx.insertInto('teams').values({ name, name_key: name, created_at: 0 }).execute(),
    );
  await allow(1);
  const big = 'x'.repeat(100_000);
  await assert.rejects(add(big), { code: 'store.full' });
  await add('small');
  await allow(1_000_000);
  await add(big);
  const rows = await store.db.selectFrom('teams').select('name').execute();
  assert.deepEqual(rows.map(({ name }) => name).sort(), ['small', big].sort());
  await store.close();
});

test('a write waits for the lock of another process, and the event loop does not', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const store = await openStore({ dataDir });
  const other = new DatabaseSync(join(dataDir, 'sallyport.db'));
  other.exec('begin immediate');
  let done = false;
  const writing = store
    .write((tx) => tx.insertInto('meta').values({ key: 'k', value: 'v' }).execute())
    .then(() => {
      done = true;
    });
  for (let turns = 0; turns < 20; turns += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await store.db.selectFrom('meta').selectAll().execute(), []);
  }
  assert.equal(done, false);
  other.exec('commit');
  other.close();
  await writing;
  await store.close();
});
