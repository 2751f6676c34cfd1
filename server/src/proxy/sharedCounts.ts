/**
 * Counts that several workers keep together, so that a limit is one for all of them. Each counts its
 * own at once, and tells the others from time to time; no request waits for a message.
 */
import type { Channel } from '../channel.ts';

/** How many of a kind are open, by the id of a kubeconfig or an environment. */
export interface Count {
  /** How many there may be. */
  readonly most: number;
  readonly here: Map<number, number>;
  /** In the other workers, as far as they have told. */
  elsewhere: ReadonlyMap<number, number>;
}

/** What a worker tells of its counts: for each of them, ids and how many. */
export interface Told {
  /** Which worker says so. */
  readonly from: string;
  readonly counts: ReadonlyArray<ReadonlyArray<readonly [id: number, open: number]>>;
}

/** The other workers. */
export interface Others {
  /** How many workers there are, with this one. */
  readonly workers: number;
  /** What no other worker is called. */
  readonly self: string;
  readonly channel: Channel<Told>;
}

/** Milliseconds between two looks at whether there is something to tell. */
export const TELL_INTERVAL = 100;
/** Looks after which it is told again though it is the same … */
const REPEAT = 10;
/** … and without word from a worker for as many, nothing of it counts: it has ended. */
const FORGET = 3 * REPEAT;
/**
 * Of what is a worker's even share of a limit, this part is not worth a word: with it, all others
 * together stay below this part of the limit.
 */
const SMALL = 1 / 8;

/** Begins to tell and to listen. @returns ends it */
export function shareCounts(counts: readonly Count[], others: Others): () => void {
  const { workers, self, channel } = others;
  const heard = new Map<string, { told: Told; looks: number }>();
  let last = '';
  let looks = 0;

  function sumUp(): void {
    counts.forEach((count, index) => {
      const sums = new Map<number, number>();
      for (const { told } of heard.values()) {
        for (const [id, open] of told.counts[index] ?? []) {
          sums.set(id, (sums.get(id) ?? 0) + open);
        }
      }
      count.elsewhere = sums;
    });
  }

  const unsubscribe = channel.subscribe((told) => {
    heard.set(told.from, { told, looks: 0 });
    sumUp();
  });

  const timer = setInterval(() => {
    for (const [from, one] of heard) {
      if (++one.looks < FORGET) continue;
      heard.delete(from);
      sumUp();
    }
    const told = counts.map(({ here, most }) => {
      const small = (most / workers) * SMALL;
      return [...here].filter(([, open]) => open >= small);
    });
    const now = told.some((each) => each.length > 0) ? JSON.stringify(told) : '';
    if (now === last && (now === '' || ++looks < REPEAT)) return;
    looks = 0;
    last = now;
    channel.publish({ from: self, counts: told });
  }, TELL_INTERVAL);
  timer.unref();

  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
