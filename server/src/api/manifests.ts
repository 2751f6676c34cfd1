import { namedIdentities } from '../access/rbac/named.ts';
import { ownersManifests } from '../access/rbac/ownersManifests.ts';
import { onboardingCommand } from '../environments/onboarding.ts';
import { serviceAccountManifest } from '../environments/serviceAccount.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** Manifests for the owners of clusters. */
export function manifestHandlers({
  store,
  environments,
  namespaces,
}: Pick<ApiDependencies, 'store' | 'environments' | 'namespaces'>): HandlersOf<'manifests'> {
  return {
    'manifests.onboarding': async ({ query }) => {
      const { rbac, customRoles, impersonation, named, environmentId } = query;
      const options = {
        ...{ rbac, customRoles },
        named: named
          ? await namedIdentities(store, environmentId, Date.now(), namespaces.matching)
          : undefined,
      };
      return {
        manifest: serviceAccountManifest({
          ...options,
          // A manifest cannot try what a cluster has; this serves all of them.
          impersonation: impersonation === 'auto' ? 'full' : impersonation,
        }),
        command: onboardingCommand({ ...options, impersonation }),
      };
    },
    'manifests.download': async ({ params }, reply) => {
      const { id, name } = await environments.get(params.id, {
        access: undefined,
        showServer: false,
      });
      reply.header('content-disposition', `attachment; filename="sallyport-grants-${id}.yaml"`);
      reply.type('application/yaml');
      return ownersManifests(store, { id, name }, Date.now());
    },
  };
}
