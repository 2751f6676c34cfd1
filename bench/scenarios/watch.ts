import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, interleave, type Scenario } from '../bench.ts';
import { json } from '../children.ts';
import type { Running } from '../contenders/contender.ts';
import { direct } from '../contenders/direct.ts';
import { goProxy, goProxyHttp2 } from '../contenders/goProxy.ts';
import { nginx } from '../contenders/nginx.ts';
import { sallyport } from '../contenders/sallyport.ts';
import { cpuMicros, residentBytes } from '../cpu.ts';
import type { Figures } from '../figures.ts';
import { goFlags } from '../load/goLoad.ts';
import { type Protocol, sendGets } from '../load/httpLoad.ts';
import { PATHS } from '../upstream.ts';

/** Streams on one HTTP/2 connection: what a controller manager has, give or take. */
const STREAMS_A_CONNECTION = 50;
const PACE_MS = 1_000;
const KIBIBYTE = 1024;
/** Files that a process has open besides its connections, generously. */
const OTHER_FILES = 200;
const WARM_SECONDS = 1;
const OPEN_MS = 120_000;

const MEMORY =
  'Each process is started anew and warmed up with small GETs; memory is what it has more than then.';

/** Watches that are held: first quiet, then with an event a second each. */
export const watches: readonly Scenario[] = (['http1', 'http2'] as const).flatMap((protocol) => [
  createWatch(protocol, 'watches'),
  createWatch(protocol, 'manyWatches'),
]);

function createWatch(protocol: Protocol, size: 'watches' | 'manyWatches'): Scenario {
  const many = size === 'manyWatches';
  const number = many ? '10,000' : '1,000';
  const contenders =
    protocol === 'http1'
      ? [direct, nginx, goProxy, sallyport]
      : [direct, nginx, goProxy, goProxyHttp2, sallyport];
  const scenario: Scenario = {
    name: `watch-${protocol}-${many ? '10000' : '1000'}`,
    title:
      protocol === 'http1'
        ? `${number} watches, HTTP/1.1 on both hops`
        : `${number} watches over HTTP/2, ${STREAMS_A_CONNECTION} on a connection`,
    about:
      protocol === 'http1'
        ? `A connection from the client and one to the upstream for each watch. ${MEMORY}`
        : `The upstream offers HTTP/2; not all use it. ${MEMORY}`,
    figures: [
      'held',
      'lost',
      'memory',
      'memoryPerWatch',
      'memoryPerBusyWatch',
      'cpuPerEvent',
      'p50',
      'p99',
      'addedP50',
    ],
    compared: ['memoryPerWatch', 'memoryPerBusyWatch', 'cpuPerEvent'],
    needs: [protocol === 'http1' ? 'wrk' : 'h2load'],
    ...(protocol === 'http2' && !many ? { quick: true } : {}),
    ...(many ? { long: true } : {}),
    contenders,
    run: async (bench) => {
      const { plan } = bench;
      const asked = plan[size];
      const count = Math.min(asked, mostWatches(bench, protocol));
      if (count < asked) {
        bench.lack({
          scenario: scenario.name,
          reason: `${count} watches instead of ${asked}: a process here may open ${bench.machine.openFiles} files, and each watch takes two`,
        });
      }
      await interleave(bench, scenario.name, {
        contenders,
        rounds: many ? plan.manyRounds : plan.freshRounds,
        fresh: true,
        offer: protocol,
        measure: (running) => holdWatches(bench, running, protocol, count),
      });
    },
  };
  return scenario;
}

/** Each watch over HTTP/1.1 takes a proxy two connections; over HTTP/2 at most a little over one. */
function mostWatches({ machine }: Bench, protocol: Protocol): number {
  const each = protocol === 'http1' ? 2 : 1 + 1 / STREAMS_A_CONNECTION;
  return Math.floor((machine.openFiles - OTHER_FILES) / each);
}

async function holdWatches(
  bench: Bench,
  running: Running,
  protocol: Protocol,
  count: number,
): Promise<Figures> {
  const { upstream, plan } = bench;
  const { pid } = running;
  await upstream.pace(0);
  await sendGets(bench, running, PATHS.object, { protocol, connections: 1, seconds: WARM_SECONDS });
  await delay(plan.quietSeconds * 1000);
  const before = pid === undefined ? 0 : residentBytes(pid);
  const perWatch = () => (pid === undefined ? 0 : (residentBytes(pid) - before) / KIBIBYTE / count);
  const streams = protocol === 'http1' ? 0 : STREAMS_A_CONNECTION;
  const flags = ['-count', String(count), '-per-connection', String(streams)];
  const load = bench.children.start(
    `${bench.programs}/load`,
    ['watch', ...goFlags(running, PATHS.watch), ...flags],
    { env: { GOMAXPROCS: '1' } },
  );
  try {
    const { held, error } = await load.line(json<{ held: number; error?: string }>, OPEN_MS);
    if (held < count) throw new Error(`${held} of ${count} watches could be opened: ${error}`);
    await delay(plan.quietSeconds * 1000);
    const memoryPerWatch = perWatch();
    await upstream.pace(PACE_MS);
    // Until each watch has had its first event.
    await delay(PACE_MS);
    load.tell('measure');
    const cpu = pid === undefined ? 0 : cpuMicros(pid);
    await delay(plan.eventSeconds * 1000);
    const spent = pid === undefined ? 0 : cpuMicros(pid) - cpu;
    const memoryPerBusyWatch = perWatch();
    const memory = pid === undefined ? 0 : residentBytes(pid) / KIBIBYTE / KIBIBYTE;
    load.tell('stop');
    const events = await load.line(json<Record<'count' | 'p50' | 'p99' | 'lost', number>>);
    if (events.count === 0) throw new Error('no event arrived');
    return {
      held,
      lost: events.lost,
      p50: events.p50,
      p99: events.p99,
      ...(pid === undefined
        ? {}
        : { memory, memoryPerWatch, memoryPerBusyWatch, cpuPerEvent: spent / events.count }),
    };
  } finally {
    await upstream.pace(0);
    await load.stop();
  }
}
