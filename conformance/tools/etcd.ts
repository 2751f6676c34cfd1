import { join } from 'node:path';
import { isProgram } from '../../lab/src/binaries/command.ts';
import { goModules } from '../../lab/src/binaries/gomod.ts';
import { withLock } from '../../lab/src/lock.ts';
import { ETCD, release } from '../../lab/src/pins.ts';
import { cacheRoot } from './cache.ts';

/**
 * Gives the labs of this process an etcd of the version that they pin, by the variable that they look
 * at first. From 1.36 on the API server asks etcd for its progress before it answers a watch without
 * a resource version, as stern's; etcd before 3.4.31 and 3.5.13 does not answer that rightly
 * (etcd-io/etcd#17507), so with Debian's such a watch ends with "Too large resource version" and
 * nothing that uses one could be judged. Where none can be built, the lab's own choice stays.
 */
export async function offerEtcd(onProgress: (line: string) => void): Promise<void> {
  if (process.env.KUBEBUILDER_ASSETS) return;
  const cache = join(cacheRoot(), `etcd-${ETCD.version}`);
  const folder = join(cache, 'bin');
  await withLock(`${cache}.lock`, async () => {
    if (isProgram(join(folder, 'etcd'))) return;
    const answer = await goModules.find({
      release: release('1.36'),
      components: ['etcd'],
      cache,
      progress: onProgress,
      env: process.env,
    });
    if (answer.refused) onProgress(`no etcd ${ETCD.version}: ${answer.refused}`);
  });
  if (isProgram(join(folder, 'etcd'))) process.env.KUBEBUILDER_ASSETS = folder;
}
