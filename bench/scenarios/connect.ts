import { interleave, type Scenario } from '../bench.ts';
import { json } from '../children.ts';
import { direct } from '../contenders/direct.ts';
import { goProxy } from '../contenders/goProxy.ts';
import { nginx } from '../contenders/nginx.ts';
import { sallyport } from '../contenders/sallyport.ts';
import { goFlags } from '../load/goLoad.ts';
import { PATHS } from '../upstream.ts';
import { cpuEach, measureWindow } from './window.ts';

const contenders = [direct, nginx, goProxy, sallyport];
const AT_ONCE = 4;

/** What each run of kubectl costs before anything else: a TLS connection of its own. */
export const connect: Scenario = {
  name: 'connect',
  title: 'A new connection for each request',
  about: `TCP, a full TLS 1.3 handshake and one small GET over HTTP/1.1, ${AT_ONCE} at a time.`,
  figures: ['cpuPerRequest', 'requestsPerSecond', 'p50', 'p99', 'addedP50', 'addedP99'],
  compared: ['cpuPerRequest', 'requestsPerSecond'],
  needs: [],
  quick: true,
  contenders,
  run: (bench) => {
    const { freshRounds: rounds, seconds } = bench.plan;
    return interleave(bench, connect.name, {
      contenders,
      rounds,
      async measure(running) {
        const flags = ['-count', String(AT_ONCE), '-seconds', String(seconds)];
        const window = await measureWindow(bench, running, seconds, () =>
          bench.children.run(
            `${bench.programs}/load`,
            ['connect', ...goFlags(running, PATHS.object), ...flags],
            { env: { GOMAXPROCS: '1' } },
          ),
        );
        const { p50, p99 } = json<{ p50: number; p99: number }>(window.result);
        return {
          p50,
          p99,
          ...cpuEach('cpuPerRequest', window.cpu, window.requests),
          requestsPerSecond: window.requests / window.seconds,
        };
      },
    });
  },
};
