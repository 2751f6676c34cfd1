import type { AuditDatabase } from '../store/auditDatabase.ts';
import type { Logger } from '../store/store.ts';
import type { Act, ProxiedRequest } from './event.ts';
import { exportText } from './export.ts';
import { createHistogram } from './histogram.ts';
import { createJournal } from './journal.ts';
import { createRetention } from './retention.ts';
import { type AuditFilter, createSearch } from './search.ts';
import type { Sink } from './sinks/sink.ts';
import { measureLog } from './size.ts';
import { createTail } from './tail.ts';
import { viewItem } from './view.ts';
import { createWriter, type WriterCounts, type WriterLimits } from './writer.ts';

export type { Act, ProxiedRequest } from './event.ts';
export type { AuditFilter } from './search.ts';
export type { WriterCounts } from './writer.ts';

export interface AuditDependencies {
  readonly database: AuditDatabase;
  /** Where events go besides. */
  readonly sinks: readonly Sink[];
  readonly environmentName: (id: number) => string | undefined;
  /** Milliseconds that an event is kept; 0: for ever. */
  readonly maxAge: () => number;
  readonly maxEvents: () => number;
  /** Bytes that they may take; 0: any number. */
  readonly maxBytes: () => number;
  readonly overflow: () => 'wait' | 'drop';
  readonly logger: Logger;
  readonly now?: () => number;
  readonly limits?: Partial<WriterLimits>;
}

export type Audit = ReturnType<typeof createAudit>;

/** The record of who did what, in clusters and in Sallyport itself. */
export function createAudit(deps: AuditDependencies) {
  const { database, sinks, logger } = deps;
  const journal = createJournal(database);
  const search = createSearch(database);
  const { histogram } = createHistogram(database);
  const tail = createTail(search);
  const retention = createRetention(deps);
  const writer = createWriter({
    ...deps,
    append: async (records) => {
      await journal.append(records);
      tail.announce();
    },
    copy: (records) => {
      for (const sink of sinks) sink.offer(records);
    },
    logger,
  });

  return {
    /** Takes the event of a request to a cluster; costs next to nothing and never throws. */
    request: (request: ProxiedRequest): void => writer.request(request),

    /** Takes an act. @returns once it is written @throws audit.unavailable */
    act: (act: Act): Promise<void> => writer.act(act),

    /** undefined: a request may begin; else a promise for when. @throws audit.unavailable, by it */
    room: (): Promise<void> | undefined => writer.room(),

    /** A page, newest first. @param before the `nextCursor` of the page before */
    async list(filter: AuditFilter, limit: number, before?: number) {
      // Read first: what is written while the page is read is in the tail, not in a gap.
      const lastId = await search.lastId();
      const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, lastId + 1);
      const rows = await search.newest(filter, limit + 1, end);
      const items = rows.slice(0, limit).map(viewItem);
      const last = items.at(-1);
      return {
        items,
        nextCursor: rows.length > limit && last ? String(last.id) : null,
        tailCursor: String(lastId),
      };
    },

    /** What comes after an id: at once, or when it comes, or nothing after a time. */
    tail: tail.after,

    /** Answers those who follow, so that nobody has to be waited for when stopping. */
    endTails: tail.close,

    /** How many a filter finds, by time. */
    histogram,

    /** How much is kept. */
    size: () => measureLog(database),

    /** What this process has written, has still to write, and has lost since it began. */
    counts: (): WriterCounts => writer.counts(),

    /** All that a filter finds, as text. */
    export: (filter: AuditFilter, format: 'jsonl' | 'csv') => exportText(search, filter, format),

    start(): void {
      retention.start();
    },

    /** Writes what waits, and closes the sinks and the database. */
    async close(): Promise<void> {
      await Promise.all([retention.stop(), writer.close()]);
      tail.close();
      await Promise.all(sinks.map((sink) => sink.close()));
      await database.close();
    },
  };
}
