import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { identify, isAlive, self, signal, waitGone } from './process.ts';

test('a process that runs is known by its pid and start, and is signalled', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  assert.equal(isAlive(identity), true);
  assert.equal(signal(identity, 'SIGKILL'), true);
  await once(child, 'exit');
  assert.equal(await waitGone(identity, 5_000), true);
  assert.equal(signal(identity, 'SIGKILL'), false);
});

test('a recycled pid is never signalled', () => {
  const recycled = { ...self(), start: 'an earlier process with the same pid' };
  assert.equal(isAlive(recycled), false);
  // Were it signalled, this very test would die.
  assert.equal(signal(recycled, 'SIGKILL'), false);
});

test('a zombie counts as gone', async () => {
  // The shell does not wait for the child that it has in the background, so that becomes a zombie.
  const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 60']);
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  while (identify(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(identify(pid), undefined);
  shell.kill('SIGKILL');
  await once(shell, 'exit');
});
