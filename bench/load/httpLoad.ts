import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Running, Surroundings } from '../contenders/contender.ts';
import { quantile } from '../figures.ts';

const LATENCY_SCRIPT = fileURLToPath(new URL('latency.lua', import.meta.url));

/** Seconds that a request may take. */
const LONGEST = 20;

export type Protocol = 'http1' | 'http2';

export interface Load {
  readonly protocol: Protocol;
  /** Open at once, each with one request at a time. */
  readonly connections: number;
  /** Whole seconds. */
  readonly seconds: number;
}

/** Milliseconds; absent where no request came to its end. */
export interface Latency {
  readonly p50?: number;
  readonly p99?: number;
}

/**
 * Sends one GET after the other: HTTP/1.1 with wrk, HTTP/2 with h2load.
 *
 * @throws Error where answers were not 2xx: such a measurement is worth nothing
 */
export async function sendGets(
  { children, folder }: Surroundings,
  running: Running,
  path: string,
  load: Load,
): Promise<Latency> {
  const [token] = running.tokens;
  const headers = token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`];
  const ms = (load.seconds + LONGEST) * 1000;
  const { connections, seconds } = load;
  if (load.protocol === 'http1') {
    const output = await children.run(
      'wrk',
      [
        '-t1',
        `-c${connections}`,
        `-d${seconds}s`,
        // A list that takes longer than wrk's 2 s is slow, not failed.
        '--timeout',
        `${LONGEST}s`,
        '-s',
        LATENCY_SCRIPT,
        ...headers,
        running.url(path),
      ],
      { ms },
    );
    return readWrk(output);
  }
  const home = mkdtempSync(join(folder, 'h2load-'));
  try {
    const log = join(home, 'requests');
    const output = await children.run(
      'h2load',
      [
        '-t1',
        `-c${connections}`,
        '-m1',
        `-D${seconds}`,
        `--log-file=${log}`,
        ...headers,
        running.url(path),
      ],
      { ms },
    );
    return readH2load(output, readFileSync(log, 'latin1'));
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** @param output of wrk with latency.lua */
export function readWrk(output: string): Latency {
  const line = output.split('\n').findLast((one) => one.startsWith('{'));
  if (line === undefined) throw new Error('wrk gave no result');
  const result = JSON.parse(line) as Record<'requests' | 'p50' | 'p99' | 'failed', number>;
  if (result.failed > 0) {
    throw new Error(`${result.failed} of ${result.requests} requests failed or were not 2xx`);
  }
  if (result.requests === 0) return {};
  return { p50: result.p50 / 1000, p99: result.p99 / 1000 };
}

/**
 * @param output of h2load
 * @param log its log file: start time, status and duration of each request, times in µs
 */
export function readH2load(output: string, log: string): Latency {
  if (!/^Application protocol: h2$/m.test(output)) throw new Error('HTTP/2 was not agreed on');
  // Requests that the end of the run cut off are counted as errored, and are not in the log.
  const statuses = /^status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx$/m.exec(output);
  if (statuses === null) throw new Error('h2load gave no result');
  const failed = statuses.slice(1).reduce((total, text) => total + Number(text), 0);
  if (failed > 0) throw new Error(`${failed} requests were not answered with 2xx`);
  const durations = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.split('\t')[2]) / 1000)
    .sort((a, b) => a - b);
  if (durations.length === 0) return {};
  return { p50: quantile(durations, 0.5), p99: quantile(durations, 0.99) };
}
