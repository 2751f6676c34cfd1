import { type ChildProcess, spawn } from 'node:child_process';

/** What a program printed, and how it ended. */
export interface Ended {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** The programs of one try: whatever still runs at its end is ended with it. */
export interface Programs {
  /** Starts a program and leaves it running. */
  readonly start: (program: string, args: readonly string[], options: StartOptions) => ChildProcess;
  /** Runs a program to its end, with `input` as its standard input. */
  readonly run: (
    program: string,
    args: readonly string[],
    options: StartOptions & { input?: string | Buffer },
  ) => Promise<Ended>;
  /** Kills what still runs, with the programs that those started. */
  readonly close: () => Promise<void>;
}

/** What runs in any try: it must not outlive this process, however that ends. */
const everywhere = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of everywhere) killGroup(child);
});

export function createPrograms(): Programs {
  const running = new Map<ChildProcess, Promise<void>>();

  function start(program: string, args: readonly string[], options: StartOptions): ChildProcess {
    const child = spawn(program, args, {
      env: options.env,
      cwd: options.cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group of its own, so that what it starts can be ended with it.
      detached: true,
    });
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => {
        running.delete(child);
        everywhere.delete(child);
        resolve();
      });
    });
    running.set(child, closed);
    everywhere.add(child);
    // A program that ends before it has read its input is no error of ours.
    child.stdin?.on('error', () => {});
    return child;
  }

  return {
    start,
    run: async (program, args, { input = '', ...options }) => {
      const child = start(program, args, options);
      const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
      child.stdin?.end(input);
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      return { code, stdout: stdout(), stderr: stderr().toString() };
    },
    close: async () => {
      const ends = [...running.values()];
      for (const child of running.keys()) killGroup(child);
      await Promise.all(ends);
    },
  };
}

/** Kills a program with those that it started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}

/** @throws Error with what the program said, where its exit code is not 0 */
export function expectOk(what: string, ended: Ended): string {
  if (ended.code === 0) return ended.stdout.toString();
  const said = ended.stderr.trim() || ended.stdout.toString().trim();
  throw new Error(`${what} ended with ${ended.code ?? 'a signal'}: ${said}`);
}

function collect(stream: NodeJS.ReadableStream | null): () => Buffer {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}
