import { randomUUID } from 'node:crypto';
import type { Lab } from '@sallyport/lab';
import { openTestRegistry, silent } from '../environments/testing.ts';
import { addUser } from '../store/testRows.ts';
import { createGrants } from './grants.ts';
import { createNamespaces } from './namespaces.ts';
import { createReconciler } from './rbac/reconciler.ts';

/** How often the reconcilers of tests look: often, since tests wait for it. */
export const INTERVAL_MS = 300;

/** A Sallyport as far as clusters see it: registry, grants and reconciler, with one user. */
export async function openTestSallyport() {
  const instanceId = randomUUID();
  const registry = await openTestRegistry((id) => reconciler.release(id));
  const { store, environments } = registry;
  const { kube } = environments;
  const namespaces = createNamespaces({ store, kube, logger: silent });
  namespaces.start();
  const reconciler = createReconciler({
    store,
    kube,
    namespaces,
    instanceId,
    logger: silent,
    intervalMs: INTERVAL_MS,
  });
  reconciler.start();
  const grants = createGrants({ store, reconciler, namespaces, kube });
  const userId = await addUser(store, 'dana');
  return {
    store,
    environments,
    reconciler,
    grants,
    namespaces,
    instanceId,
    userId,
    /** Registers a lab. @returns the environment's id */
    async register(
      lab: Lab,
      rbac: 'managed' | 'external' = 'managed',
      kubeconfig = lab.adminKubeconfig,
    ): Promise<number> {
      const name = `env ${randomUUID()}`;
      return (await environments.create({ name, labels: {}, rbac, kubeconfig })).id;
    },
    async close() {
      await reconciler.stop();
      await namespaces.stop();
      await registry.close();
    },
  };
}
export type TestSallyport = Awaited<ReturnType<typeof openTestSallyport>>;
