import type { Logger, Store } from './store/store.ts';

/** How far the clock may be behind before that counts: what is put right by NTP is less. */
export const TOLERANCE_MS = 5 * 60_000;
/** A clock that leaps ahead further than this is believed only once it has stayed there. */
const LEAP_MS = 10 * 60_000;
/** How long that is: a clock that was wrong for a moment leaves no trace. */
const SETTLED_MS = 15 * 60_000;
const EVERY_MS = 60_000;
/** How often the log says so again while the clock is behind. */
const AGAIN_MS = 3_600_000;
const KEY = 'clock';

export interface ClockDependencies {
  readonly store: Pick<Store, 'db' | 'write'>;
  readonly logger: Logger;
  /** Whether this process writes down what was seen, for all. */
  readonly leads: boolean;
  /** The machine's clock, epoch milliseconds. */
  readonly wall?: () => number;
  /** Milliseconds that have passed, whatever the clock is set to. */
  readonly steady?: () => number;
}

/** What is kept: the latest time that was seen, and how often an admin has said that it was wrong. */
interface Seen {
  readonly at: number;
  readonly accepted: number;
}

export type Clock = Awaited<ReturnType<typeof createClock>>;

/**
 * The time by which things end. It does not go back with the machine's clock, at which what has expired
 * would be good again: the latest time that was seen is kept in the store, and where the clock is behind
 * it, time goes on from there.
 */
export async function createClock({
  store,
  logger,
  leads,
  wall = Date.now,
  steady = () => performance.now(),
}: ClockDependencies) {
  /** No time before `at`, plus what has passed since `steadyAt`. */
  let floor: { readonly at: number; readonly steadyAt: number } | undefined;
  let accepted = 0;
  /** Since when, by the steady time, the clock is ahead by how much. */
  let leap: { readonly since: number; readonly by: number } | undefined;
  let saidAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const least = () => (floor ? floor.at + steady() - floor.steadyAt : Number.NEGATIVE_INFINITY);

  /** The later of the two, where they are not about the same. */
  function now(): number {
    const time = wall();
    const seen = least();
    return time >= seen - TOLERANCE_MS ? time : Math.floor(seen);
  }

  /** Milliseconds by which the clock is behind what was seen; 0 where that is nothing. */
  function behindMs(): number {
    const behind = least() - wall();
    return behind > TOLERANCE_MS ? Math.round(behind) : 0;
  }

  async function read(): Promise<void> {
    const seen = parse(await valueIn(store.db));
    if (!seen) return;
    // An admin has said that the time seen before was wrong.
    if (seen.accepted > accepted) leap = undefined;
    if (seen.accepted > accepted || seen.at > least()) {
      floor = { at: seen.at, steadyAt: steady() };
    }
    accepted = Math.max(accepted, seen.accepted);
  }

  /** What can be taken as seen by now; undefined: nothing yet. */
  function believable(): number | undefined {
    const time = wall();
    const seen = least();
    const by = time - Math.max(seen, 0);
    if (by <= LEAP_MS) {
      leap = undefined;
      return Math.max(time, seen);
    }
    if (!leap || Math.abs(by - leap.by) > LEAP_MS + steady() - leap.since) {
      leap = { since: steady(), by };
    }
    if (steady() - leap.since < SETTLED_MS) return floor && seen;
    leap = undefined;
    return time;
  }

  /** Looks at the clock, tells where it is behind, and keeps what was seen. */
  async function look(): Promise<void> {
    await read();
    tell();
    if (!leads) return;
    const at = believable();
    if (at === undefined) return;
    floor = { at, steadyAt: steady() };
    await store.write(async (tx) => {
      const kept = parse(await valueIn(tx));
      // Somebody has accepted the clock just now, or another replica has seen more.
      if (kept && (kept.accepted > accepted || kept.at >= at)) return;
      await put(tx, { at: Math.floor(at), accepted });
    });
  }

  function tell(): void {
    const behind = behindMs();
    if (behind === 0) {
      if (saidAt !== undefined) logger.info({}, 'The clock is not behind any more.');
      saidAt = undefined;
      return;
    }
    if (saidAt !== undefined && steady() - saidAt < AGAIN_MS) return;
    saidAt = steady();
    logger.warn(
      { behindSeconds: Math.round(behind / 1_000), seen: new Date(least()).toISOString() },
      'The clock is behind a time that it has shown before. What had expired by then stays so. Set the clock right; where that earlier time was wrong: sallyport accept-clock.',
    );
  }

  await read();
  tell();

  return {
    now,
    behindMs,
    /** Takes over what others have seen, or accepted, since the last look. */
    async refresh(): Promise<void> {
      await read();
      tell();
    },
    look,
    /** Looks each minute, until {@link stop}. */
    start(): void {
      const run = () =>
        look().catch((error: unknown) =>
          logger.warn({ err: error }, 'the time that was seen could not be kept'),
        );
      void run();
      timer = setInterval(() => void run(), EVERY_MS);
      timer.unref();
    },
    stop(): void {
      clearInterval(timer);
    },
  };
}

/** What accepting the clock has ended. */
export interface Accepted {
  readonly sessions: number;
  readonly kubeconfigs: number;
  readonly apiTokens: number;
}

/**
 * Takes the clock as it is, where the time that was seen was wrong. What was made in that time, and
 * would last until long after it, ends.
 *
 * @param at the clock, epoch milliseconds
 * @returns undefined where it is not behind
 */
export function acceptClock(
  store: Pick<Store, 'write'>,
  at: number,
): Promise<Accepted | undefined> {
  return store.write(async (tx, changed) => {
    const seen = parse(await valueIn(tx));
    if (!seen || seen.at - at <= TOLERANCE_MS) return undefined;
    await put(tx, { at, accepted: seen.accepted + 1 });
    const later = at + TOLERANCE_MS;
    const count = (rows: readonly unknown[]) => rows.length;
    const sessions = await tx
      .deleteFrom('sessions')
      .where('created_at', '>', later)
      .returning('id')
      .execute();
    const apiTokens = await tx
      .deleteFrom('api_tokens')
      .where('created_at', '>', later)
      .returning('id')
      .execute();
    const kubeconfigs = await tx
      .updateTable('kubeconfigs')
      .set({ revoked_at: at })
      .where('created_at', '>', later)
      .where('revoked_at', 'is', null)
      .returning('id')
      .execute();
    // What is left was used by that time too, and would not be found idle until long after it.
    await tx
      .updateTable('sessions')
      .set({ last_seen_at: at })
      .where('last_seen_at', '>', later)
      .execute();
    for (const table of ['api_tokens', 'kubeconfigs'] as const) {
      await tx
        .updateTable(table)
        .set({ last_used_at: at })
        .where('last_used_at', '>', later)
        .execute();
    }
    for (const topic of ['sessions', 'tokens', 'kubeconfigs'] as const) changed(topic);
    return {
      sessions: count(sessions),
      kubeconfigs: count(kubeconfigs),
      apiTokens: count(apiTokens),
    };
  });
}

type Db = Pick<Store['db'], 'selectFrom' | 'insertInto'>;

async function valueIn(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst();
  return row?.value;
}

async function put(db: Db, seen: Seen): Promise<void> {
  const value = JSON.stringify(seen);
  await db
    .insertInto('meta')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

function parse(value: string | undefined): Seen | undefined {
  return value === undefined ? undefined : (JSON.parse(value) as Seen);
}
