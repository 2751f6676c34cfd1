import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { createLimit } from '../limit.ts';

/** How a thread opens its connection. */
export interface ThreadOptions {
  readonly path: string;
  readonly readOnly: boolean;
}

/**
 * What the thread does at one message's cost, where statements one by one would take longer on the
 * way than in the database.
 */
export interface Procedure {
  /** URL of a {@link ProcedureModule}. */
  readonly module: string;
  readonly input: unknown;
}

/** A module for the thread. */
export interface ProcedureModule {
  /** @returns rows, as a query does @throws what SQLite does; no transaction is left open */
  run(connection: ThreadConnection, input: unknown): unknown[];
}

/** What a procedure works with. */
export interface ThreadConnection {
  readonly database: DatabaseSync;
  /** Gives the same statement each time. */
  prepare(text: string): StatementSync;
}

/** A query of {@link threadedSqlite} that runs a procedure. @param module of a {@link ProcedureModule} */
export function inThread<R>(module: URL, input: unknown): CompiledQuery<R> {
  return CompiledQuery.raw('', [{ module: module.href, input } satisfies Procedure]);
}

/** A statement for the thread, or a procedure. */
export interface ThreadRequest {
  readonly id: number;
  readonly text: string;
  readonly parameters: readonly unknown[] | Procedure;
}

/** What became of it. */
export interface ThreadReply {
  readonly id: number;
  readonly rows?: unknown[];
  readonly changes?: number;
  readonly error?: Error;
  /** SQLite's code of the error, which an Error loses on the way between threads. */
  readonly errcode?: number;
}

/**
 * A Kysely dialect for SQLite in a thread of its own, for what is big: however long a query takes or
 * a disk, the event loop goes on. The thread is started when it is first needed, and anew where it
 * has ended by a fault; what was under way then is rejected.
 */
export function threadedSqlite(options: ThreadOptions): Dialect {
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => new ThreadDriver(options),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Lets a migration happen as a whole or not at all: SQLite's DDL is transactional. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

interface Waiting {
  resolve(reply: ThreadReply): void;
  reject(error: Error): void;
}

class ThreadDriver implements Driver {
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** One transaction at a time, since there is one connection. */
  readonly #turns = createLimit(1);
  #thread: Worker | undefined;
  #requests = 0;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    void this.#turns(() => new Promise<void>((release) => resolve(release)));
    return new KyselyConnection((text, parameters) => this.#ask(text, parameters), await promise);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const begin = this.#options.readOnly ? 'begin' : 'begin immediate';
    await connection.executeQuery(CompiledQuery.raw(begin));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as KyselyConnection).release();
  }

  async destroy(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage('close');
    await ended;
  }

  #ask(text: string, parameters: ThreadRequest['parameters']): Promise<ThreadReply> {
    const id = ++this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: ThreadRequest = { id, text, parameters };
      this.#started().postMessage(request);
    });
  }

  #started(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(new URL('./sqliteThread.ts', import.meta.url), {
      workerData: this.#options,
    });
    this.#thread = thread;
    let fault = new Error('the thread of a database ended');
    thread.on('message', (reply: ThreadReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.error) waiting?.reject(Object.assign(reply.error, { errcode: reply.errcode }));
      else waiting?.resolve(reply);
    });
    thread.on('error', (error) => {
      fault = error instanceof Error ? error : new Error(String(error));
    });
    thread.once('exit', () => {
      this.#thread = undefined;
      const cut = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { reject } of cut) reject(fault);
    });
    return thread;
  }
}

class KyselyConnection implements DatabaseConnection {
  readonly #ask: (text: string, parameters: ThreadRequest['parameters']) => Promise<ThreadReply>;
  readonly release: () => void;

  constructor(
    ask: (text: string, parameters: ThreadRequest['parameters']) => Promise<ThreadReply>,
    release: () => void,
  ) {
    this.#ask = ask;
    this.release = release;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const [first] = parameters;
    const { rows = [], changes } = await this.#ask(sql, isProcedure(first) ? first : parameters);
    return {
      rows: rows as R[],
      ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
    };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to stream from a thread
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('a database in a thread does not stream: ask for pages');
  }
}

/** No value that SQLite takes is such an object. */
function isProcedure(value: unknown): value is Procedure {
  return typeof value === 'object' && value !== null && 'module' in value;
}
