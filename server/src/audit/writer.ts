import { setTimeout as delay } from 'node:timers/promises';
import { fail } from '../errors.ts';
import type { Logger } from '../store/store.ts';
import { isUnwritable } from '../store/violations.ts';
import type { Act, ProxiedRequest } from './event.ts';
import { type AuditRecord, recordOfAct, recordOfRequest } from './record.ts';

export interface WriterDependencies {
  /** Writes events for good, or rejects. */
  append(records: readonly AuditRecord[]): Promise<unknown>;
  /** Hears of events once, before they are written. Must not throw. */
  copy(records: readonly AuditRecord[]): void;
  /** What an environment is called now. */
  environmentName(id: number): string | undefined;
  /** What to do with requests' events while the queue is full. */
  overflow(): 'wait' | 'drop';
  readonly logger: Logger;
  readonly now?: () => number;
  readonly limits?: Partial<WriterLimits>;
}

export interface WriterLimits {
  /** Events of requests that may wait to be written. */
  readonly capacity: number;
  /** Milliseconds that an event of a request may wait before it is being written. */
  readonly windowMs: number;
  /** Events written at once. More would hold up the event loop. */
  readonly batch: number;
  /** Milliseconds that a request, or an act's answer, waits for a log that is not being written. */
  readonly patienceMs: number;
  /** Events of refused strangers that are kept, each second. */
  readonly strangersPerSecond: number;
}

/** What became of events since the writer was made, and what waits. */
export interface WriterCounts {
  readonly waiting: number;
  readonly written: number;
  /** Not kept while the log was full. */
  readonly overflowed: number;
  /** Of strangers who were refused more often than is written down. */
  readonly strangers: number;
  /** That the database did not take. */
  readonly unwritable: number;
}

const DEFAULTS: WriterLimits = {
  capacity: 20_000,
  windowMs: 500,
  batch: 1_000,
  patienceMs: 5_000,
  strangersPerSecond: 50,
};
const UNAUTHORIZED = 401;
const RETRY_MS = 500;
const TELL_EVERY_MS = 10_000;
/** Seconds after which a client that was refused for a full log tries again. */
const RETRY_AFTER = 5;
/** Strangers' events saved up for a burst. */
const STRANGER_BURST_SECONDS = 10;

interface QueuedAct {
  readonly act: Act;
  readonly written: () => void;
}

export type AuditWriter = ReturnType<typeof createWriter>;

/**
 * Stands between those who tell of events and the database that keeps them. Telling of a request
 * costs a push onto an array; everything else happens afterwards, in small batches.
 */
