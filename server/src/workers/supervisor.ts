import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Gateway } from '../gateway.ts';
import type { Logger } from '../log.ts';
import { type FromWorker, type Ready, type ToWorker, unpackError } from './messages.ts';
import { createRestarts } from './restarts.ts';

const PROGRAM = join(import.meta.dirname, 'worker.ts');

/** One of the places that there is to be a worker in. */
interface Place {
  readonly number: number;
  readonly restarts: ReturnType<typeof createRestarts>;
}

/** How a worker's start ended. */
interface Launched {
  readonly worker: Worker;
  readonly ready: Promise<Ready>;
}

/**
 * Runs Sallyport as several processes behind one port. This one opens the port, gives each
 * connection to the next worker in turn, passes on what workers tell each other, and replaces a
 * worker that ends. It does nothing else, so that nothing else can end it. Workers end with it.
 *
 * The first worker starts before the others, since it makes what all of them read: the schema of
 * the database, the CA, the key, the first admin. Later too it leads: it does what is to be done
 * once. A fault in that work ends the worker in the first place again and again, and no other.
 *
 * @param count how many workers, two or more
 * @returns once all of them accept connections
 * @throws as `startGateway` does where a worker cannot start; none is left running then
 */
export async function startWorkers(
  config: Config,
  count: number,
  logger: Logger,
): Promise<Gateway> {
  const alive = new Set<Worker>();
  /** Those that were told to start, and so can make sense of what others tell. */
  const begun = new Set<Worker>();
  const timers = new Set<NodeJS.Timeout>();
  let state: 'starting' | 'running' | 'stopping' = 'starting';
  let whenGone = () => {};
  /** Ends the start when a worker ends that was ready already. */
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});

  // Each worker is given the next connection when it has taken the last: one that is busy gets
  // fewer, and those that stay open for days are spread evenly.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ exec: PROGRAM, args: [], serialization: 'advanced' });
  // However this process ends. Workers end when they lose it, but one that hangs does not notice.
  process.on('exit', killAll);

  function killAll(): void {
    for (const worker of alive) worker.process.kill('SIGKILL');
  }

  /** Starts a process, which loads the program and then waits to be told to start. */
  function launch(place: Place): Launched {
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    // Where nobody waits for it, the log tells of the worker's end.
    promise.catch(() => {});
    const worker = cluster.fork();
    const began = performance.now();
    let replaced = false;
    alive.add(worker);

    function replace(): void {
      if (replaced || state !== 'running') return;
      replaced = true;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          void begin(launch(place), place, false);
        },
        place.restarts.delayAfter(performance.now() - began),
      );
      timers.add(timer);
    }

    function lost(error: Error): void {
      reject(error);
      broken.reject(error);
    }

    function gone(error: Error): void {
      alive.delete(worker);
      begun.delete(worker);
      if (worker.process.pid === undefined) lost(error);
      replace();
      if (alive.size === 0) whenGone();
    }

    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(message);
      else if (message.kind === 'failed') reject(unpackError(message.failure));
      else if (message.kind === 'draining') replace();
      else for (const other of begun) if (other !== worker) send(other, message);
    });
    worker.on('error', (err) => {
      logger.error({ err, worker: place.number }, 'A worker failed.');
      // One that never was, as where there may be no more processes, does not end either.
      if (worker.process.pid === undefined) gone(err);
    });
    // Its last message may be read after its end was noticed; none comes after 'disconnect'.
    worker.on('disconnect', () => lost(new Error('a worker ended at the start')));
    worker.on('exit', (code, signal) => {
      if (state === 'running') {
        const { pid } = worker.process;
        logger.warn({ worker: place.number, pid, code, signal }, 'A worker ended.');
      }
      gone(new Error('a worker ended at the start'));
    });
    return { worker, ready: promise };
  }

  function begin({ worker, ready }: Launched, place: Place, first: boolean): Promise<Ready> {
    begun.add(worker);
    send(worker, { kind: 'start', place: place.number, workers: count, first, config });
    return ready;
  }

  async function allGone(): Promise<void> {
    if (alive.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    whenGone = resolve;
    await promise;
  }

  async function startAll(): Promise<Ready> {
    const launched = Array.from({ length: count }, (_, number) => {
      const place = { number, restarts: createRestarts() };
      return { place, process: launch(place) };
    });
    const [first, ...others] = launched.map(
      ({ place, process }) =>
        () =>
          begin(process, place, true),
    );
    if (!first) throw new Error('there must be a worker');
    const ready = await first();
    await Promise.all(others.map((start) => start()));
    return ready;
  }

  try {
    const { url, httpUrl, setupUrl } = await Promise.race([startAll(), broken.promise]);
    state = 'running';
    return {
      ...{ url, httpUrl, setupUrl },
      async stop() {
        state = 'stopping';
        for (const timer of timers) clearTimeout(timer);
        for (const worker of alive) send(worker, { kind: 'stop' });
        await allGone();
      },
    };
  } catch (error) {
    killAll();
    await allGone();
    throw error;
  }
}

function send(worker: Worker, message: ToWorker): void {
  // One that ends meanwhile misses nothing that it could still use.
  if (worker.isConnected()) worker.send(message, () => {});
}
