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
        component === 'etcd' ? await oldEtcd(path) : await otherMinor(path, release.name);
      if (fault) refusals.push(fault);
      else found.push({ component, path, source: 'KUBEBUILDER_ASSETS' });
    }
    return refusals.length === 0 ? { found } : { found, refused: refusals.join('; ') };
  },
};

/** An etcd that the system has installed, from 3.4 on (the oldest seen working with 1.36). */
export const installedEtcd: Source = {
  name: 'the installed etcd',
  needsLock: false,
  find: async ({ components, env }): Promise<Answer> => {
    if (!components.includes('etcd')) return { found: [] };
    const path = which('etcd', env, ['/usr/bin', '/usr/local/bin']);
    if (!path) return { found: [], refused: 'there is none in PATH (Debian: etcd-server)' };
    const fault = await oldEtcd(path);
    if (fault) return { found: [], refused: fault };
    return { found: [{ component: 'etcd', path, source: `${path} of this system` }] };
  },
};

async function oldEtcd(path: string): Promise<string | undefined> {
  try {
    const [, major, minor] =
      /etcd Version: (\d+)\.(\d+)/.exec(await run(path, ['--version'])) ?? [];
    if (Number(major) === 3 && Number(minor) >= 4) return undefined;
    return `${path} is of version ${major}.${minor}; from 3.4 on is needed`;
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
