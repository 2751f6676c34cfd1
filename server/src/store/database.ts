import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

export type Dialect = 'sqlite' | 'postgres';

/** A part of the data that caches hear about when it changes. */
export type Topic =
  | 'users'
  | 'teams'
  | 'grants'
  | 'environments'
  | 'kubeconfigs'
  | 'sessions'
  | 'tokens'
  | 'settings';

/** The little of a logger that rooms need; pino's is one. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What a database has to be for store.ts: the two that there are stand in sqlite.ts and postgres.ts. */
export interface Database {
  readonly dialect: Dialect;
  /** Refuses whatever would change something. */
  readonly reader: Kysely<Schema>;
  /** Runs one transaction at a time. */
  readonly writer: Kysely<Schema>;
  /** How often the change feed asks {@link mayHaveNews}, in milliseconds. */
  readonly pollMs: number;
  /** Whether somebody may have committed something since the last call. */
  mayHaveNews(): Promise<boolean>;
  /** Waits until no other process is inside a write transaction, and keeps them out of theirs. */
  lockWrites(tx: Transaction<Schema>): Promise<void>;
  /** Tells the other processes, once the transaction is committed, that there is news. */
  announce(tx: Transaction<Schema>): Promise<void>;
  /** Calls back when another process announced news, as far as this database can. */
  onAnnouncement(listener: () => void): void;
  close(): Promise<void>;
}
