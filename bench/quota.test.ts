import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMicros } from './cpu.ts';
import { findQuotas } from './quota.ts';

const quotas = findQuotas();

test('a process that is held to a tenth of a CPU gets no more than that', {
  skip: quotas === undefined && 'no control group for CPUs may be written here',
}, async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);']);
  try {
    quotas?.hold(child.pid ?? 0, 0.1);
    // What it did before it was held does not count.
    const before = { cpu: cpuMicros(child.pid ?? 0), at: performance.now() };
    await delay(1_000);
    const cpu = cpuMicros(child.pid ?? 0) - before.cpu;
    const share = cpu / 1_000 / (performance.now() - before.at);
    assert.ok(share <= 0.15, `it got ${share.toFixed(2)} of a CPU`);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
    quotas?.remove();
  }
});

test('where there is no control group there is none', () => {
  assert.equal(findQuotas(['/nonexistent']), undefined);
});
