import type { Kysely, Transaction } from 'kysely';
import { type Channel, noChannel } from '../channel.ts';
import type { Database, Logger, Topic } from './database.ts';
import { createPeers, type PeerMessage } from './peers.ts';
import type { Schema } from './schema.ts';

/**
 * How many rows of `changes` are kept. A process that missed more than these notices the gap and
 * takes everything as changed.
 */
const KEPT_ROWS = 10_000;
const PRUNE_EVERY = 1_000;
/**
 * A process that could not read the feed for this long takes everything as changed, again and again
 * until it can, so that a revocation it cannot hear of does not leave its caches believing.
 */
const DEAF_LIMIT_MS = 3_000;
const WATCH_EVERY_MS = 1_000;

const ALL_TOPICS: ReadonlySet<Topic> = new Set<Topic>([
  'users',
  'teams',
  'grants',
  'environments',
  'kubeconfigs',
  'sessions',
  'tokens',
  'settings',
]);

export type ChangeListener = (topics: ReadonlySet<Topic>) => void;

/** What a write transaction added: see {@link ChangeFeed.record}. */
interface Recorded {
  readonly topics: ReadonlySet<Topic>;
  readonly ids: readonly number[];
}

export type ChangeFeed = Awaited<ReturnType<typeof createChangeFeed>>;

/**
 * Tells the caches of this process, and of every other one on the same database, what has changed.
 *
 * Each write adds a row a topic to `changes` in its own transaction. This process's listeners are
 * called as soon as that is committed; the others read the rows when they are told of news, by their
 * database or by the process that has it, or at the latest with their next poll.
 *
 * @param others processes on this machine, which hear of a change before its write is answered
 */
export async function createChangeFeed(
  database: Database,
  logger: Logger,
  now: () => number,
  others: Channel<PeerMessage> = noChannel('changes'),
) {
  const listeners = new Set<ChangeListener>();
  /** Rows of this process that {@link look} has yet to pass over: their write tells of them. */
  const own = new Set<number>();
  let last = await highestId(database.reader);
  let heardAt = performance.now();
  let deaf = false;
  let due = true;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let polling = Promise.resolve();
  let queued = false;

  function emit(topics: ReadonlySet<Topic>): void {
    for (const listener of listeners) {
      try {
        listener(topics);
      } catch (error) {
        logger.error({ err: error }, 'a listener of the change feed failed');
      }
    }
  }

  /** Reads what others have committed since the last time. */
  async function look(): Promise<void> {
    const before = last;
    const rows = await rowsAfter(database.reader, before);
    const first = rows[0];
    const newest = rows.at(-1);
    if (!first || !newest) return;
    last = newest.id;
    const foreign = rows.filter((row) => !own.delete(row.id));
    // Ids are missing where a transaction was rolled back, or where rows were pruned unread.
    if (first.id > before + 1) emit(ALL_TOPICS);
    else if (foreign.length > 0) emit(topicsOf(foreign));
  }

  async function poll(): Promise<void> {
    queued = false;
    try {
      // Stays due until it has been read, for the database does not tell of it again.
      due = (await database.mayHaveNews()) || due;
      if (due) await look();
      due = false;
      heardAt = performance.now();
      if (deaf) logger.info({}, 'the change feed is back');
      deaf = false;
    } catch (error) {
      if (!deaf) logger.warn({ err: error }, 'the change feed cannot be read');
      deaf = true;
    }
  }

  // Apart from the polls, since one that gets no answer at all does not end.
  const watch = setInterval(() => {
    if (performance.now() - heardAt > DEAF_LIMIT_MS) emit(ALL_TOPICS);
  }, WATCH_EVERY_MS).unref();

  /** Polls after the poll under way, if there is one, and from then on by the clock. */
  function pollSoon(): void {
    if (closed || queued) return;
    queued = true;
    polling = polling.then(poll).then(() => {
      clearTimeout(timer);
      if (!closed) timer = setTimeout(pollSoon, database.pollMs).unref();
    });
  }

  /** Reads what is committed by now. @returns whether it could */
  async function catchUp(): Promise<boolean> {
    pollSoon();
    await polling;
    return !deaf && !closed;
  }
  database.onAnnouncement(pollSoon);
  const peers = createPeers(others, catchUp);
  pollSoon();

  return {
    /**
     * Adds a transaction's topics to the feed; the last thing done in it. {@link settle} must follow
     * however the transaction ends.
     */
    async record(tx: Transaction<Schema>, topics: ReadonlySet<Topic>): Promise<Recorded> {
      const at = now();
      const rows = await tx
        .insertInto('changes')
        .values([...topics].map((topic) => ({ topic, created_at: at })))
        .returning('id')
        .execute();
      const ids = rows.map((row) => row.id);
      for (const id of ids) own.add(id);
      const newest = Math.max(...ids);
      if (newest % PRUNE_EVERY < ids.length) {
        await tx
          .deleteFrom('changes')
          .where('id', '<=', newest - KEPT_ROWS)
          .execute();
      }
      await database.announce(tx);
      return { topics, ids };
    },

    /**
     * Tells this process's listeners at once, and the other processes on this machine. Where the transaction failed, so that the database may or may
     * not have committed it, they hear of it too, and should it have been, once more by the feed.
     *
     * @returns once those others have heard of it, or have been waited for long enough
     */
    settle(recorded: Recorded, committed: boolean): Promise<void> {
      if (!committed) for (const id of recorded.ids) own.delete(id);
      emit(recorded.topics);
      return peers.tell();
    },

    onChange(listener: ChangeListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async close(): Promise<void> {
      closed = true;
      peers.close();
      clearTimeout(timer);
      clearInterval(watch);
      await polling;
      listeners.clear();
    },
  };
}

function rowsAfter(db: Kysely<Schema>, id: number) {
  return db
    .selectFrom('changes')
    .select(['id', 'topic'])
    .where('id', '>', id)
    .orderBy('id')
    .execute();
}

async function highestId(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}

function topicsOf(rows: ReadonlyArray<{ readonly topic: string }>): ReadonlySet<Topic> {
  const topics = new Set<Topic>();
  for (const { topic } of rows) {
    // A newer version beside this one may write topics that this one does not know.
    if ((ALL_TOPICS as ReadonlySet<string>).has(topic)) topics.add(topic as Topic);
    else return ALL_TOPICS;
  }
  return topics;
}
