import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { identify, isAlive, type ProcessIdentity, self } from './process.ts';
import {
  clearStale,
  type LabState,
  labFolder,
  labsFolder,
  readState,
  writeState,
} from './state.ts';

const base = mkdtempSync(join(tmpdir(), 'sallyport-state-'));
after(() => rmSync(base, { recursive: true, force: true }));

const GONE: ProcessIdentity = { pid: process.pid, start: 'an earlier process with this pid' };

function lab(name: string, more: Partial<LabState>): string {
  const folder = join(base, name);
  mkdirSync(folder);
  writeState({
    name,
    folder,
    version: '',
    status: 'ready',
    pods: false,
    server: '',
    starter: GONE,
    processes: [],
    sources: {},
    missing: {},
    ...more,
  });
  return folder;
}

async function sleeper(): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  return identity;
}

test('what a dead lab left is cleared: its processes and its folder, and no one with a recycled pid', async () => {
  const left = await sleeper();
  const folder = lab('dead', {
    supervisor: GONE,
    // The second is this very test's pid, with another start.
    processes: [
      { role: 'etcd', ...left },
      { role: 'kube-apiserver', ...GONE },
    ],
  });
  assert.equal(await clearStale(folder), true);
  assert.equal(isAlive(left), false);
  assert.equal(existsSync(folder), false);
});

test('a running lab is left alone', async () => {
  const child = await sleeper();
  const folder = lab('running', { supervisor: self(), processes: [{ role: 'etcd', ...child }] });
  assert.equal(await clearStale(folder), false);
  assert.equal(isAlive(child), true);
  assert.equal(readState(folder)?.name, 'running');
  process.kill(child.pid, 'SIGKILL');
});

test('a lab that is just being started is left alone, until its starter is dead', async () => {
  const starting = lab('starting', { status: 'starting', starter: self() });
  assert.equal(await clearStale(starting), false);
  const abandoned = lab('abandoned', { status: 'starting', starter: GONE });
  assert.equal(await clearStale(abandoned), true);
});

test('a folder without a state is cleared once it is not young any more', async () => {
  const folder = join(base, 'empty');
  mkdirSync(folder);
  assert.equal(await clearStale(folder), false);
  utimesSync(folder, 1, 1);
  assert.equal(await clearStale(folder), true);
  assert.equal(existsSync(folder), false);
});

test('names that could leave the folder of all labs are refused', () => {
  for (const name of ['', '../x', 'a/b', 'A', '-a', 'a-', 'a'.repeat(33)]) {
    assert.throws(() => labFolder(name, { XDG_STATE_HOME: base }), /a lab's name/, name);
  }
  assert.equal(labFolder('a-1', { XDG_STATE_HOME: base }), join(base, 'sallyport', 'lab', 'a-1'));
});

test('the folder of all labs is closed to others', async () => {
  const { statSync } = await import('node:fs');
  assert.equal(statSync(labsFolder({ XDG_STATE_HOME: base })).mode & 0o777, 0o700);
});
