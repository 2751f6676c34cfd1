import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../store/store.ts';
import type { AuditRecord } from '../record.ts';

/** Where events go besides the database. */
export interface Sink {
  /** Takes events; never waits, never throws. */
  offer(records: readonly AuditRecord[]): void;
  /** Sends what it still can in a moment, and ends. */
  close(): Promise<void>;
}

/** One way for events to leave, as a sink uses it: one call after the other. */
export interface Delivery {
  /** Such as `webhook`, for the log. */
  readonly name: string;
  /** How many events it takes at once. */
  readonly batch: number;
  /**
   * Sends events.
   *
   * @throws {@link Undeliverable} where trying again would not help; anything else: it is tried again
   */
  send(records: readonly AuditRecord[], signal: AbortSignal): Promise<void>;
  close?(): Promise<void> | void;
}

/** The other side has understood and refuses these events for good. */
export class Undeliverable extends Error {}

export interface SinkOptions {
  readonly logger: Logger;
  /** Events that wait at the most; the next ones are counted and not sent. */
  readonly capacity?: number;
  /** Milliseconds before the first repetition; each further wait is twice as long, up to 30 s. */
  readonly retryMs?: number;
  /** Milliseconds that closing waits for what is still to be sent. */
  readonly closeMs?: number;
}

const LONGEST_RETRY_MS = 30_000;

/**
 * Makes a sink of a delivery: a bounded queue and patience. It sends in order and at least once; a
 * dead other side costs its own events only, holds nobody up, and is logged once and when it is back.
 */
export function createSink(delivery: Delivery, options: SinkOptions): Sink {
  const { logger, capacity = 20_000, retryMs = 500, closeMs = 2_000 } = options;
  const { name } = delivery;
  const queue: AuditRecord[] = [];
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let closed = false;
  let lost = 0;

  async function drain(): Promise<void> {
    while (queue.length > 0 && !stopping.signal.aborted) {
      const batch = queue.slice(0, delivery.batch);
      await deliver(batch);
      queue.splice(0, batch.length);
    }
  }

  async function deliver(batch: readonly AuditRecord[]): Promise<void> {
    for (let wait = retryMs; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        await delivery.send(batch, stopping.signal);
        if (wait > retryMs || lost > 0) {
          logger.info({ sink: name, lost }, 'an audit sink takes events again');
        }
        lost = 0;
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof Undeliverable) {
          logger.error(
            { err: error, sink: name, events: batch.length },
            'audit events are refused',
          );
          return;
        }
        if (wait === retryMs)
          logger.warn({ err: error, sink: name }, 'an audit sink is not reached');
      }
      await delay(wait, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      if (stopping.signal.aborted) return;
    }
  }

  return {
    offer(records) {
      if (closed) return;
      const room = capacity - queue.length;
      queue.push(...(records.length > room ? records.slice(0, Math.max(0, room)) : records));
      if (records.length > room) {
        if (lost === 0) logger.warn({ sink: name }, 'an audit sink is full and loses events');
        lost += records.length - Math.max(0, room);
      }
      running ??= drain().finally(() => {
        running = undefined;
      });
    },

    async close() {
      closed = true;
      const limit = setTimeout(() => stopping.abort(), closeMs);
      await running;
      clearTimeout(limit);
      if (queue.length > 0)
        logger.warn({ sink: name, lost: queue.length }, 'audit events are not sent');
      await delivery.close?.();
    },
  };
}
