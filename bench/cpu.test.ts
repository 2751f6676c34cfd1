import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { cpuMicros, peakBytes, resetPeak, residentBytes } from './cpu.ts';

test('processor time grows with work', () => {
  const before = cpuMicros(process.pid);
  while (cpuMicros(process.pid) < before + 50_000);
  assert.ok(cpuMicros(process.pid) >= before + 50_000);
});

test('the peak shows memory that has been given back', (t) => {
  try {
    resetPeak(process.pid);
  } catch (error) {
    return t.skip(`the peak cannot be reset here: ${(error as Error).message}`);
  }
  const before = residentBytes(process.pid);
  Buffer.alloc(64 * 1024 * 1024, 1);
  assert.ok(peakBytes(process.pid) > before + 48 * 1024 * 1024);
});

test('children count', async (t) => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e9)']);
  const closed = once(child, 'close');
  t.after(() => {
    child.kill();
    return closed;
  });
  await once(child.stdout, 'data');
  assert.ok(residentBytes(process.pid) > residentBytes(child.pid ?? 0) + 16 * 2 ** 20);
  assert.ok(residentBytes(child.pid ?? 0) > 16 * 2 ** 20);
});
