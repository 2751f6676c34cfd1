import type { Contender, Running, Stoppable, Surroundings } from './contenders/contender.ts';
import type { FigureName, Figures, Sample } from './figures.ts';
import type { Tool } from './machine.ts';
import type { Plan } from './plan.ts';
import type { Offer } from './upstream.ts';

/** What could not be measured, and why. */
export interface Lack {
  readonly scenario: string;
  /** Absent: the whole scenario. */
  readonly contender?: string;
  readonly reason: string;
}

/** What a scenario measures with, and where it puts what it found. */
export interface Bench extends Surroundings {
  readonly plan: Plan;
  readonly record: (sample: Sample) => void;
  readonly lack: (lack: Lack) => void;
  /** Tells whoever waits what goes on. */
  readonly say: (line: string) => void;
}

/** One kind of load, for the contenders that can stand it. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What is done, in a sentence or two for the report. */
  readonly about: string;
  /** In the order of the table's columns. */
  readonly figures: readonly FigureName[];
  /** The figures whose ratios are shown. */
  readonly compared: readonly FigureName[];
  readonly needs: readonly Tool[];
  /** Whether it is short enough for --quick. */
  readonly quick?: true;
  /** Whether it takes too long for anything but --thorough. */
  readonly long?: true;
  /** In the order of the table's rows. */
  readonly contenders: ReadonlyArray<Pick<Contender, 'name' | 'title'>>;
  run(bench: Bench): Promise<void>;
}

/** The first line of what went wrong. */
export function reasonOf(error: unknown): string {
  return (error as Error).message.split('\n')[0] ?? '';
}

const WARM_ROUNDS = 2;

export interface Interleaving<R> {
  readonly contenders: ReadonlyArray<Contender<R>>;
  readonly rounds: number;
  /** What the upstream offers. */
  readonly offer?: Offer;
  /** Start each contender anew for each measurement, as memory needs. */
  readonly fresh?: boolean;
  readonly measure: (running: R) => Promise<Figures>;
}

/**
 * Measures contenders in turn, round by round, so that what disturbs the machine for a while does
 * not disturb one of them alone. One that fails is named with its reason, and the others go on.
 */
export async function interleave<R extends Stoppable = Running>(
  bench: Bench,
  scenario: string,
  { contenders, rounds, offer = 'http2', fresh = false, measure }: Interleaving<R>,
): Promise<void> {
  const running = new Map<Contender<R>, R>();
  const failed = new Set<Contender<R>>();

  async function take(contender: Contender<R>, round: number): Promise<void> {
    const missing = contender.needs.filter((tool) => bench.machine.tools[tool] === undefined);
    if (missing.length > 0) throw new Error(`${missing.join(' and ')} not found`);
    const one = running.get(contender) ?? (await contender.start(bench, offer));
    running.set(contender, one);
    const figures = await measure(one);
    if (round >= 0) bench.record({ scenario, contender: contender.name, round, figures });
  }

  try {
    // Compilers and pools need a while: what keeps running has rounds that do not count.
    for (let round = fresh || bench.plan.quick ? 0 : -WARM_ROUNDS; round < rounds; round += 1) {
      for (const contender of contenders) {
        if (failed.has(contender)) continue;
        try {
          await take(contender, round);
        } catch (error) {
          failed.add(contender);
          bench.lack({ scenario, contender: contender.name, reason: reasonOf(error) });
        }
        if (fresh || failed.has(contender)) {
          await running.get(contender)?.stop();
          running.delete(contender);
        }
      }
      bench.say(`${scenario}: ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`);
    }
  } finally {
    for (const one of running.values()) await one.stop();
  }
}
