import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { withLock } from './lock.ts';
import { self } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-lock-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('two pieces of work under one lock never overlap', async () => {
  const path = join(folder, 'turns');
  const steps: string[] = [];
  const work = (name: string) =>
    withLock(path, async () => {
      steps.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      steps.push(`${name} out`);
    });
  await Promise.all([work('a'), work('b'), work('c')]);
  for (let i = 0; i < steps.length; i += 2) {
    assert.equal(steps[i]?.split(' ')[0], steps[i + 1]?.split(' ')[0], steps.join(', '));
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('several processes that count under one lock lose no count', async () => {
  const counter = join(folder, 'counter');
  writeFileSync(counter, '0');
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    for (let i = 0; i < 20; i += 1) {
      await withLock(${JSON.stringify(join(folder, 'shared'))}, async () => {
        const value = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
        await new Promise((resolve) => setTimeout(resolve, 1));
        writeFileSync(${JSON.stringify(counter)}, String(value + 1));
      });
    }`;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(readFileSync(counter, 'utf8'), '60');
});

test('the lock of a process that was killed is taken over', async () => {
  const path = join(folder, 'killed');
  const script = `
    import { withLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    await withLock(${JSON.stringify(path)}, async () => {
      console.log('held');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  let waited = 0;
  const mine = withLock(
    path,
    async () => 'mine',
    () => {
      waited += 1;
      child.kill('SIGKILL');
    },
  );
  assert.equal(await mine, 'mine');
  assert.equal(waited, 1);
});

test('a lock whose pid has gone to another process is taken over, as is a damaged one', async () => {
  const path = join(folder, 'recycled');
  writeFileSync(path, JSON.stringify({ ...self(), start: 'earlier' }));
  assert.equal(await withLock(path, async () => 1), 1);
  writeFileSync(path, '{"pid":');
  assert.equal(await withLock(path, async () => 2), 2);
});

test('the lock is given back when the work fails', async () => {
  const path = join(folder, 'failing');
  await assert.rejects(
    withLock(path, () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await withLock(path, async () => 'again'), 'again');
});
