import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { RELEASES, type Release, type ReleaseName, release } from '../pins.ts';
import { assets, installedEtcd } from './assets.ts';
import { cache, cacheFolder } from './cache.ts';
import { debianSource } from './debian.ts';
import { envtest } from './envtest.ts';
import { goModules } from './gomod.ts';
import type { Component, Found, Source } from './source.ts';

/** The programs of one lab: all of one release. */
export interface Binaries {
  release: Release;
  /** The path of each program that was found; etcd and kube-apiserver always are. */
  paths: Partial<Record<Component, string>> & { etcd: string; 'kube-apiserver': string };
  /** Where each came from, in words. */
  sources: Partial<Record<Component, string>>;
  /** Why a program that a lab can do without is not there. */
  missing: Partial<Record<Component, string>>;
}

/** What is to be found, and how. */
export interface ResolveOptions {
  /** A release by name; without it the newest that any source serves. */
  version?: ReleaseName;
  /** Whether kubelet and kube-scheduler are needed too, or wanted where they can be had. */
  node: 'needed' | 'wanted' | 'no';
  progress?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  sources?: readonly Source[];
}

/** All sources, in the order in which they are asked. */
export const SOURCES: readonly Source[] = [
  assets,
  cache,
  installedEtcd,
  envtest,
  goModules,
  debianSource,
];

/**
 * What is fetched together, and, for the last two, what a lab can do without. Each group has a lock
 * of its own, so that who needs a control plane only never waits for the kubelet to be built.
 */
const GROUPS: readonly { components: Component[]; optional: Component[]; node: boolean }[] = [
  { components: ['etcd'], optional: [], node: false },
  {
    components: ['kube-apiserver', 'kube-controller-manager'],
    optional: ['kube-controller-manager'],
    node: false,
  },
  { components: ['kubectl'], optional: ['kubectl'], node: false },
  { components: ['kube-scheduler', 'kubelet'], optional: [], node: true },
];

/**
 * Finds the programs of a lab, building or downloading what is not there yet.
 * @throws Error with one message that says what was tried, why each source failed, and what to do
 */
export async function resolveBinaries(options: ResolveOptions): Promise<Binaries> {
  const tries = options.version ? [release(options.version)] : RELEASES;
  const failures: string[] = [];
  for (const each of tries) {
    const result = await resolveRelease(each, options);
    if (typeof result !== 'string') return result;
    failures.push(result);
    options.progress?.(`Kubernetes ${each.name} cannot be had here`);
  }
  throw new Error(`${failures.join('\n')}\n${ADVICE}`);
}

const ADVICE = `To supply the programs yourself, either set KUBEBUILDER_ASSETS to a folder that holds
etcd and kube-apiserver (and, for more than the API itself, kube-controller-manager, kube-scheduler,
kubelet and kubectl) of one Kubernetes version, or install Go (go.dev/dl) of at least 1.26 and let
its module proxy be reached, or put the files into the cache folder named above.`;

async function resolveRelease(
  wanted: Release,
  options: ResolveOptions,
): Promise<Binaries | string> {
  const env = options.env ?? process.env;
  const folder = cacheFolder(wanted.version, env);
  const found: Found[] = [];
  const missing: Binaries['missing'] = {};
  for (const group of GROUPS) {
    if (group.node && options.node === 'no') continue;
    const optional = group.node && options.node === 'wanted' ? group.components : group.optional;
    const { left, refusals } = await fetchGroup(group.components, found, {
      release: wanted,
      cache: folder,
      env,
      progress: options.progress ?? (() => {}),
      sources: options.sources ?? SOURCES,
    });
    const reasons = refusals.map((line) => `  - ${line}`).join('\n');
    if (left.some((component) => !optional.includes(component))) {
      const what = `the lab found no ${left.join(', ')} of Kubernetes ${wanted.version}`;
      return `${what} (cache: ${join(folder, 'bin')}). Tried, in this order:\n${reasons}`;
    }
    for (const component of left) missing[component] = reasons;
  }
  const paths = Object.fromEntries(found.map(({ component, path }) => [component, path]));
  return {
    release: wanted,
    paths: paths as Binaries['paths'],
    sources: Object.fromEntries(found.map(({ component, source }) => [component, source])),
    missing,
  };
}

interface GroupOptions {
  release: Release;
  cache: string;
  env: NodeJS.ProcessEnv;
  progress: (line: string) => void;
  sources: readonly Source[];
}

async function fetchGroup(
  components: readonly Component[],
  found: Found[],
  options: GroupOptions,
): Promise<{ left: Component[]; refusals: string[] }> {
  let left = [...components];
  const refusals: string[] = [];
  const ask = async (source: Source): Promise<void> => {
    if (left.length === 0) return;
    const answer = await source.find({ ...options, components: left });
    found.push(...answer.found);
    left = left.filter((each) => !answer.found.some(({ component }) => component === each));
    if (answer.refused && left.length > 0) refusals.push(`${source.name}: ${answer.refused}`);
  };
  const quick = options.sources.filter((source) => !source.needsLock);
  const slow = options.sources.filter((source) => source.needsLock);
  for (const source of quick) await ask(source);
  if (left.length === 0 || slow.length === 0) return { left, refusals };
  await withLock(
    join(options.cache, `${components[0]}.lock`),
    async () => {
      // Another process may have built them while this one waited.
      const before = left.length;
      const answer = await cache.find({ ...options, components: left });
      found.push(...answer.found);
      left = left.filter((each) => !answer.found.some(({ component }) => component === each));
      if (left.length < before) options.progress(`found ${components.join(', ')} in the cache now`);
      for (const source of slow) await ask(source);
    },
    ({ pid }) => {
      options.progress(`waiting for process ${pid}, which fetches ${components.join(', ')}`);
    },
  );
  return { left, refusals };
}
