import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { eventually } from './testing.ts';
import { postgresMissing, startTestPostgres } from './testPostgres.ts';

const skip = postgresMissing() ?? false;
const MODULE = new URL('./testPostgres.ts', import.meta.url).href;
const STARTS_ONE = `
  import { startTestPostgres } from ${JSON.stringify(MODULE)};
  console.log((await startTestPostgres()).url);
`;

/** The server's folder, which its URL holds in the place of a host. */
const folderOf = (url: string) => decodeURIComponent(new URL(url).host);

test('a test server is gone with its folder once it is stopped', { skip }, async () => {
  const server = await startTestPostgres();
  assert.ok(existsSync(folderOf(server.url)));
  await server.stop();
  assert.ok(!existsSync(folderOf(server.url)));
});

for (const [way, script, signal] of [
  ['ends', STARTS_ONE, null],
  ['is killed', `${STARTS_ONE} setInterval(() => {}, 1000);`, 'SIGKILL'],
] as const) {
  test(`a test server goes when the process that started it ${way}`, { skip }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = await once(createInterface(child.stdout), 'line');
    if (signal) child.kill(signal);
    assert.deepEqual(await once(child, 'close'), signal ? [null, signal] : [0, null]);
    await eventually(() => !existsSync(folderOf(url)));
  });
}
