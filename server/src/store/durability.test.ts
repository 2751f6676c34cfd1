import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { openStore } from './store.ts';
import { describeOnStores, type Place } from './testing.ts';

const FIXTURE = fileURLToPath(new URL('./durability.fixture.ts', import.meta.url));
const KILLS = 6;

/** Lets a process write until it is killed at a random moment; gives what it said was written. */
async function writeUntilKilled({ dataDir, databaseUrl }: Place, first: number): Promise<number[]> {
  const parameters = [String(first), dataDir, ...(databaseUrl === undefined ? [] : [databaseUrl])];
  const child = spawn(process.execPath, [FIXTURE, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: number[] = [];
  const killAfter = randomInt(1, 60);
  createInterface(child.stdout).on('line', (line) => {
    acknowledged.push(Number(line));
    // Some milliseconds more, so that it is not always just after an acknowledgement.
    if (acknowledged.length === killAfter) {
      setTimeout(() => child.kill('SIGKILL'), randomInt(0, 10));
    }
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  return acknowledged;
}

describeOnStores('a process that is killed while it writes', (open) => {
  test('loses nothing of what it said was written', async () => {
    const place = await open.place();
    const acknowledged: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      acknowledged.push(...(await writeUntilKilled(place, kill * 1_000_000)));
      const store = await openStore(place);
      const rows = await store.db.selectFrom('meta').select('key').execute();
      const written = new Set(rows.map(({ key }) => Number(key)));
      assert.deepEqual(
        acknowledged.filter((n) => !written.has(n)),
        [],
      );
      if (store.dialect === 'sqlite') {
        const check = await sql`pragma integrity_check`.execute(store.db);
        assert.deepEqual(check.rows, [{ integrity_check: 'ok' }]);
      }
      await store.close();
    }
    assert.ok(acknowledged.length >= KILLS);
  });
});
