/** How long and how often things are measured. */
export interface Plan {
  readonly quick: boolean;
  /** Repetitions of short measurements, of those that start processes anew, and of 10,000 watches. */
  readonly rounds: number;
  readonly freshRounds: number;
  readonly manyRounds: number;
  /** Whole seconds of load a measurement: wrk knows no others. */
  readonly seconds: number;
  /** Seconds that watches stay quiet before their memory is read, and then have events. */
  readonly quietSeconds: number;
  readonly eventSeconds: number;
  /** How many watches a scenario holds. */
  readonly watches: number;
  readonly manyWatches: number;
  /** Objects in the list that kubectl gets. */
  readonly objects: number;
}

/** `quick` only shows that everything works; `thorough` is for the page in the documentation. */
export type Pace = 'quick' | 'usual' | 'thorough';

const THOROUGH: Plan = {
  quick: false,
  rounds: 5,
  freshRounds: 3,
  manyRounds: 1,
  seconds: 2,
  quietSeconds: 3,
  eventSeconds: 4,
  watches: 1_000,
  manyWatches: 10_000,
  objects: 5_000,
};
const ONCE = { freshRounds: 1, manyRounds: 1, seconds: 1 };

export function planOf(pace: Pace): Plan {
  switch (pace) {
    case 'thorough':
      return THOROUGH;
    case 'usual':
      return { ...THOROUGH, ...ONCE, rounds: 3, quietSeconds: 1, eventSeconds: 2 };
    case 'quick':
      return {
        ...{ ...THOROUGH, ...ONCE, quick: true, rounds: 1 },
        ...{ quietSeconds: 0.3, eventSeconds: 0.5, watches: 100 },
      };
  }
}
