import { interleave, type Scenario } from '../bench.ts';
import { direct } from '../contenders/direct.ts';
import { goProxy, goProxyHttp2 } from '../contenders/goProxy.ts';
import { nginx } from '../contenders/nginx.ts';
import { sallyport } from '../contenders/sallyport.ts';
import { undici } from '../contenders/undici.ts';
import { type Protocol, sendGets } from '../load/httpLoad.ts';
import { PATHS } from '../upstream.ts';
import { cpuEach, measureWindow } from './window.ts';

/** Small objects, one GET after the other on each connection. */
export const gets: readonly Scenario[] = [
  createGet('http1', 1),
  createGet('http1', 50),
  createGet('http2', 1),
  createGet('http2', 50),
];

function createGet(protocol: Protocol, connections: number): Scenario {
  const http = protocol === 'http1' ? 'HTTP/1.1' : 'HTTP/2';
  const on = connections === 1 ? 'one connection' : `${connections} connections`;
  const contenders =
    protocol === 'http1'
      ? [direct, nginx, goProxy, undici, sallyport]
      : [direct, nginx, goProxy, goProxyHttp2, sallyport];
  const scenario: Scenario = {
    name: `get-${protocol}-${connections}`,
    title: `Small GETs over ${http} on ${on}`,
    about: `A ConfigMap of 1.6 KB, again and again, on ${on}. Latencies are under full load, with one request under way on each connection.`,
    figures: ['cpuPerRequest', 'requestsPerSecond', 'p50', 'p99', 'addedP50', 'addedP99'],
    compared: ['cpuPerRequest', 'requestsPerSecond'],
    needs: [protocol === 'http1' ? 'wrk' : 'h2load'],
    ...(connections === 50 ? { quick: true } : {}),
    contenders,
    run: (bench) => {
      const { rounds, seconds } = bench.plan;
      return interleave(bench, scenario.name, {
        contenders,
        rounds,
        async measure(running) {
          const window = await measureWindow(bench, running, seconds, () =>
            sendGets(bench, running, PATHS.object, { protocol, connections, seconds }),
          );
          return {
            ...window.result,
            ...cpuEach('cpuPerRequest', window.cpu, window.requests),
            requestsPerSecond: window.requests / window.seconds,
          };
        },
      });
    },
  };
  return scenario;
}
