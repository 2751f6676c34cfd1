import { auditRoutes } from './routes/audit.ts';
import { environmentsRoutes } from './routes/environments.ts';
import { explorerRoutes } from './routes/explorer.ts';
import { grantsRoutes } from './routes/grants.ts';
import { identityRoutes } from './routes/identity.ts';
import { kubeconfigsRoutes } from './routes/kubeconfigs.ts';
import { manifestsRoutes } from './routes/manifests.ts';
import { providerRoutes } from './routes/provider.ts';
import { rolesRoutes } from './routes/roles.ts';
import { secondFactorRoutes } from './routes/secondFactor.ts';
import { settingsRoutes } from './routes/settings.ts';
import { streamsRoutes } from './routes/streams.ts';

export type { Route, RouteAccess } from './routes/route.ts';

/** Every route of the REST API. The proxy, `/healthz` and the page's own files stand outside it. */
export const routes = {
  ...identityRoutes,
  ...secondFactorRoutes,
  ...providerRoutes,
  ...environmentsRoutes,
  ...manifestsRoutes,
  ...rolesRoutes,
  ...grantsRoutes,
  ...explorerRoutes,
  ...kubeconfigsRoutes,
  ...auditRoutes,
  ...settingsRoutes,
  ...streamsRoutes,
};

export type Routes = typeof routes;
export type RouteName = keyof Routes;
