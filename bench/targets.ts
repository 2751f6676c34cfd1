/** What issue "The wire" asks of the figures, and whether it is so. Pure. */
import type { Lack } from './bench.ts';
import { type FigureName, ratio, type Sample, type Spread, spread, valuesOf } from './figures.ts';

export interface Target {
  readonly text: string;
  readonly scenario: string;
  readonly figure: FigureName;
  /** The figure is divided by this contender's; absent: it counts by itself. */
  readonly against?: string;
  readonly limit: number;
  /** Whether the limit is the most that is good, or the least. */
  readonly bound: 'at most' | 'at least';
}

export interface Judgement {
  readonly target: Target;
  readonly verdict: 'met' | 'not met' | 'not measured';
  readonly measured: Spread | undefined;
  /** Why it was not measured. */
  readonly reason?: string;
}

const GATEWAY = 'sallyport';

const GETS = ['http1-1', 'http1-50', 'http2-1', 'http2-50'];
const HTTP = { http1: 'HTTP/1.1', http2: 'HTTP/2' } as const;

export const TARGETS: readonly Target[] = [
  ...GETS.flatMap((name): Target[] => [
    cpuTarget(name, 'go', 'Go’s ReverseProxy', 0.7),
    cpuTarget(name, 'nginx', 'nginx', 2),
  ]),
  ...(['http1', 'http2'] as const).map(
    (protocol): Target => ({
      text: `Added p50 on one connection, ${HTTP[protocol]}`,
      scenario: `get-${protocol}-1`,
      figure: 'addedP50',
      limit: 0.25,
      bound: 'at most',
    }),
  ),
  ...(['http1', 'http2'] as const).flatMap((protocol): Target[] => [
    {
      text: `Memory a quiet watch, ${HTTP[protocol]}`,
      scenario: `watch-${protocol}-1000`,
      figure: 'memoryPerWatch',
      limit: protocol === 'http1' ? 100 : 40,
      bound: 'at most',
    },
    {
      text: `Memory a quiet watch of 10,000, ${HTTP[protocol]}`,
      scenario: `watch-${protocol}-10000`,
      figure: 'memoryPerWatch',
      limit: protocol === 'http1' ? 100 : 40,
      bound: 'at most',
    },
    {
      text: `Watches held, ${HTTP[protocol]}`,
      scenario: `watch-${protocol}-10000`,
      figure: 'held',
      limit: 10_000,
      bound: 'at least',
    },
    {
      text: `More memory during 100 MB lists, ${HTTP[protocol]}`,
      scenario: `list-${protocol}-100MB`,
      figure: 'peakMemory',
      limit: 32,
      bound: 'at most',
    },
  ]),
  ...(['download', 'upload'] as const).map(
    (direction): Target => ({
      text: `Spliced bytes a second ÷ nginx stream, ${direction}`,
      scenario: `splice-${direction}`,
      figure: 'megabytesPerSecond',
      against: 'nginx-stream',
      limit: 0.8,
      bound: 'at least',
    }),
  ),
  {
    text: 'Requests a second of 2 workers ÷ those of one',
    scenario: 'workers',
    figure: 'requestsPerSecond',
    against: 'one-worker',
    limit: 1.7,
    bound: 'at least',
  },
];

function cpuTarget(name: string, against: string, title: string, limit: number): Target {
  const [protocol, connections] = name.split('-') as [keyof typeof HTTP, string];
  const plural = connections === '1' ? 'connection' : 'connections';
  return {
    text: `CPU a small request ÷ ${title}, ${HTTP[protocol]}, ${connections} ${plural}`,
    scenario: `get-${name}`,
    figure: 'cpuPerRequest',
    against,
    limit,
    bound: 'at most',
  };
}

/** Judges by the median over the rounds. @param samples with added latencies */
export function judge(
  target: Target,
  samples: readonly Sample[],
  lacks: readonly Lack[],
): Judgement {
  const { scenario, figure, against, limit, bound } = target;
  const measured =
    against === undefined
      ? spread(valuesOf(samples, scenario, GATEWAY, figure))
      : ratio(samples, scenario, figure, GATEWAY, against);
  const lack = lacks.find(
    (one) =>
      one.scenario === scenario &&
      (one.contender === undefined || one.contender === GATEWAY || one.contender === against),
  );
  if (measured === undefined) {
    return { target, verdict: 'not measured', measured, reason: lack?.reason ?? 'not asked for' };
  }
  const met = bound === 'at most' ? measured.median <= limit : measured.median >= limit;
  // Fewer watches than asked for, all of them held, are no failure of the gateway.
  if (!met && figure === 'held' && lack !== undefined) {
    return { target, verdict: 'not measured', measured, reason: lack.reason };
  }
  return { target, verdict: met ? 'met' : 'not met', measured };
}
