import type { AuditRecord } from '../record.ts';

/** Where events go besides the database. */
export interface Sink {
  /** Takes events; never waits, never throws. */
  offer(records: readonly AuditRecord[]): void;
  /** Sends what it still can in a moment, and ends. */
  close(): Promise<void>;
}
