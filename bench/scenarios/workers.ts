import { interleave, type Scenario } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { oneWorker, sallyport, twoWorkers } from '../contenders/sallyport.ts';
import { childrenOf } from '../cpu.ts';
import { sendGets } from '../load/httpLoad.ts';
import { findQuotas } from '../quota.ts';
import { PATHS } from '../upstream.ts';
import { cpuEach, measureWindow } from './window.ts';

/** Of a CPU, for each worker: so two of them together leave the load what it needs. */
const SHARE = 0.25;
const CONNECTIONS = 50;

/** Named as the gateway, so that it is the one that is judged. */
const two: Contender = { ...twoWorkers, name: sallyport.name };

export const workers: Scenario = {
  name: 'workers',
  title: 'Two workers beside one',
  about: `Small GETs over HTTP/1.1 on ${CONNECTIONS} connections. Load, upstream and gateway share this machine's CPUs, so each worker is held to a quarter of one (CFS quota), and what the load takes is not taken from them.`,
  figures: ['requestsPerSecond', 'cpuPerRequest', 'p50', 'p99'],
  compared: ['requestsPerSecond', 'cpuPerRequest'],
  needs: ['wrk'],
  contenders: [oneWorker, two],
  async run(bench) {
    const quotas = findQuotas();
    if (quotas === undefined) {
      bench.lack({ scenario: workers.name, reason: 'no control group for CPUs may be written' });
      return;
    }
    const held = new Set<number>();
    try {
      await interleave(bench, workers.name, {
        contenders: [oneWorker, two],
        rounds: bench.plan.rounds,
        async measure(running) {
          const { seconds } = bench.plan;
          for (const pid of workersOf(running.pid ?? 0)) {
            if (!held.has(pid)) quotas.hold(pid, SHARE);
            held.add(pid);
          }
          const window = await measureWindow(bench, running, seconds, () =>
            sendGets(bench, running, PATHS.object, {
              protocol: 'http1',
              connections: CONNECTIONS,
              seconds,
            }),
          );
          return {
            ...window.result,
            ...cpuEach('cpuPerRequest', window.cpu, window.requests),
            requestsPerSecond: window.requests / window.seconds,
          };
        },
      });
    } finally {
      quotas.remove();
    }
  },
};

/** One worker alone is the program itself; several are its children. */
function workersOf(pid: number): number[] {
  const children = childrenOf(pid);
  return children.length === 0 ? [pid] : children;
}
