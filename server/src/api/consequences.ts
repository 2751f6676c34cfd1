import type { EnvironmentConsequences, Grant } from '@sallyport/contract';
import type { ApiDependencies } from './dependencies.ts';

const PAGE = 1000;

/**
 * Says what would end with an environment.
 *
 * @throws environment.not_found
 */
export async function consequencesOf(
  { environments, grants, users, kubeconfigs }: ApiDependencies,
  id: number,
): Promise<EnvironmentConsequences> {
  await environments.get(id, { access: undefined, showServer: false });
  const covering: Grant[] = [];
  for (;;) {
    const page = await grants.list({ environmentId: id, limit: PAGE, offset: covering.length });
    covering.push(...page.items);
    if (page.items.length === 0 || covering.length >= page.total) break;
  }
  const now = Date.now();
  const inForce = covering.filter(
    ({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > now,
  );
  const live = await kubeconfigs.list({ environmentId: id, state: 'active', limit: 1, offset: 0 });
  return {
    grants: covering.length,
    grantsEnded: covering.filter(
      ({ environmentIds, environmentSelector, allEnvironments }) =>
        // One that chooses by label stays, and may mean another later.
        environmentIds.length === 1 && environmentSelector === null && !allEnvironments,
    ).length,
    people: await users.countReached(inForce),
    kubeconfigs: live.total,
  };
}
