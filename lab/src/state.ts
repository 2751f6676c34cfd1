import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeCgroups } from './node/cgroups.ts';
import { isAlive, type ProcessIdentity, signal, waitGone } from './process.ts';

/** A process of a lab and what it does there. */
export interface LabProcess extends ProcessIdentity {
  role: string;
}

/** What is written down of a lab, in `lab.json` in its folder, from before its first process. */
export interface LabState {
  name: string;
  /** The lab's folder; everything it keeps on disk is below. */
  folder: string;
  /** Empty until the API server answers, then its own gitVersion, e.g. v1.36.3. */
  version: string;
  status: 'starting' | 'ready' | 'failed';
  pods: boolean;
  podsReason?: string;
  /** https URL; empty until the addresses are known. */
  server: string;
  supervisor?: ProcessIdentity;
  /** The process that is about to start the supervisor. */
  starter: ProcessIdentity;
  processes: LabProcess[];
  /** Path of the kubectl to use: of the server's version, or the user's where that cannot be had. */
  kubectl?: string;
  /** The kubectl that the user has, in KUBECTL or PATH. */
  systemKubectl?: string;
  /** Where the programs came from, and which optional ones are missing, in words. */
  sources: Record<string, string>;
  missing: Record<string, string>;
  /** The cgroup of its pods, relative to the root of each hierarchy. */
  cgroup?: string;
}

/** A lab with a supervisor. */
export type RunningState = LabState & { supervisor: ProcessIdentity };

/** The files of a lab. */
export function files(folder: string) {
  return {
    state: join(folder, 'lab.json'),
    spec: join(folder, 'spec.json'),
    control: join(folder, 'control.sock'),
    kubeconfig: join(folder, 'admin.kubeconfig'),
    audit: join(folder, 'audit.log'),
    logs: join(folder, 'logs'),
    pki: join(folder, 'pki'),
    etcd: join(folder, 'etcd'),
    node: join(folder, 'node'),
  };
}

/**
 * The folder that holds all labs of this user: $XDG_STATE_HOME/sallyport/lab, or one in /var/tmp
 * where the variable is not set. The path stays short: a Unix socket's has at most 107 bytes.
 */
export function labsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const set = env.XDG_STATE_HOME;
  const folder =
    set && isAbsolute(set)
      ? join(set, 'sallyport', 'lab')
      : join('/var/tmp', `sallyport-lab-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  // /var/tmp is everyone's: what another user put there is not to be used.
  if (!lstatSync(folder).isDirectory() || uid !== (process.getuid?.() ?? uid)) {
    throw new Error(`${folder} is not a folder of this user; move it away or set XDG_STATE_HOME`);
  }
  chmodSync(folder, 0o700);
  return folder;
}

/** The folder of the lab of that name. @throws Error where the name cannot be one */
export function labFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
    throw new Error(`a lab's name has 1 to 32 of a-z, 0-9 and inner hyphens, so not "${name}"`);
  }
  const folder = join(labsFolder(env), name);
  // unix(7): sun_path has 108 bytes, the last of them 0.
  if (Buffer.byteLength(files(folder).control) > 107) {
    throw new Error(
      `${folder} is too long for a socket in it; set XDG_STATE_HOME to a shorter path`,
    );
  }
  return folder;
}

/** Reads a lab's state from its folder; undefined where there is none that can be read. */
export function readState(folder: string): LabState | undefined {
  try {
    return JSON.parse(readFileSync(files(folder).state, 'utf8')) as LabState;
  } catch {
    return undefined;
  }
}

/** Writes a lab's state: readers see the old one or the new one, never a part. */
export function writeState(state: LabState): void {
  const path = files(state.folder).state;
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Whether the lab's supervisor still runs; it alone keeps a lab up. */
export function isRunning(state: LabState | undefined): state is RunningState {
  return state?.supervisor !== undefined && isAlive(state.supervisor);
}

/** The names of all labs of this user that left a folder, running or not. */
export function labNames(env: NodeJS.ProcessEnv = process.env): string[] {
  const base = labsFolder(env);
  return readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * Clears away what a lab without its supervisor left: its processes (the recorded ones, never
 * another that has the same pid now), its cgroups, its folder. Mounts, network namespace and veth
 * pair need no clearing: they live in namespaces that end with the lab's processes. Does nothing
 * to a running lab.
 * @returns whether there was anything to clear
 */
export async function clearStale(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const state = readState(folder);
  if (isRunning(state)) return false;
  if (state && !state.supervisor && isAlive(state.starter)) return false;
  // A folder without a state is one that is just being made, for as long as it is young.
  if (!state && Date.now() - statSync(folder).mtimeMs < 10_000) return false;
  await removeLeftovers(folder, state);
  return true;
}

/** Ends all recorded processes and removes cgroups and folder. The supervisor's own last step too. */
export async function removeLeftovers(folder: string, state: LabState | undefined): Promise<void> {
  for (const process of state?.processes ?? []) signal(process, 'SIGKILL');
  for (const process of state?.processes ?? []) await waitGone(process, 10_000);
  if (state?.cgroup) await removeCgroups(state.cgroup);
  for (let tries = 0; ; tries += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      // The kernel takes a moment to drop the mounts of a namespace that has just ended.
      if (tries >= 50) throw error;
      await sleep(100);
    }
  }
}
