import type { Store } from '../store/store.ts';

/**
 * Counts the kubeconfigs that name an environment and still work.
 *
 * @param now epoch milliseconds
 */
export async function liveKubeconfigs(
  { db }: Pick<Store, 'db'>,
  environmentId: number,
  now = Date.now(),
): Promise<number> {
  const { count } = await db
    .selectFrom('kubeconfig_environments')
    .innerJoin('kubeconfigs', 'kubeconfigs.id', 'kubeconfig_environments.kubeconfig_id')
    .where('kubeconfig_environments.environment_id', '=', environmentId)
    .where('kubeconfigs.revoked_at', 'is', null)
    .where(({ or, eb }) =>
      or([eb('kubeconfigs.expires_at', 'is', null), eb('kubeconfigs.expires_at', '>', now)]),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}
