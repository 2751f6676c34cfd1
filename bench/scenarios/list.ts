import { interleave, type Scenario } from '../bench.ts';
import { direct } from '../contenders/direct.ts';
import { goProxy, goProxyHttp2 } from '../contenders/goProxy.ts';
import { nginx } from '../contenders/nginx.ts';
import { sallyport } from '../contenders/sallyport.ts';
import { peakBytes, resetPeak, residentBytes } from '../cpu.ts';
import type { Figures } from '../figures.ts';
import { type Protocol, sendGets } from '../load/httpLoad.ts';
import { PATHS } from '../upstream.ts';
import { cpuEach, measureWindow } from './window.ts';

const MEGABYTE = 1_000_000;
const MEBIBYTE = 2 ** 20;

/** Lists of a few megabytes, several at once, and one that is far larger than any buffer. */
export const lists: readonly Scenario[] = (['http1', 'http2'] as const).flatMap((protocol) => [
  createList(protocol, 5, 8),
  createList(protocol, 100, 1),
]);

function createList(protocol: Protocol, megabytes: number, connections: number): Scenario {
  const http = protocol === 'http1' ? 'HTTP/1.1' : 'HTTP/2';
  const single = connections === 1;
  const contenders =
    protocol === 'http1'
      ? [direct, nginx, goProxy, sallyport]
      : [direct, nginx, goProxy, goProxyHttp2, sallyport];
  const throughput = ['cpuPerMegabyte', 'megabytesPerSecond'] as const;
  const scenario: Scenario = {
    name: `list-${protocol}-${megabytes}MB`,
    title: `Lists of ${megabytes} MB over ${http}, ${single ? 'one' : connections} at a time`,
    about: single
      ? 'One list after the other on one connection, to a process that has served nothing but one object before. The peak is how much resident memory rises meanwhile.'
      : 'Chunked, without compression.',
    figures: single ? [...throughput, 'peakMemory'] : throughput,
    compared: throughput,
    needs: [protocol === 'http1' ? 'wrk' : 'h2load'],
    ...(single && protocol === 'http1' ? { quick: true } : {}),
    contenders,
    run: (bench) => {
      const { freshRounds: rounds, seconds } = bench.plan;
      return interleave(bench, scenario.name, {
        contenders,
        rounds,
        fresh: single,
        async measure(running): Promise<Figures> {
          const { pid } = running;
          if (single)
            await sendGets(bench, running, PATHS.object, { protocol, connections: 1, seconds: 1 });
          const before = pid === undefined ? 0 : residentBytes(pid);
          if (pid !== undefined && single) resetPeak(pid);
          const window = await measureWindow(bench, running, seconds, () =>
            sendGets(bench, running, PATHS.list(megabytes), { protocol, connections, seconds }),
          );
          const size = window.bytes / MEGABYTE;
          return {
            ...cpuEach('cpuPerMegabyte', window.cpu, size),
            megabytesPerSecond: size / window.seconds,
            ...(pid === undefined || !single
              ? {}
              : { peakMemory: (peakBytes(pid) - before) / MEBIBYTE }),
          };
        },
      });
    },
  };
  return scenario;
}
