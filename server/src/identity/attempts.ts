import { type Channel, noChannel } from '../channel.ts';

export interface AttemptLimit {
  /** How many attempts are free. */
  readonly free: number;
  /** The wait after the last free one; it doubles with each further one. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** How long after the last attempt, or the end of its wait, all is forgotten. */
  readonly forgetMs: number;
}

interface Record {
  count: number;
  /** No attempt before this moment. */
  openAt: number;
  forgetAt: number;
}

/** Bounds the memory that a flood of made-up keys can take; the oldest are given up. */
const MAX_KEYS = 50_000;

/** What a process tells the others of a counter, so that each of them counts everything. */
export type AttemptEvent = readonly [event: 'begin' | 'giveBack' | 'forget', key: string];

export type Attempts = ReturnType<typeof createAttempts>;

/**
 * Counts attempts by a key, such as a name or an address, and says how long to wait for the next.
 *
 * An attempt counts when it begins and is given back when it turns out right: a thousand sent at
 * once are still a thousand. One made during a wait is refused without being counted, so it neither
 * lengthens the wait nor costs anything.
 *
 * Several processes count together. What begins in another one counts here as soon as the word of
 * it has come, within a millisecond or so: in that time each process may let one through.
 *
 * @param others the processes that count the same
 */
export function createAttempts(
  limit: AttemptLimit,
  now: () => number,
  others: Channel<AttemptEvent> = noChannel('attempts'),
) {
  const records = new Map<string, Record>();

  const count = {
    begin(key: string): void {
      const at = now();
      const known = records.get(key);
      const count = (known && known.forgetAt > at ? known.count : 0) + 1;
      const over = count - limit.free;
      const wait =
        over < 0 ? 0 : Math.min(limit.firstWaitMs * 2 ** Math.min(over, 30), limit.longestWaitMs);
      // Deleted first, so that the order of the map is the order of the last attempts.
      records.delete(key);
      records.set(key, { count, openAt: at + wait, forgetAt: at + wait + limit.forgetMs });
      if (records.size > MAX_KEYS) {
        for (const oldest of records.keys()) {
          records.delete(oldest);
          break;
        }
      }
    },

    giveBack(key: string): void {
      const record = records.get(key);
      if (!record) return;
      record.count -= 1;
      record.openAt = 0;
    },

    forget(key: string): void {
      records.delete(key);
    },
  };
  others.subscribe(([event, key]) => count[event](key));

  function countEverywhere(event: AttemptEvent[0], key: string): void {
    count[event](key);
    others.publish([event, key]);
  }

  return {
    /** Milliseconds until the next attempt is let through; 0: now. */
    waitMs(key: string): number {
      return Math.max(0, (records.get(key)?.openAt ?? 0) - now());
    },

    begin: (key: string) => countEverywhere('begin', key),

    /** Takes one attempt back, with the wait that followed it. */
    giveBack: (key: string) => countEverywhere('giveBack', key),

    /** Forgets all attempts of a key. */
    forget: (key: string) => countEverywhere('forget', key),
  };
}
