import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { cgroupExists } from './node/cgroups.ts';
import { identify, isAlive, type ProcessIdentity } from './process.ts';
import { readState } from './state.ts';

/** All that a running lab has on the machine, noted so that a test can see whether it is gone. */
export interface Footprint {
  folder: string;
  /** Every process that was started for it, those in pods included. */
  processes: ProcessIdentity[];
  cgroup?: string;
  /** The outer end of its veth pair. */
  link?: string;
}

/** Notes what the lab with that state has now. */
export function footprint(statePath: string): Footprint {
  const folder = dirname(statePath);
  const state = readState(folder);
  if (!state) throw new Error(`no lab in ${folder}`);
  const own = namespace('self');
  const spaces = new Set(state.processes.map(({ pid }) => namespace(String(pid))));
  const processes = allPids().flatMap((pid) => {
    const space = namespace(String(pid));
    const inside = space !== own && spaces.has(space);
    return inside || commandLine(pid).includes(folder) ? (identify(pid) ?? []) : [];
  });
  const n = /^https:\/\/(10\.200\.\d+)\.2:/.exec(state.server)?.[1];
  const line = n && execFileSync('ip', ['-o', 'address'], { encoding: 'utf8' }).split('\n');
  const link = line ? line.find((each) => each.includes(` ${n}.1/`))?.split(/\s+/)[1] : undefined;
  return {
    folder,
    processes,
    ...(state.cgroup ? { cgroup: state.cgroup } : {}),
    ...(link ? { link } : {}),
  };
}

/** What is still there of it, in words. */
export function remains(of: Footprint): string[] {
  const left = of.processes.filter(isAlive).map(({ pid }) => `process ${pid} ${commandLine(pid)}`);
  for (const pid of allPids()) {
    if (commandLine(pid).includes(of.folder)) left.push(`process ${pid} ${commandLine(pid)}`);
    if (read(`/proc/${pid}/mountinfo`).includes(of.folder)) left.push(`a mount seen by ${pid}`);
  }
  if (existsSync(of.folder)) left.push(`the folder ${of.folder}`);
  if (of.cgroup && cgroupExists(of.cgroup)) left.push(`the cgroup ${of.cgroup}`);
  if (of.link && existsSync(`/sys/class/net/${of.link}`)) left.push(`the link ${of.link}`);
  return left;
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function namespace(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
