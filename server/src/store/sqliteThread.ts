/**
 * The thread behind threaded.ts: one SQLite connection, one statement after the other. Here, waiting
 * for a lock, a disk or a long query holds nobody up.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type {
  Procedure,
  ProcedureModule,
  ThreadOptions,
  ThreadReply,
  ThreadRequest,
} from './threaded.ts';

/** How long to wait for another process's lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;
/** More texts than a room of Sallyport has; only a fault could make more. */
const MAX_STATEMENTS = 200;

const { path, readOnly } = workerData as ThreadOptions;
const port = parentPort;
if (port === null) throw new Error('sqliteThread.ts is for a thread');

const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
useWal();
database.exec('pragma synchronous = full');
if (readOnly) database.exec('pragma query_only = on');
const statements = new Map<string, StatementSync>();
const procedures = new Map<string, ProcedureModule>();

/** SQLite itself does not wait where two processes change the mode of a new file at once. */
function useWal(): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function prepare(text: string): StatementSync {
  const known = statements.get(text);
  if (known) return known;
  if (statements.size >= MAX_STATEMENTS) statements.clear();
  const made = database.prepare(text);
  statements.set(text, made);
  return made;
}

async function run({ text, parameters }: ThreadRequest): Promise<Omit<ThreadReply, 'id'>> {
  if ('module' in parameters) return { rows: await runProcedure(parameters) };
  // Where a disk is full, SQLite has rolled back by itself; an error of this would hide why.
  if (text === 'rollback' && !database.isTransaction) return { rows: [] };
  const statement = prepare(text);
  const values = parameters as readonly SQLInputValue[];
  if (statement.columns().length > 0) return { rows: statement.all(...values) };
  const { changes } = statement.run(...values);
  return { rows: [], changes: Number(changes) };
}

async function runProcedure({ module, input }: Procedure): Promise<unknown[]> {
  let procedure = procedures.get(module);
  if (!procedure) {
    procedure = (await import(module)) as ProcedureModule;
    procedures.set(module, procedure);
  }
  return procedure.run({ database, prepare }, input);
}

async function answer(request: ThreadRequest): Promise<void> {
  let reply: ThreadReply;
  try {
    reply = { id: request.id, ...(await run(request)) };
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    reply = {
      id: request.id,
      error: error instanceof Error ? error : new Error(String(error)),
      ...(errcode === undefined ? {} : { errcode }),
    };
  }
  port?.postMessage(reply);
}

/** One after the other, also where the first procedure is still being loaded. */
let answered: Promise<void> = Promise.resolve();
port.on('message', (request: ThreadRequest | 'close') => {
  answered = answered.then(() => (request === 'close' ? close() : answer(request)));
});

function close(): void {
  database.close();
  port?.close();
}
