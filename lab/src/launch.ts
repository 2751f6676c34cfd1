import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { which } from './binaries/command.ts';
import { type Binaries, resolveBinaries } from './binaries/resolve.ts';
import { sendControl } from './control.ts';
import { type Lab, openLab } from './lab.ts';
import { withLock } from './lock.ts';
import { findPodTools, type PodTools } from './node/preflight.ts';
import type { ReleaseName } from './pins.ts';
import { self, signal, waitGone } from './process.ts';
import type { Report, Spec } from './spec.ts';
import {
  clearStale,
  files,
  isRunning,
  type LabState,
  labFolder,
  labNames,
  readState,
  removeLeftovers,
  writeState,
} from './state.ts';

/** What kind of lab is wanted. */
export interface LabOptions {
  /** Default: a name of its own for startLab, `default` for upLab. */
  name?: string;
  /** A Kubernetes release; without it the newest that can be had here. */
  version?: ReleaseName;
  /** `auto` (default): where they can; `on`: an error where they cannot; `off`: never. */
  pods?: 'auto' | 'on' | 'off';
  /** More flags for the API server, without dashes: feature gates, or `goaway-chance`. */
  apiServerFlags?: Readonly<Record<string, string>>;
  /** Told what goes on, a line a call. */
  onProgress?: (line: string) => void;
}

/**
 * Starts a lab that belongs to this process: it ends with `stop()`, or when this process ends in
 * whatever way. Building the programs on first use takes minutes; then a start takes seconds.
 * @throws Error in words where no programs can be had, pods are `on` and cannot run, or a part fails
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const name = options.name ?? `run-${process.pid}-${randomBytes(3).toString('hex')}`;
  return start({ ...options, name }, true);
}

/** Starts a lab that outlives this process, or finds the running one of that name. */
export async function upLab(options: LabOptions = {}): Promise<Lab> {
  return start({ ...options, name: options.name ?? 'default' }, false);
}

/** Takes down the lab of that name, running or not. @returns whether there was anything to do */
export async function downLab(name = 'default'): Promise<boolean> {
  const folder = labFolder(name);
  return withLock(`${folder}.lock`, async () => {
    if (await clearStale(folder)) return true;
    const state = readState(folder);
    if (!isRunning(state)) return false;
    await stopLab(state);
    return true;
  });
}

/** All labs of this user that run now; what dead ones left is cleared away first. */
export async function listLabs(): Promise<LabState[]> {
  const labs: LabState[] = [];
  for (const name of labNames()) {
    const folder = labFolder(name);
    if (!isRunning(readState(folder))) await withLock(`${folder}.lock`, () => clearStale(folder));
    const state = readState(folder);
    if (isRunning(state)) labs.push(state);
  }
  return labs;
}

/**
 * The lab whose state is at `path` (a lab's `statePath`), started by another process. Its `stop()`
 * does nothing. @throws Error where it does not run
 */
export function attachLab(path: string): Lab {
  const state = readState(dirname(path));
  if (!isRunning(state) || state.status !== 'ready') {
    throw new Error(`there is no running lab at ${path}`);
  }
  return openLab(state, { shared: true, stop: async () => {} });
}

/**
 * The lab for a test file: the one that SALLYPORT_LAB_STATE names, if it is of the kind wanted, else
 * one of its own. So all files of a test run share a cluster, and any single file runs alone.
 */
export async function useLab(options: LabOptions = {}): Promise<Lab> {
  const path = process.env.SALLYPORT_LAB_STATE;
  if (path) {
    const lab = attachLab(path);
    const version = !options.version || lab.version.startsWith(`v${options.version}.`);
    const plain = options.apiServerFlags === undefined;
    if (version && plain && (options.pods !== 'on' || lab.pods)) return lab;
  }
  return startLab(options);
}

async function start(options: LabOptions & { name: string }, owned: boolean): Promise<Lab> {
  const folder = labFolder(options.name);
  const say = options.onProgress ?? (() => {});
  const waiting = () => say(`waiting for another process that works on the lab "${options.name}"`);
  return withLock(
    `${folder}.lock`,
    async () => {
      if (await clearStale(folder)) say(`cleared away what an earlier "${options.name}" left`);
      const running = readState(folder);
      if (isRunning(running)) {
        if (owned) throw new Error(`a lab named "${options.name}" runs already`);
        say(`the lab "${options.name}" runs already`);
        return openLab(running, { shared: false, stop: () => stopLab(running) });
      }
      let tools = await podTools(options);
      const binaries = await resolveBinaries({
        ...(options.version ? { version: options.version } : {}),
        node: typeof tools === 'string' ? 'no' : options.pods === 'on' ? 'needed' : 'wanted',
        progress: say,
      });
      if (typeof tools === 'object' && !binaries.paths.kubelet) {
        tools = `pods need a kubelet, and there is none:\n${binaries.missing.kubelet}`;
      }
      const spec = makeSpec(options, folder, binaries, tools, owned);
      return launch(spec, say);
    },
    waiting,
  );
}

