import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Channel } from '../channel.ts';
import { fail } from '../errors.ts';
import { type ChangeListener, createChangeFeed } from './changes.ts';
import type { Dialect, Logger, Topic } from './database.ts';
import { migrate } from './migrate.ts';
import type { PeerMessage } from './peers.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { isFull } from './violations.ts';

export type { ChangeListener } from './changes.ts';
export type { Dialect, Logger, Topic } from './database.ts';

export interface Store {
  /** For reading; whatever would change something is refused by the database. */
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;
  /**
   * Runs `fn` in a transaction. Write transactions run one after another, also those of other
   * processes on the same database, so what `fn` has checked still holds when it writes. For that
   * reason `fn` does nothing but queries of `tx`: it neither waits for anything else nor calls
   * `write`.
   *
   * @param fn calls `changed` for each topic that others have to hear of
   * @returns what `fn` returns, once it is committed, this process's listeners have been called, and
   *   those of the other processes on this machine too
   * @throws what `fn` throws, after which nothing was written; store.full
   */
  write<T>(
    fn: (tx: Transaction<Schema>, changed: (topic: Topic) => void) => Promise<T>,
  ): Promise<T>;
  /**
   * Calls `listener` whenever something of a topic may have changed, here or in another process.
   *
   * @returns a function that ends it
   */
  onChange(listener: ChangeListener): () => void;
  /** Finishes the writes that were begun, and closes, in a few seconds at the most. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Where SQLite's file is; made where it does not exist. */
  readonly dataDir: string;
  /** `postgres://…`; absent: SQLite in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** To the other processes on this machine, which hear of a write before it is answered. */
  readonly others?: Channel<PeerMessage> | undefined;
  readonly logger?: Logger | undefined;
  /** Epoch milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** How long closing waits for a database that does not answer. */
const CLOSE_WAIT_MS = 5_000;

const silent: Logger = { info() {}, warn() {}, error() {} };

/**
 * Opens the database, makes or updates its schema, and joins the change feed.
 *
 * @throws store.data_dir, store.database_broken, store.newer, store.url_invalid, store.unreachable,
 *   store.migration_failed
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, databaseUrl, logger = silent, now = Date.now } = options;
  const database =
    databaseUrl === undefined ? await openSqlite(dataDir) : await openPostgres(databaseUrl, logger);
  try {
    const run = await migrate(database);
    if (run.length > 0)
      logger.info({ migrations: run }, 'The database was brought to this version.');
    const feed = await createChangeFeed(database, logger, now, options.others);
    let queue: Promise<unknown> = Promise.resolve();

    /** @returns also when others have heard of it, for which the next write need not wait */
    async function writeNow<T>(
      fn: (tx: Transaction<Schema>, changed: (topic: Topic) => void) => Promise<T>,
    ): Promise<{ readonly result: T; readonly heard: Promise<void> | undefined }> {
      const topics = new Set<Topic>();
      let recorded: Awaited<ReturnType<typeof feed.record>> | undefined;
      let committed = false;
      try {
        const result = await database.writer.transaction().execute(async (tx) => {
          await database.lockWrites(tx);
          const value = await fn(tx, (topic) => topics.add(topic));
          if (topics.size > 0) recorded = await feed.record(tx, topics);
          return value;
        });
        committed = true;
        return { result, heard: recorded && feed.settle(recorded, committed) };
      } catch (error) {
        throw isFull(error) ? fail('store.full', {}, error) : error;
      } finally {
        if (recorded && !committed) void feed.settle(recorded, committed);
      }
    }

    return {
      db: database.reader,
      dialect: database.dialect,
      write(fn) {
        // Queued here rather than at the database, where each would hold a connection meanwhile.
        const turn = queue.then(() => writeNow(fn));
        queue = turn.catch(() => {});
        return turn.then(async ({ result, heard }) => {
          await heard;
          return result;
        });
      },
      onChange: feed.onChange,
      async close() {
        const closing = (async () => {
          await queue;
          await feed.close();
          await database.close();
        })();
        await Promise.race([closing, delay(CLOSE_WAIT_MS, undefined, { ref: false })]);
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
