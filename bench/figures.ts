/** What a measurement gives, and the statistics over its repetitions. Pure. */

/** Every figure there is: how it is headed, in what unit, with how many decimal places. */
export const FIGURES = {
  cpuPerRequest: { title: 'CPU a request', unit: 'µs', digits: 1 },
  requestsPerSecond: { title: 'requests a second', unit: '', digits: 0 },
  p50: { title: 'p50', unit: 'ms', digits: 3 },
  p99: { title: 'p99', unit: 'ms', digits: 3 },
  addedP50: { title: 'added p50', unit: 'ms', digits: 3 },
  addedP99: { title: 'added p99', unit: 'ms', digits: 3 },
  cpuPerMegabyte: { title: 'CPU a MB', unit: 'µs', digits: 0 },
  megabytesPerSecond: { title: 'MB a second', unit: '', digits: 0 },
  peakMemory: { title: 'more memory at the peak', unit: 'MiB', digits: 1 },
  held: { title: 'watches held', unit: '', digits: 0 },
  memory: { title: 'resident memory', unit: 'MiB', digits: 0 },
  memoryPerWatch: { title: 'memory a quiet watch', unit: 'KiB', digits: 1 },
  memoryPerBusyWatch: { title: 'memory a watch with events', unit: 'KiB', digits: 1 },
  cpuPerEvent: { title: 'CPU an event', unit: 'µs', digits: 1 },
  lost: { title: 'watches lost', unit: '', digits: 0 },
  seconds: { title: 'duration', unit: 's', digits: 2 },
} as const;

export type FigureName = keyof typeof FIGURES;
export type Figures = { readonly [N in FigureName]?: number };

/** One measurement of one contender in one scenario. */
export interface Sample {
  readonly scenario: string;
  readonly contender: string;
  /** Samples of one round were taken one right after the other, so they are compared in pairs. */
  readonly round: number;
  readonly figures: Figures;
}

/** A middle value and how far the single values lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** @returns undefined where there is no value */
export function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  return { median: quantile(sorted, 0.5), min, max, count: sorted.length };
}

/**
 * The value below which that share of the values lies, between two of them where need be.
 *
 * @param sorted ascending, not empty
 * @param share from 0 to 1
 */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The values of one figure, as they were measured. */
export function valuesOf(
  samples: readonly Sample[],
  scenario: string,
  contender: string,
  figure: FigureName,
): number[] {
  return samples
    .filter((sample) => sample.scenario === scenario && sample.contender === contender)
    .map((sample) => sample.figures[figure])
    .filter((value) => value !== undefined);
}

/**
 * How many times as much one contender has as another, round by round: what disturbs the machine
 * disturbs both.
 *
 * @returns undefined where they have no round in common
 */
export function ratio(
  samples: readonly Sample[],
  scenario: string,
  figure: FigureName,
  contender: string,
  against: string,
): Spread | undefined {
  const pairs = paired(samples, scenario, figure, contender, against);
  return spread(pairs.filter(([, other]) => other > 0).map(([own, other]) => own / other));
}

/**
 * Adds what each contender's latency is above that of direct access in the same round.
 *
 * @param direct the name of the contender without a proxy
 */
export function withAddedLatency(samples: readonly Sample[], direct: string): Sample[] {
  return samples.map((sample) => {
    const base = samples.find(
      (other) =>
        other.contender === direct &&
        other.scenario === sample.scenario &&
        other.round === sample.round,
    )?.figures;
    const { p50, p99 } = sample.figures;
    if (sample.contender === direct || base?.p50 === undefined || p50 === undefined) return sample;
    const addedP99 =
      p99 === undefined || base.p99 === undefined ? {} : { addedP99: p99 - base.p99 };
    return { ...sample, figures: { ...sample.figures, addedP50: p50 - base.p50, ...addedP99 } };
  });
}

function paired(
  samples: readonly Sample[],
  scenario: string,
  figure: FigureName,
  contender: string,
  against: string,
): Array<[own: number, other: number]> {
  const pairs: Array<[number, number]> = [];
  for (const sample of samples) {
    if (sample.scenario !== scenario || sample.contender !== contender) continue;
    const other = samples.find(
      ({ scenario: name, contender: who, round }) =>
        name === scenario && who === against && round === sample.round,
    );
    const values = [sample.figures[figure], other?.figures[figure]] as const;
    if (values[0] !== undefined && values[1] !== undefined) pairs.push([values[0], values[1]]);
  }
  return pairs;
}
