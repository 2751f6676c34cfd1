import type { Release } from '../pins.ts';

/** The programs that a lab is made of. */
export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kubectl'
  | 'kube-scheduler'
  | 'kubelet';

/** What a source is asked for. */
export interface Want {
  release: Release;
  /** What is still missing. */
  components: readonly Component[];
  /** The folder of the cache for this release and platform; see cache.ts. */
  cache: string;
  /** Says what goes on, a line a call. */
  progress: (line: string) => void;
  env: NodeJS.ProcessEnv;
}

/** A program that a source has, and where it came from, in words. */
export interface Found {
  component: Component;
  path: string;
  source: string;
}

/** What a source gave, and, where it did not give all, why. */
export interface Answer {
  found: Found[];
  /** One sentence without the source's name; none where there is nothing to say. */
  refused?: string;
}

/** A place that programs come from. It answers with a reason; it throws only on a bug. */
export interface Source {
  name: string;
  /** Whether it works inside the cache folder, so that only one process may at a time. */
  needsLock: boolean;
  find(want: Want): Promise<Answer>;
}

/** Go's words for this platform. */
export function platform(): { os: string; arch: string } {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return { os, arch };
}
