import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/**
 * Makes the cgroup `name` in every hierarchy, as the kubelet wants of its `cgroupRoot`: with
 * version 1 there is one a controller, with version 2 there is one in all.
 * @param name relative to the hierarchies' roots, one element
 */
export function makeCgroups(name: string): void {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    mkdirSync(folder, { recursive: true });
    // Version 1's cpuset starts empty and then takes no process (cgroup-v1/cpusets in the kernel's
    // documentation).
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!existsSync(join(hierarchy, file))) continue;
      writeFileSync(join(folder, file), readFileSync(join(hierarchy, file)));
    }
  }
}

/** Removes the cgroup and those below it from all hierarchies; their processes must be gone. */
export async function removeCgroups(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    for (let tries = 0; existsSync(folder) && tries < 50; tries += 1) {
      try {
        removeTree(folder);
      } catch {
        // Processes that have just been killed count until the kernel has reaped them.
        await sleep(100);
      }
    }
  }
}

/** Whether any hierarchy still has the cgroup. */
export function cgroupExists(name: string): boolean {
  return hierarchies().some((hierarchy) => existsSync(join(hierarchy, name)));
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}

/** The mount points of all cgroup hierarchies, from proc(5)'s mount table. */
function hierarchies(): string[] {
  if (!existsSync('/proc/self/mounts')) return [];
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point, type]) => /^cgroup2?$/.test(type ?? '') && point?.startsWith(ROOT))
    .map(([, point]) => point ?? '');
}
