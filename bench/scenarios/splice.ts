import { interleave, type Scenario } from '../bench.ts';
import { direct } from '../contenders/direct.ts';
import { goProxy } from '../contenders/goProxy.ts';
import { nginx, nginxStream } from '../contenders/nginx.ts';
import { sallyport } from '../contenders/sallyport.ts';
import { goFlags } from '../load/goLoad.ts';
import { PATHS } from '../upstream.ts';
import { cpuEach, measureWindow } from './window.ts';

const contenders = [direct, nginx, nginxStream, goProxy, sallyport];
const CONNECTIONS = 4;
const MEGABYTE = 1_000_000;

/** Bytes through upgraded connections, as port-forward and cp move them. */
export const splices: readonly Scenario[] = [createSplice('download'), createSplice('upload')];

function createSplice(direction: 'download' | 'upload'): Scenario {
  const scenario: Scenario = {
    name: `splice-${direction}`,
    title: `Bytes through an upgraded connection, ${direction}`,
    about: `${CONNECTIONS} connections upgraded to SPDY/3.1, and then as many bytes ${direction === 'download' ? 'to' : 'from'} the client as pass.`,
    figures: ['cpuPerMegabyte', 'megabytesPerSecond'],
    compared: ['cpuPerMegabyte', 'megabytesPerSecond'],
    needs: [],
    ...(direction === 'download' ? { quick: true } : {}),
    contenders,
    run: (bench) => {
      const { freshRounds: rounds, seconds } = bench.plan;
      return interleave(bench, scenario.name, {
        contenders,
        rounds,
        async measure(running) {
          const flags = ['-count', String(CONNECTIONS), '-seconds', String(seconds)];
          if (direction === 'upload') flags.push('-upload');
          const window = await measureWindow(bench, running, seconds, () =>
            bench.children.run(
              `${bench.programs}/load`,
              ['splice', ...goFlags(running, PATHS.splice), ...flags],
              { env: { GOMAXPROCS: '1' } },
            ),
          );
          const size = window.bytes / MEGABYTE;
          if (size === 0) throw new Error('no byte passed');
          return {
            ...cpuEach('cpuPerMegabyte', window.cpu, size),
            megabytesPerSecond: size / window.seconds,
          };
        },
      });
    },
  };
  return scenario;
}
