/** Holds processes to a share of a CPU, by Linux' control groups (CFS bandwidth control). */
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** µs. Short, so that whoever is held does not stand still for long at a time. */
const PERIOD = 10_000;
/** Where version 1 of control groups is mounted, on its own and beside version 2. */
const ROOTS = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct'];

export interface Quotas {
  /** @param share of one CPU, between 0 and 1 */
  hold(pid: number, share: number): void;
  /** Takes the groups away; the processes in them must have ended. */
  remove(): void;
}

/**
 * @param roots where to look for the controller
 * @returns undefined where this machine has none that may be written
 */
export function findQuotas(roots: readonly string[] = ROOTS): Quotas | undefined {
  const root = roots.find((path) => {
    if (!existsSync(join(path, 'cpu.cfs_period_us'))) return false;
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (root === undefined) return undefined;
  const groups: string[] = [];
  return {
    hold(pid, share) {
      const group = join(root, `sallyport-bench-${process.pid}-${groups.length}`);
      mkdirSync(group);
      groups.push(group);
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(Math.round(PERIOD * share)));
      writeFileSync(join(group, 'cgroup.procs'), String(pid));
    },
    remove() {
      for (const group of groups.splice(0)) rmdirSync(group);
    },
  };
}
