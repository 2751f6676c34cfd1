import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { fail } from '../errors.ts';
import type { Database, Logger } from './database.ts';
import type { Schema } from './schema.ts';

const CONNECT_WAIT_MS = 10_000;
const READ_CONNECTIONS = 10;
/** A process that vanished inside a write transaction holds the others up this long at the most. */
const IDLE_IN_TRANSACTION_MS = 10_000;
/** NOTIFY brings news at once; this is for one that was lost, and tells when the server is gone. */
const POLL_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;
const RECONNECT_MS = 1_000;
/** How long a connection that is closed waits for the server to close it, too. */
const GOOD_BYE_MS = 1_000;
const CHANNEL = 'sallyport_changes';
/** Any number that other programs in the same database do not use for an advisory lock. */
const WRITE_LOCK = 0x5a11_9027;

/**
 * Opens a PostgreSQL database.
 *
 * @param url `postgres://user:password@host:port/database`, with libpq's parameters as far as pg
 *   knows them. No error and no log line repeats it, since the password stands in it.
 * @throws store.url_invalid, store.unreachable
 */
export async function openPostgres(url: string, logger: Logger): Promise<Database> {
  const config = configOf(url);
  const over = (max: number, first: string) =>
    new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: postgresPool(url, max, logger, first) }),
    });
  const writer = over(1, `set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`);
  const reader = over(READ_CONNECTIONS, 'set session characteristics as transaction read only');
  const announcements = listen(config, logger);
  try {
    await sql`select 1`.execute(writer);
    await announcements.ready;
  } catch (error) {
    await announcements.close();
    await writer.destroy();
    await reader.destroy();
    const server = new pg.Client(config);
    const where = server.host.startsWith('/') ? server.host : `${server.host}:${server.port}`;
    throw fail('store.unreachable', { server: where, why: reasonOf(error) }, error);
  }
  return {
    dialect: 'postgres',
    reader,
    writer,
    pollMs: POLL_MS,
    mayHaveNews: async () => true,
    // With it, the order of `changes.id` is the order of commits, and a check followed by a write
    // in one transaction holds, as on SQLite.
    async lockWrites(tx) {
      await sql`select pg_advisory_xact_lock(${sql.lit(WRITE_LOCK)})`.execute(tx);
    },
    async announce(tx) {
      await sql`select pg_notify(${CHANNEL}, '')`.execute(tx);
    },
    onAnnouncement: announcements.onAnnouncement,
    async close() {
      await announcements.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/**
 * A pool of connections to a PostgreSQL database.
 *
 * @param first a statement that each connection begins with
 * @throws store.url_invalid
 */
export function postgresPool(url: string, max: number, logger: Logger, first?: string): pg.Pool {
  // Not by Kysely's `onCreateConnection`: where that fails, the connection is given back to nobody,
  // and has its place in the pool for ever.
  const onConnect = (client: pg.ClientBase) =>
    first === undefined ? undefined : begin(client, first);
  const pool = new pg.Pool({ ...configOf(url), max, onConnect });
  // An error event without a listener would end the process: the pool's is for idle connections,
  // and one at work tells its query as well. The error itself is not logged, since pg hangs the
  // connection on it with all its settings.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => logger.warn({ why: reasonOf(error) }, 'a database connection broke'));
  return pool;
}

/** @throws where it fails, or has no answer for as long as a connection may take */
async function begin(client: pg.ClientBase, statement: string): Promise<void> {
  const done = new AbortController();
  const late = delay(CONNECT_WAIT_MS, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error('timeout expired');
  });
  late.catch(() => {});
  try {
    await Promise.race([client.query(statement), late]);
  } finally {
    done.abort();
  }
}

function configOf(url: string): pg.ClientConfig {
  return { ...connectionOf(url), application_name: 'sallyport' };
}

function connectionOf(url: string): pg.ClientConfig {
  const parsed = URL.parse(url);
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw fail('store.url_invalid', {
      why: 'it does not begin with postgres:// or has no valid form',
    });
  }
  // A raw / ? or # in the password ends the host there, and what is left of it would be shown.
  if (/@/.test(parsed.pathname + parsed.search + parsed.hash)) {
    throw fail('store.url_invalid', {
      why: 'an @ stands behind the host; in a password, write @ / ? # % as %40 %2F %3F %23 %25',
    });
  }
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WAIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: {
      // bigint (20) holds epoch milliseconds and counts here, all of them exact in a double.
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === 20 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  };
}

/** Keeps one connection on LISTEN, and makes it anew whenever it breaks. */
function listen(config: pg.ClientConfig, logger: Logger) {
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  let client: pg.Client | undefined;

  const announce = () => {
    for (const listener of listeners) listener();
  };
  const connect = async () => {
    const made = new pg.Client(config);
    const ended = new Promise<void>((resolve) => made.once('end', resolve));
    made.on('error', (error) => {
      if (!closing.signal.aborted)
        logger.warn({ why: reasonOf(error) }, 'the change feed lost its connection');
    });
    made.on('notification', announce);
    client = made;
    // pg forgets whom it promised a connection when it is ended while it connects.
    const over = ended.then(() => {
      throw new Error('the connection was ended');
    });
    await Promise.race([made.connect(), over]);
    await made.query(`listen ${CHANNEL}`);
    return { ended };
  };
  const first = connect();
  const keep = async () => {
    let { ended } = await first;
    while (!closing.signal.aborted) {
      await ended;
      while (!closing.signal.aborted) {
        try {
          await delay(RECONNECT_MS, undefined, { signal: closing.signal, ref: false });
          ({ ended } = await connect());
          // It may have been closed just before the connection was begun.
          if (closing.signal.aborted) await client?.end();
          announce();
          break;
        } catch {
          // Said once, when it broke; the poll of the change feed knows how long it has lasted.
          client?.end().catch(() => {});
        }
      }
    }
  };
  const kept = keep().catch(() => {});
  return {
    ready: first,
    onAnnouncement(listener: () => void) {
      listeners.add(listener);
    },
    async close() {
      closing.abort();
      const goodBye = Promise.all([client?.end().catch(() => {}), kept]);
      // A server that no longer answers says none, and pg waits for it.
      await Promise.race([goodBye, delay(GOOD_BYE_MS, undefined, { ref: false })]);
      client?.connection.stream.destroy();
      await goodBye;
    },
  };
}

function reasonOf(error: unknown): string {
  // A host with several addresses fails with one error for each and no message of its own.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ');
  return error instanceof Error ? error.message : String(error);
}
