import { randomUUID } from 'node:crypto';
import type { Lab } from '@sallyport/lab';
import { openTestRegistry, silent } from '../environments/testing.ts';
import type { Store } from '../store/store.ts';
import { createGrants } from './grants.ts';
import { createReconciler } from './rbac/reconciler.ts';

/** How often the reconcilers of tests look: often, since tests wait for it. */
export const INTERVAL_MS = 300;

/** Makes a user. @returns the id */
export async function addUser(store: Store, username: string): Promise<number> {
  return store.write(async (tx, changed) => {
    changed('users');
    const row = await tx
      .insertInto('users')
      .values({
        uid: randomUUID(),
        username,
        username_key: username.toLowerCase(),
        password_hash: null,
        role: 'user',
        disabled: 0,
        created_at: 0,
        updated_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  });
}

/** Makes a team with these members. @returns the id */
export async function addTeam(store: Store, name: string, members: number[]): Promise<number> {
  return store.write(async (tx, changed) => {
    changed('teams');
    const { id } = await tx
      .insertInto('teams')
      .values({ name, name_key: name.toLowerCase(), created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const user of members) {
      await tx
        .insertInto('team_members')
        .values({ team_id: id, user_id: user, created_at: 0 })
        .execute();
    }
    return id;
  });
}

/** Makes an environment that is only a row: nothing reaches its cluster. @returns the id */
export async function addEnvironment(
  store: Store,
  name: string,
  rbac: 'managed' | 'external' = 'managed',
): Promise<number> {
  return store.write(async (tx, changed) => {
    changed('environments');
    const { id } = await tx
      .insertInto('environments')
      .values({
        name,
        name_key: name.toLowerCase(),
        labels: '{}',
        rbac,
        server: 'https://192.0.2.1',
        credential: 'none',
        state: 'unknown',
        created_at: 0,
        updated_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  });
}

/** A Sallyport as far as clusters see it: registry, grants and reconciler, with one user. */
export async function openTestSallyport() {
  const instanceId = randomUUID();
  const registry = await openTestRegistry((id) => reconciler.release(id));
  const { store, environments } = registry;
  const reconciler = createReconciler({
    store,
    kube: environments.kube,
    instanceId,
    logger: silent,
    intervalMs: INTERVAL_MS,
  });
  reconciler.start();
  const grants = createGrants({ store, reconciler });
  const userId = await addUser(store, 'dana');
  return {
    store,
    environments,
    reconciler,
    grants,
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
      await registry.close();
    },
  };
}
export type TestSallyport = Awaited<ReturnType<typeof openTestSallyport>>;
