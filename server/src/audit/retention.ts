import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { AuditDatabase } from '../store/auditDatabase.ts';
import type { Logger } from '../store/store.ts';
import { FORM_SPAN } from './formIds.ts';
import { measureLog } from './size.ts';
import { idsOfTimes } from './timeIds.ts';

export interface RetentionDependencies {
  readonly database: Pick<AuditDatabase, 'dialect' | 'reader' | 'writer'>;
  /** Milliseconds that an event is kept; 0: for ever. */
  readonly maxAge: () => number;
  /** How many are kept at the most. */
  readonly maxEvents: () => number;
  /** Bytes that they may take; 0: any number. */
  readonly maxBytes: () => number;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** Removed at once: little enough that an event written meanwhile does not wait long. */
const STEP = 500;
const PAUSE_MS = 20;
const EVERY_MS = 60_000;

export type Retention = ReturnType<typeof createRetention>;

/** Removes the events that are too old, too many or too large, the oldest first, a few at a time. */
export function createRetention(deps: RetentionDependencies) {
  const { database, logger, now = Date.now } = deps;
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  /** The lowest id that may stay for all to take no more bytes than they may, as events go. */
  async function firstBySize(lastId: number): Promise<number> {
    const maxBytes = deps.maxBytes();
    if (maxBytes === 0) return 0;
    const { events, bytes } = await measureLog(database);
    if (bytes <= maxBytes) return 0;
    return lastId - Math.floor((events * maxBytes) / bytes) + 1;
  }

  /** The lowest id that is kept. */
  async function lowestKept(): Promise<number> {
    const { last_id: lastId } = await database.reader
      .selectFrom('audit_counter')
      .select('last_id')
      .executeTakeFirstOrThrow();
    const byNumber = Math.max(lastId - deps.maxEvents() + 1, await firstBySize(lastId));
    const maxAge = deps.maxAge();
    if (maxAge === 0) return byNumber;
    const { ids } = await idsOfTimes(database, [now() - maxAge]);
    return Math.max(byNumber, ids[0] ?? 0);
  }

  /** Removes up to {@link STEP} events below an id. @returns whether there may be more of them */
  async function step(kept: number): Promise<boolean> {
    const oldest = await database.reader
      .selectFrom('audit_events')
      .select('id')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (!oldest || oldest.id >= kept) return false;
    const end = Math.min(oldest.id + STEP, kept);
    await database.writer.transaction().execute(async (tx) => {
      for (const table of ['audit_events', 'audit_details'] as const) {
        await tx.deleteFrom(table).where('id', '<', end).execute();
      }
      // No event that is left has one of these.
      await tx
        .deleteFrom('audit_forms')
        .where('id', '<=', end - FORM_SPAN)
        .execute();
      if (database.dialect === 'sqlite') {
        await sql`delete from audit_words where rowid >= ${oldest.id} and rowid < ${end}`.execute(
          tx,
        );
      }
    });
    return end < kept;
  }

  async function purge(): Promise<void> {
    const kept = await lowestKept();
    while (!stopping.signal.aborted && (await step(kept))) {
      await delay(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    /** Removes what is not kept any more, all of it. */
    purge,

    /** Does so every minute. */
    start(): void {
      timer = setInterval(() => {
        running = running.then(purge).catch((error: unknown) => {
          if (!stopping.signal.aborted) {
            logger.error({ err: error }, 'old audit events could not be removed');
          }
        });
      }, EVERY_MS).unref();
    },

    async stop(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
