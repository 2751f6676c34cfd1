import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Running } from '../contenders/contender.ts';
import { cpuMicros } from '../cpu.ts';

/** What happened in the middle of a load: not its start, with handshakes, and not its end. */
export interface Window<T> {
  /** What the load itself found, over its whole time. */
  readonly result: T;
  readonly seconds: number;
  readonly requests: number;
  readonly bytes: number;
  /** Processor time of what is measured, in µs; undefined: there is no process. */
  readonly cpu: number | undefined;
}

/**
 * Runs a load and counts in its middle, at the upstream and at the process.
 *
 * @param seconds how long the load takes
 */
export async function measureWindow<T>(
  { upstream }: Bench,
  { pid }: Running,
  seconds: number,
  load: () => Promise<T>,
): Promise<Window<T>> {
  const snapshot = async () => ({
    ...(await upstream.stats()),
    cpu: pid === undefined ? undefined : cpuMicros(pid),
    at: performance.now(),
  });
  const loading = load();
  // A load that fails at once is told by the `await` below.
  loading.catch(() => {});
  await delay(seconds * 250);
  const from = await snapshot();
  await delay(seconds * 650);
  const to = await snapshot();
  const result = await loading;
  return {
    result,
    seconds: (to.at - from.at) / 1000,
    requests: to.requests - from.requests,
    bytes: to.bytes - from.bytes,
    cpu: to.cpu === undefined || from.cpu === undefined ? undefined : to.cpu - from.cpu,
  };
}

/** @returns nothing where there is no process, or nothing was done */
export function cpuEach<N extends string>(
  name: N,
  cpu: number | undefined,
  count: number,
): { readonly [K in N]?: number } {
  if (cpu === undefined || count === 0) return {};
  return { [name]: cpu / count } as { [K in N]: number };
}
