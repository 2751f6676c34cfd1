import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';

/** Programs that are not a part of the project; the bench says what it could not measure for want of them. */
export const TOOLS = {
  go: ['version'],
  taskset: ['--version'],
  nginx: ['-v'],
  wrk: ['-v'],
  h2load: ['--version'],
  kubectl: ['version', '--client'],
} as const;

export type Tool = keyof typeof TOOLS;

export interface Machine {
  /** One line a fact, for the report. */
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>;
  /** Where each program is; absent: it is not there. */
  readonly tools: Readonly<Partial<Record<Tool, string>>>;
  /** The CPU of what is measured, and that of everything else; undefined where not pinned. */
  readonly pins: { readonly proxy: number; readonly load: number } | undefined;
  /** How many files one process may have open at most. */
  readonly openFiles: number;
}

/** Looks at this machine. */
export function inspectMachine(env: NodeJS.ProcessEnv): Machine {
  const tools: Partial<Record<Tool, string>> = {};
  for (const name of Object.keys(TOOLS) as Tool[]) {
    const path = findProgram(name, env);
    if (path !== undefined) tools[name] = path;
  }
  const allowed = allowedCpus(readFileSync('/proc/self/status', 'latin1'));
  const [first, second] = allowed;
  const pins =
    tools.taskset === undefined || first === undefined || second === undefined
      ? undefined
      : { load: first, proxy: second };
  const openFiles = Number(
    /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? 1024,
  );
  return { tools, pins, openFiles, facts: factsOf(tools, pins, openFiles, env) };
}

/** The CPUs that this process may run on. @param status the text of /proc/self/status */
export function allowedCpus(status: string): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '';
  return list
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, n) => from + n);
    });
}

function factsOf(
  tools: Machine['tools'],
  pins: Machine['pins'],
  openFiles: number,
  env: NodeJS.ProcessEnv,
): Machine['facts'] {
  const cpu = cpus()[0]?.model ?? 'unknown';
  const facts: Array<readonly [string, string]> = [
    ['CPU', `${cpus().length} × ${cpu}`],
    ['Memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['System', `${distribution()}, Linux ${release()}`],
    ['Open files a process', String(openFiles)],
    [
      'Pinned',
      pins === undefined
        ? 'no: this needs taskset and two CPUs'
        : `what is measured to CPU ${pins.proxy}; load and upstream to CPU ${pins.load}`,
    ],
    ['Node.js', process.version],
    ['Revision', revision()],
  ];
  for (const [name, args] of Object.entries(TOOLS) as Array<[Tool, readonly string[]]>) {
    if (name === 'taskset') continue;
    const path = tools[name];
    facts.push([name, path === undefined ? 'not there' : versionOf(path, args, env)]);
  }
  return facts;
}

function distribution(): string {
  const path = '/etc/os-release';
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? 'Linux';
}

function revision(): string {
  try {
    const run = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = run('status', '--porcelain', '--', 'server') === '' ? '' : ', changed since';
    return run('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'unknown';
  }
}

/** nginx and wrk speak on stderr, and wrk fails when asked for its version. */
function versionOf(path: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  let output: string;
  try {
    output = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', path, ...args], { encoding: 'utf8', env });
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout ?? '');
  }
  return /v?\d+\.\d+(\.\d+)?/.exec(output)?.[0] ?? 'of an unknown version';
}

/** System administrators' programs, such as nginx, are not always in the PATH of others. */
function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
