import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundToParent } from './binaries/command.ts';
import { identify, type ProcessIdentity } from './process.ts';
import type { LabProcess } from './state.ts';

/** A process that the supervisor started. */
export interface Child {
  role: string;
  identity: ProcessIdentity;
  /** Resolves when it has ended, with how it ended. Never rejects. */
  ended: Promise<string>;
  hasEnded(): boolean;
  kill(signal: NodeJS.Signals): void;
}

/**
 * The supervisor's children. Each writes to a log file of its role. On Linux each is also bound to
 * the supervisor's life by the kernel, so that a supervisor that is killed takes them with it.
 */
export class Children {
  readonly #logs: string;
  readonly #onChange: (processes: LabProcess[]) => void;
  readonly #running = new Map<Child, LabProcess>();
  readonly #bind: string[];
  #closed = false;

  /** @param onChange told of all running children before a start is answered and after an end */
  constructor(logs: string, onChange: (processes: LabProcess[]) => void) {
    this.#logs = logs;
    this.#onChange = onChange;
    this.#bind = boundToParent();
  }

  /**
   * Starts a program with an environment of PATH and HOME only, so that nothing of the caller's
   * shell (ETCD_*, proxies) gets into the lab.
   * @param enter what stands before it on the command line, e.g. nsenter with its arguments
   */
  start(role: string, command: string[], enter: string[] = []): Child {
    if (this.#closed) throw new Error('the lab is being stopped');
    const [program = '', ...args] = [...this.#bind, ...enter, ...command];
    const log = openSync(this.logFile(role), 'a', 0o600);
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        stdio: ['ignore', log, log],
        env: { PATH: SYSTEM_PATH, HOME: process.env.HOME, ETCD_UNSUPPORTED_ARCH: process.arch },
      });
    } finally {
      closeSync(log);
    }
    let over: string | undefined;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    const handle: Child = {
      role,
      identity: identity ?? { pid: child.pid ?? 0, start: 'gone' },
      ended,
      hasEnded: () => over !== undefined,
      kill: (signal) => {
        if (over === undefined) child.kill(signal);
      },
    };
    if (identity) {
      this.#running.set(handle, { role, ...identity });
      this.#changed();
    }
    void ended.then((how) => {
      over = how;
      // Standard error is the supervisor's own log.
      process.stderr.write(`${new Date().toISOString()} ${role} ended: ${how}\n`);
      if (this.#running.delete(handle)) this.#changed();
    });
    return handle;
  }

  /** From now on `start` throws. */
  close(): void {
    this.#closed = true;
  }

  /** Kills all children and waits until they have ended. */
  async killAll(): Promise<void> {
    const all = [...this.#running.keys()];
    for (const child of all) child.kill('SIGKILL');
    await Promise.all(all.map((child) => child.ended));
  }

  /** The end of what a role has logged, at most 20 lines. */
  logTail(role: string): string {
    try {
      return readFileSync(this.logFile(role), 'utf8').trim().split('\n').slice(-20).join('\n');
    } catch {
      return '';
    }
  }

  /** Where a role logs. */
  logFile(role: string): string {
    return join(this.#logs, `${role}.log`);
  }

  #changed(): void {
    this.#onChange([...this.#running.values()]);
  }
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
