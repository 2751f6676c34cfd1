import { join } from 'node:path';
import { isProgram, run, which } from './command.ts';
import type { Answer, Found, Source } from './source.ts';

/** KUBEBUILDER_ASSETS, the convention of envtest: a folder with etcd, kube-apiserver, kubectl. */
export const assets: Source = {
  name: 'KUBEBUILDER_ASSETS',
  needsLock: false,
  find: async ({ components, env, release }): Promise<Answer> => {
    const folder = env.KUBEBUILDER_ASSETS;
    if (!folder) return { found: [], refused: 'not set' };
    const found: Found[] = [];
    const refusals: string[] = [];
    for (const component of components) {
      const path = join(folder, component);
      if (!isProgram(path)) {
        refusals.push(`${folder} holds no ${component}`);
        continue;
      }
      const fault =
        component === 'etcd'
          ? await oldEtcd(path, release.name)
          : await otherMinor(path, release.name);
      if (fault) refusals.push(fault);
      else found.push({ component, path, source: 'KUBEBUILDER_ASSETS' });
    }
    return refusals.length === 0 ? { found } : { found, refused: refusals.join('; ') };
  },
};

/** An etcd that the system has installed, where it is new enough: see {@link etcdSuits}. */
export const installedEtcd: Source = {
  name: 'the installed etcd',
  needsLock: false,
  find: async ({ components, env, release }): Promise<Answer> => {
    if (!components.includes('etcd')) return { found: [] };
    const path = which('etcd', env, ['/usr/bin', '/usr/local/bin']);
    if (!path) return { found: [], refused: 'there is none in PATH (Debian: etcd-server)' };
    const fault = await oldEtcd(path, release.name);
    if (fault) return { found: [], refused: fault };
    return { found: [{ component: 'etcd', path, source: `${path} of this system` }] };
  },
};

/**
 * Whether an etcd serves an API server. Newer API servers ask for its progress before they answer a
 * watch that names no resource version (KEP-2340, KEP-3157). etcd before 3.4.31 and 3.5.13 does not
 * answer that rightly (etcd-io/etcd#17507), and such a watch ends with "Too large resource version".
 *
 * @param version as etcd says it: `3.4.23`
 * @param release the API server's: `1.36`
 */
export function etcdSuits(version: string, release: string): boolean {
  const [major, minor, patch] = version.split('.').map(Number);
  if (major !== 3 || minor === undefined || patch === undefined || minor < 4) return false;
  const asked = Number(release.split('.')[1]) >= 31;
  return !asked || minor > 5 || patch >= (minor === 4 ? 31 : 13);
}

async function oldEtcd(path: string, release: string): Promise<string | undefined> {
  try {
    const version = /etcd Version: (\d+\.\d+\.\d+)/.exec(await run(path, ['--version']))?.[1];
    if (version !== undefined && etcdSuits(version, release)) return undefined;
    return `${path} is of version ${version}, too old for Kubernetes ${release}`;
  } catch (error) {
    return `${path} does not run: ${(error as Error).message}`;
  }
}

async function otherMinor(path: string, wanted: string): Promise<string | undefined> {
  try {
    const args = path.endsWith('kubectl') ? ['version', '--client'] : ['--version'];
    const version = /v(\d+\.\d+)\.\d+/.exec(await run(path, args))?.[1];
    // The API server, its controllers and the scheduler must be of one minor version.
    return version === wanted ? undefined : `${path} is of Kubernetes ${version}, not ${wanted}`;
  } catch (error) {
    return `${path} does not run: ${(error as Error).message}`;
  }
}
