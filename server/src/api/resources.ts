import { createDiscovery } from '../environments/discovery.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** What clusters know, for those who write rules. */
export function resourceHandlers({
  environments,
}: Pick<ApiDependencies, 'environments'>): HandlersOf<'resources'> {
  const discovery = createDiscovery({ kube: environments.kube });
  return {
    'resources.list': async ({ params }) => ({ items: await discovery.resources(params.id) }),
  };
}
