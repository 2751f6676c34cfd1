/** What a process and its children have used, as Linux counts it (proc(5)). */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** `/proc` counts in ticks of USER_HZ, which is 100 on every Linux that Node runs on. */
const MICROS_A_TICK = 10_000;

/** Processor time of a process, its threads and its children, in µs. Steps of 10 ms. */
export function cpuMicros(pid: number): number {
  return sum(pid, (one) => {
    // The name, in parentheses, may hold anything; fields count from behind it.
    const text = readFileSync(`/proc/${one}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MICROS_A_TICK;
  });
}

/** Memory of a process and its children that is in RAM now, in bytes. */
export function residentBytes(pid: number): number {
  return sum(pid, (one) => statusBytes(one, 'VmRSS'));
}

/** Forgets the highest resident memory so far: from now on `peakBytes` counts anew. */
export function resetPeak(pid: number): void {
  for (const one of family(pid)) writeFileSync(`/proc/${one}/clear_refs`, '5');
}

/** The highest resident memory since `resetPeak`, in bytes. */
export function peakBytes(pid: number): number {
  return sum(pid, (one) => statusBytes(one, 'VmHWM'));
}

function statusBytes(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

function sum(pid: number, of: (pid: number) => number): number {
  return family(pid).reduce((total, one) => total + of(one), 0);
}

/** A process and all that descend from it. Children are listed under the thread that made them. */
function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

/** The processes that a process has started itself, and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}
