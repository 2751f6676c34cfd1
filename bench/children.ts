import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface ChildOptions {
  /** CPU to run on; absent: those of the bench itself. */
  readonly cpu?: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs until it is stopped. */
export interface Child {
  readonly pid: number;
  /** Its next line on stdout that `wanted` takes; fails when it ends before or after `ms`. */
  line<T>(wanted: (line: string) => T | undefined, ms?: number): Promise<T>;
  /** Writes a line to its stdin. */
  tell(line: string): void;
  /** Ends it, by force where it does not end by itself. */
  stop(): Promise<void>;
}

export interface Children {
  start(command: string, args: readonly string[], options?: ChildOptions): Child;
  /**
   * Runs a program to its end.
   *
   * @param ms after which it is killed
   * @returns what it wrote to stdout
   * @throws Error with its last words where it fails
   */
  run(
    command: string,
    args: readonly string[],
    options?: ChildOptions & { readonly ms?: number },
  ): Promise<string>;
  stopAll(): Promise<void>;
}

const START_MS = 30_000;
const RUN_MS = 60_000;
const STOP_MS = 10_000;

/** The programs that the bench runs. None outlives it. */
export function createChildren(): Children {
  const running = new Set<ChildProcess>();

  function launch(command: string, args: readonly string[], options: ChildOptions = {}) {
    const { cpu, env } = options;
    const pinned = cpu === undefined ? [command] : ['taskset', '-c', String(cpu), command];
    const [program = command, ...before] = pinned;
    const child = spawn(program, [...before, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      // A group of its own, so that Ctrl-C reaches it through us, in order.
      detached: true,
    });
    running.add(child);
    let lastWords = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-2000);
    });
    // It may be gone when it is told something; its end is told by 'close'.
    child.stdin.on('error', () => {});
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve(`${command} ended with ${signal ?? code}: ${lastWords.trim() || 'no words'}`);
      });
    });
    return { child, ended };
  }

  async function end(child: ChildProcess, ended: Promise<string>): Promise<void> {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  return {
    start(command, args, options) {
      const { child, ended } = launch(command, args, options);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      return {
        pid: child.pid ?? 0,
        async line(wanted, ms = START_MS) {
          const aborter = new AbortController();
          const tooLate = delay(ms, undefined, { signal: aborter.signal }).then(
            () => `${command} did not say in ${ms / 1000} s what was waited for`,
          );
          tooLate.catch(() => {});
          try {
            for (;;) {
              const next = await Promise.race([lines.next(), tooLate]);
              if (typeof next === 'string') throw new Error(next);
              if (next.done) throw new Error(await ended);
              const found = wanted(next.value);
              if (found !== undefined) return found;
            }
          } finally {
            aborter.abort();
          }
        },
        tell: (line) => void child.stdin.write(`${line}\n`),
        stop: () => end(child, ended),
      };
    },

    async run(command, args, options = {}) {
      const { child, ended } = launch(command, args, options);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const { ms = RUN_MS } = options;
      const timer = setTimeout(() => child.kill('SIGKILL'), ms);
      const words = await ended;
      clearTimeout(timer);
      if (child.exitCode !== 0) throw new Error(words);
      return output;
    },

    async stopAll() {
      await Promise.all(
        [...running].map((child) => {
          const ended = new Promise<string>((resolve) => child.once('close', () => resolve('')));
          return end(child, ended);
        }),
      );
    },
  };
}

/** Reads a line of JSON; for {@link Child.line}. */
export function json<T>(line: string): T {
  return JSON.parse(line) as T;
}
