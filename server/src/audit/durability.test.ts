import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeOnStores, type Place } from '../store/testing.ts';
import { createSearch } from './search.ts';
import { openAt } from './testing.ts';

const FIXTURE = fileURLToPath(new URL('./durability.fixture.ts', import.meta.url));
const KILLS = 3;
/** Milliseconds: the second that is stated for requests, and one more for a busy machine. */
const WINDOW = 2_000;

interface Said {
  readonly what: string;
  readonly at: number;
  readonly id: string;
}

/** Lets a process record until it is killed at a random moment; gives what it said. */
async function recordUntilKilled({ dataDir, databaseUrl }: Place, name: string): Promise<Said[]> {
  const parameters = [name, dataDir, ...(databaseUrl === undefined ? [] : [databaseUrl])];
  const child = spawn(process.execPath, [FIXTURE, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Said[] = [];
  let begun = false;
  createInterface(child.stdout).on('line', (line) => {
    const [what = '', at, id = ''] = line.split(' ');
    said.push({ what, at: Number(at), id });
    // Counted from an act, so that there are some on a slow machine, too.
    if (what !== 'written' || begun) return;
    begun = true;
    setTimeout(() => child.kill('SIGKILL'), randomInt(2_500, 4_000));
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  return said;
}

describeOnStores('a process that is killed while it records', (open) => {
  test('loses no act that it said was written, and no request older than the window', async () => {
    const place = await open.place();
    const said: Said[] = [];
    let lost = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const now = await recordUntilKilled(place, `p${kill}`);
      said.push(...now);
      const end = Math.max(...now.map(({ at }) => at));
      const database = await openAt(place);
      const rows = await createSearch(database).after({}, 100_000, 0);
      await database.close();
      const written = new Set(rows.map(({ event }) => JSON.parse(event).auditID));
      const missing = now.filter(({ id }) => !written.has(id));
      assert.deepEqual(
        missing.filter(({ what }) => what === 'written'),
        [],
        'acts',
      );
      assert.deepEqual(
        missing.filter(({ at }) => at < end - WINDOW),
        [],
        'requests that were told longer ago than the window',
      );
      lost += missing.length;
    }
    assert.ok(said.some(({ what }) => what === 'written'));
    assert.ok(lost < said.length / 2);
  });
});