/** What runs pods, or why nothing does. */
async function podTools(options: LabOptions): Promise<PodTools | string> {
  if (options.pods === 'off') return 'pods were switched off';
  const tools = await findPodTools(process.env);
  if (typeof tools === 'string' && options.pods === 'on') throw new Error(tools);
  if (typeof tools === 'string') options.onProgress?.(`no pods: ${tools}`);
  return tools;
}

function makeSpec(
  { name, apiServerFlags }: LabOptions & { name: string },
  folder: string,
  binaries: Binaries,
  tools: PodTools | string,
  owned: boolean,
): Spec {
  const systemKubectl = process.env.KUBECTL || which('kubectl');
  const kubectl = binaries.paths.kubectl ?? systemKubectl;
  const pods = typeof tools === 'object';
  return {
    ...(apiServerFlags === undefined ? {} : { apiServerFlags }),
    state: {
      name,
      folder,
      version: '',
      status: 'starting',
      pods,
      ...(pods ? {} : { podsReason: tools }),
      server: '',
      starter: self(),
      processes: [],
      ...(pods ? { cgroup: `sallyport-lab-${name}-${randomBytes(3).toString('hex')}` } : {}),
      ...(kubectl ? { kubectl } : {}),
      ...(systemKubectl ? { systemKubectl } : {}),
      sources: { ...binaries.sources },
      missing: {
        ...binaries.missing,
        ...(kubectl ? {} : { kubectl: 'none in the cache, in KUBECTL or in PATH' }),
      },
    },
    release: binaries.release.name,
    paths: binaries.paths,
    owned,
    ...(pods ? { pods: tools } : {}),
  };
}

/** Starts the supervisor and waits until the lab is ready. */
async function launch(spec: Spec, say: (line: string) => void): Promise<Lab> {
  const { folder } = spec.state;
  const at = files(folder);
  mkdirSync(folder, { mode: 0o700 });
  mkdirSync(at.logs, { mode: 0o700 });
  writeState(spec.state);
  writeFileSync(at.spec, JSON.stringify(spec), { mode: 0o600 });
  const log = openSync(join(at.logs, 'supervisor.log'), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./supervisor.ts', import.meta.url)), at.spec],
    // A session of its own: a Ctrl-C at the terminal is the owner's business, not its.
    // And none of the caller's environment, which may say NODE_OPTIONS or NODE_TEST_CONTEXT.
    {
      detached: true,
      cwd: '/',
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: [spec.owned ? 'pipe' : 'ignore', 'pipe', log],
    },
  );
  closeSync(log);
  try {
    await untilReady(child, say);
  } catch (error) {
    // It clears up by itself, unless it could not even start.
    child.stdin?.destroy();
    const left = readState(folder);
    if (left?.supervisor) await waitGone(left.supervisor, 20_000);
    if (existsSync(folder)) await removeLeftovers(folder, readState(folder));
    throw error;
  }
  child.stdout?.destroy();
  // The pipe stays open as long as this process lives, but does not keep it alive.
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  const state = readState(folder);
  if (!state) throw new Error(`the lab "${spec.state.name}" has lost its state`);
  return openLab(state, { shared: false, stop: () => stopLab(state) });
}

function untilReady(child: ChildProcess, say: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => {
      reject(new Error(`the lab's supervisor ended with ${name ?? `exit code ${code}`}`));
    });
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if ('progress' in report) say(report.progress);
      else if ('ready' in report) resolve();
      else reject(new Error(`the lab did not start: ${report.failed}`));
    });
  });
}

/** Asks the supervisor to end the lab; where it does not, ends it and clears up itself. */
async function stopLab(state: LabState): Promise<void> {
  if (!isRunning(state)) {
    await clearStale(state.folder);
    return;
  }
  const { supervisor } = state;
  await sendControl(files(state.folder).control, 'stop').catch(() => {});
  if (await waitGone(supervisor, 15_000)) return;
  signal(supervisor, 'SIGKILL');
  await waitGone(supervisor, 5_000);
  await removeLeftovers(state.folder, readState(state.folder));
}