export function createWriter(deps: WriterDependencies) {
  const { logger, now = Date.now } = deps;
  const limits = { ...DEFAULTS, ...deps.limits };
  const requests: ProxiedRequest[] = [];
  /** Written first, since somebody waits for them. */
  const acts: QueuedAct[] = [];
  /** Taken from the queue, and not yet written. */
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;
  const roomWaiters = new Set<() => void>();
  const lost = { overflowed: 0, strangers: 0, unwritable: 0 };
  /** As `lost`, but of what has been told already. */
  const told = { overflowed: 0, strangers: 0, unwritable: 0 };
  let written = 0;
  let toldAt = 0;
  const strangers = { tokens: limits.strangersPerSecond * STRANGER_BURST_SECONDS, at: now() };

  const waiting = () => requests.length + acts.length + underWay;
  const full = () => waiting() >= limits.capacity;

  /** Whether one more event of somebody unknown is kept: nobody can wash out the log with them. */
  function keepsStranger(): boolean {
    const at = now();
    const earned = ((at - strangers.at) / 1_000) * limits.strangersPerSecond;
    const most = limits.strangersPerSecond * STRANGER_BURST_SECONDS;
    strangers.tokens = Math.min(most, strangers.tokens + Math.max(0, earned));
    strangers.at = at;
    if (strangers.tokens < 1) {
      lost.strangers += 1;
      return false;
    }
    strangers.tokens -= 1;
    return true;
  }

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    running ??= drain().finally(() => {
      running = undefined;
      if (closed) return;
      if (isDue()) start();
      else if (requests.length > 0) timer ??= setTimeout(start, limits.windowMs);
    });
  }

  /**
   * Whether what waits is to be written now. While one batch is being written the next has hardly
   * begun to fill, and each costs a commit: so many small ones would keep the disk busy all the time.
   */
  function isDue(): boolean {
    return acts.length > 0 || requests.length >= limits.batch || full() || closed;
  }

  async function drain(): Promise<void> {
    // What this turn of the event loop still brings goes along.
    await new Promise((resolve) => setImmediate(resolve));
    for (let first = true; first || isDue(); first = false) {
      if (requests.length + acts.length === 0) return;
      const done = acts.splice(0, limits.batch);
      const others = requests.splice(0, limits.batch - done.length);
      underWay = done.length + others.length;
      const actRecords = done.map(({ act }) => recordOfAct(act));
      const records = [...actRecords, ...others.map(recordOf)].sort((a, b) => a.time - b.time);
      deps.copy(records);
      const refused = await write(records);
      underWay = 0;
      written += records.length - refused.length;
      for (const [index, record] of actRecords.entries()) {
        if (!refused.includes(record)) done[index]?.written();
      }
      if (!full()) admitWaiting();
      tellLosses();
    }
  }

  /** @returns those that the database cannot take */
  async function write(records: readonly AuditRecord[]): Promise<readonly AuditRecord[]> {
    for (let failures = 0; ; failures += 1) {
      try {
        await deps.append(records);
        if (failures > 0) logger.info({ failures }, 'the audit log is written again');
        return [];
      } catch (error) {
        if (isUnwritable(error)) return writeApart(records, error);
        if (failures === 0) logger.error({ err: error }, 'the audit log cannot be written');
        if (closed) {
          logger.error({ events: records.length }, 'audit events are lost');
          return records;
        }
        await delay(RETRY_MS);
      }
    }
  }

  /** One event that the database cannot take must not cost those that came with it. */
  async function writeApart(
    records: readonly AuditRecord[],
    error: unknown,
  ): Promise<readonly AuditRecord[]> {
    if (records.length === 1) {
      logger.error({ err: error }, 'an audit event cannot be written');
      lost.unwritable += 1;
      return records;
    }
    const middle = records.length >> 1;
    return [...(await write(records.slice(0, middle))), ...(await write(records.slice(middle)))];
  }

  function recordOf(request: ProxiedRequest): AuditRecord {
    const { environmentId } = request;
    const name = environmentId === null ? undefined : deps.environmentName(environmentId);
    return recordOfRequest(request, name);
  }

  function admitWaiting(): void {
    for (const admit of roomWaiters) admit();
    roomWaiters.clear();
  }

  /** A log that has holes says so, at the place where they are. */
  function tellLosses(): void {
    const { overflowed, strangers: refused, unwritable } = lost;
    if (overflowed + refused + unwritable === 0 || now() - toldAt < TELL_EVERY_MS) return;
    toldAt = now();
    told.overflowed += overflowed;
    told.strangers += refused;
    told.unwritable += unwritable;
    Object.assign(lost, { overflowed: 0, strangers: 0, unwritable: 0 });
    const details = { overflowed, refused, unwritable };
    logger.warn(details, 'audit events were counted and not kept');
    acts.push({ act: gap(toldAt, details), written: () => {} });
  }

  return {
    /** Takes the event of a request. Never waits, never throws. */
    request(request: ProxiedRequest): void {
      if (isStranger(request) && !keepsStranger()) return;
      // Where requests are made to wait, those under way still find a place: they are bounded by
      // the proxy's limits. What was refused did nothing in any cluster.
      if (full() && (request.identity === null || deps.overflow() === 'drop')) {
        lost.overflowed += 1;
        return;
      }
      requests.push(request);
      if (requests.length >= limits.batch) start();
      else timer ??= setTimeout(start, limits.windowMs);
    },

    /**
     * Takes an act.
     *
     * @returns once it is written
     * @throws audit.unavailable where that takes too long; it is written as soon as it can be
     */
    async act(act: Act): Promise<void> {
      if (act.person === null && act.code !== null && !keepsStranger()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      acts.push({ act, written: resolve });
      start();
      await patiently(promise, () => {});
    },

    /**
     * Whether a request may begin, as far as its event needs a place.
     *
     * @returns undefined: it may; else a promise that resolves when it may
     * @throws audit.unavailable, by the promise
     */
    room(): Promise<void> | undefined {
      if (!full() || deps.overflow() === 'drop') return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      roomWaiters.add(resolve);
      return patiently(promise, () => roomWaiters.delete(resolve));
    },

    /** Events that wait to be written. */
    get waiting(): number {
      return waiting();
    },

    counts: (): WriterCounts => ({
      waiting: waiting(),
      written,
      overflowed: lost.overflowed + told.overflowed,
      strangers: lost.strangers + told.strangers,
      unwritable: lost.unwritable + told.unwritable,
    }),

    /** Writes what waits. Where that is not possible, it is tried once and then given up. */
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      timer = undefined;
      await running;
      await drain();
    },
  };

  async function patiently(promise: Promise<void>, giveUp: () => void): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<void>();
    const limit = setTimeout(() => {
      giveUp();
      reject(fail('audit.unavailable', { seconds: RETRY_AFTER }));
    }, limits.patienceMs);
    try {
      await Promise.race([promise, late]);
    } finally {
      clearTimeout(limit);
    }
  }
}

/** Whether nobody is let in by what was shown: no kubeconfig, or one that is at its end. */
function isStranger({ caller, identity, status }: ProxiedRequest): boolean {
  return caller === null || (identity === null && status === UNAUTHORIZED);
}

/** The event that stands for events that were not kept. */
function gap(at: number, details: Readonly<Record<string, number>>): Act {
  return {
    requestId: crypto.randomUUID(),
    receivedAt: at,
    at,
    method: '',
    uri: '',
    verb: 'drop',
    object: { resource: 'audit', id: undefined, name: undefined },
    person: null,
    by: undefined,
    address: '',
    userAgent: undefined,
    status: 0,
    code: 'audit.dropped',
    details,
  };
}
