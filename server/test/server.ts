import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createPerson, type Person, readAuthority } from '../../scripts/rest.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

/**
 * Those that have not ended. None keeps a test file from its end, which takes them along: one that
 * failed is to be told of, not to wait for what nobody stops any more.
 */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Sallyport as users start it: the real program, a folder of its own, a free port. */
export interface RunningServer {
  readonly url: string;
  /** Where the HTTP listener is, if it was asked for. */
  readonly httpUrl: string | undefined;
  /** Printed while there is no user. */
  readonly setupToken: string | undefined;
  /** The CA that Sallyport made, PEM. */
  readonly ca: string;
  readonly dataDir: string;
  readonly pid: number;
  /** The lines that it has written to stdout so far. */
  readonly said: readonly string[];
  /** What it has written to stderr so far. */
  readonly log: () => string;
  /** Somebody who is not signed in yet. */
  readonly person: () => Person;
  /** Sends a signal and waits for the end. @returns the exit code; null: ended by the signal */
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
}

/**
 * @param dataDir its folder, kept
 * @param args further flags; it is one process unless they say otherwise, which starts sooner
 * @param env further environment variables
 * @throws with what the program said, where it ends before it listens
 */
export async function startServer(
  dataDir: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const workers = args.includes('--workers') ? [] : ['--workers', '1'];
  const place = ['--host', '127.0.0.1', '--port', '0', '--data-dir', dataDir];
  const child = spawn(process.execPath, [MAIN, 'serve', ...place, ...workers, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const log = () => Buffer.concat(errors).toString();
  running.add(child);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const said: string[] = [];
  const lines = createInterface(child.stdout);
  const heard = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      said.push(line);
      // Everything that it has to say is there once it says that it is ready.
      if (line.startsWith('Listening on https:')) setImmediate(resolve);
    });
  });
  const early = await Promise.race([heard, ended]);
  const find = (pattern: RegExp) => said.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  const url = find(/^Listening on (https:\S+)/);
  if (url === undefined) throw new Error(`Sallyport ended with ${early} at its start:\n${log()}`);
  const ca = readAuthority(dataDir);
  const all = [child, child.stdout as Socket, child.stderr as Socket];
  for (const one of all) one.unref();
  return {
    url,
    httpUrl: find(/^Listening on (http:\S+)/),
    setupToken: find(/^Set up: \S+#token=(\S+)$/),
    ca,
    dataDir,
    pid: child.pid ?? 0,
    said,
    log,
    person: () => createPerson(url, ca),
    kill: (signal) => {
      for (const one of all) one.ref();
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}
