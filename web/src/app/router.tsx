import { ApiError, type Me } from '@sallyport/contract';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { parseAuditSearch } from '../lib/audit.ts';
import { parseExploreSearch } from '../lib/explore.ts';
import { parseGrantSearch } from '../lib/grants.ts';
import { parseHomeSearch } from '../lib/home.ts';
import { parseKubeconfigSearch } from '../lib/kubeconfigs.ts';
import { parseListSearch } from '../lib/lists.ts';
import { parseLiveSearch } from '../lib/live.ts';
import { parsePartSearch } from '../lib/parts.ts';
import { safeReturnPath } from '../lib/return-path.ts';
import { parseUserSearch } from '../lib/users.ts';
import { queryClient, whenSignedOut } from './client.ts';
import { prefetchHome } from './home-queries.ts';
import { meQuery, publicSettingsQuery } from './session.ts';
import { Shell } from './shell/Shell.tsx';
import { Failure, WholeFailure } from './states/Failure.tsx';
import { Lost } from './states/Lost.tsx';

const rootRoute = createRootRoute({
  component: Outlet,
  errorComponent: WholeFailure,
  notFoundComponent: Lost,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('../pages/setup/SetupPage.tsx'), 'SetupPage'),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/signin',
  validateSearch: parseReturn,
  beforeLoad: async () => {
    const settings = await queryClient.ensureQueryData(publicSettingsQuery);
    if (settings.setupRequired) throw redirect({ to: '/setup' });
  },
  component: lazyRouteComponent(() => import('../pages/signin/SignInPage.tsx'), 'SignInPage'),
});

/** For whoever must have a second factor and has none: the server lets them do nothing else. */
const secondFactorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/second-factor',
  validateSearch: parseReturn,
  beforeLoad: async ({ search }) => {
    const me = await whoIsThere(search.to ?? '/');
    if (!me.secondFactorDue) throw redirect({ to: '/account', replace: true });
  },
  component: lazyRouteComponent(
    () => import('../pages/second-factor/SecondFactorPage.tsx'),
    'SecondFactorPage',
  ),
});

/** Where the provider sends people back to. */
const callbackRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/signin/callback',
  component: lazyRouteComponent(() => import('../pages/signin/CallbackPage.tsx'), 'CallbackPage'),
});

/** Everything behind the sign-in. */
const insideRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'inside',
  beforeLoad: async ({ location: { href } }) => {
    const me = await whoIsThere(href);
    if (me.secondFactorDue)
      throw redirect({ to: '/second-factor', search: returnTo(href), replace: true });
    return { me };
  },
  component: Shell,
});

/** @throws a redirect to the sign-in, and from there back to `href`, where nobody is signed in */
async function whoIsThere(href: string): Promise<Me> {
  try {
    return await queryClient.ensureQueryData(meQuery);
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
    throw redirect({ to: '/signin', search: returnTo(href), replace: true });
  }
}

function parseReturn(search: Readonly<Record<string, unknown>>): { to?: string } {
  return returnTo(String(search.to ?? '/'));
}

function returnTo(href: string): { to?: string } {
  const to = safeReturnPath(href);
  return to === '/' ? {} : { to };
}

const homeRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/',
  errorComponent: Failure,
  validateSearch: parseHomeSearch,
  loaderDeps: ({ search }) => search,
  // Not awaited: the page shows what there is meanwhile.
  loader: ({ deps }) => prefetchHome(deps),
  component: lazyRouteComponent(() => import('../pages/home/HomePage.tsx'), 'HomePage'),
});

const kubeconfigsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/kubeconfigs',
  errorComponent: Failure,
  validateSearch: parseKubeconfigSearch,
  component: lazyRouteComponent(
    () => import('../pages/kubeconfigs/KubeconfigsPage.tsx'),
    'KubeconfigsPage',
  ),
});

const environmentRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/environments/$id',
  errorComponent: Failure,
  validateSearch: parsePartSearch,
  component: lazyRouteComponent(
    () => import('../pages/environment/EnvironmentPage.tsx'),
    'EnvironmentPage',
  ),
});

const accountRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/account',
  errorComponent: Failure,
  component: lazyRouteComponent(() => import('../pages/account/AccountPage.tsx'), 'AccountPage'),
});

/** Pages of admins. The server is what keeps others out; here they are only told. */
const adminRoute = createRoute({
  getParentRoute: () => insideRoute,
  id: 'admin',
  beforeLoad: ({ context }) => {
    if (context.me.role !== 'admin') throw redirect({ to: '/' });
  },
});

const environmentsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/environments',
  errorComponent: Failure,
  validateSearch: parseListSearch,
  component: lazyRouteComponent(
    () => import('../pages/environments/EnvironmentsPage.tsx'),
    'EnvironmentsPage',
  ),
});

const usersRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/users',
  errorComponent: Failure,
  validateSearch: parseUserSearch,
  component: lazyRouteComponent(() => import('../pages/users/UsersPage.tsx'), 'UsersPage'),
});

const userRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/users/$id',
  errorComponent: Failure,
  component: lazyRouteComponent(() => import('../pages/user/UserPage.tsx'), 'UserPage'),
});

const teamsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/teams',
  errorComponent: Failure,
  validateSearch: parseListSearch,
  component: lazyRouteComponent(() => import('../pages/teams/TeamsPage.tsx'), 'TeamsPage'),
});

const rolesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/roles',
  errorComponent: Failure,
  validateSearch: parseListSearch,
  component: lazyRouteComponent(() => import('../pages/roles/RolesPage.tsx'), 'RolesPage'),
});

const roleRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/roles/$id',
  errorComponent: Failure,
  component: lazyRouteComponent(() => import('../pages/roles/RolePage.tsx'), 'RolePage'),
});

const grantsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/grants',
  errorComponent: Failure,
  validateSearch: parseGrantSearch,
  component: lazyRouteComponent(() => import('../pages/grants/GrantsPage.tsx'), 'GrantsPage'),
});

const allKubeconfigsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/all-kubeconfigs',
  errorComponent: Failure,
  validateSearch: parseKubeconfigSearch,
  component: lazyRouteComponent(
    () => import('../pages/kubeconfigs/AllKubeconfigsPage.tsx'),
    'AllKubeconfigsPage',
  ),
});

const accessRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/access',
  errorComponent: Failure,
  validateSearch: parseExploreSearch,
  component: lazyRouteComponent(() => import('../pages/access/AccessPage.tsx'), 'AccessPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/audit',
  errorComponent: Failure,
  validateSearch: parseAuditSearch,
  component: lazyRouteComponent(() => import('../pages/audit/AuditPage.tsx'), 'AuditPage'),
});

const liveRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/live',
  errorComponent: Failure,
  validateSearch: parseLiveSearch,
  component: lazyRouteComponent(() => import('../pages/live/LivePage.tsx'), 'LivePage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/settings',
  errorComponent: Failure,
  component: lazyRouteComponent(() => import('../pages/settings/SettingsPage.tsx'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    setupRoute,
    signInRoute,
    secondFactorRoute,
    callbackRoute,
    insideRoute.addChildren([
      homeRoute,
      kubeconfigsRoute,
      accountRoute,
      environmentRoute,
      adminRoute.addChildren([
        environmentsRoute,
        usersRoute,
        userRoute,
        teamsRoute,
        rolesRoute,
        roleRoute,
        grantsRoute,
        allKubeconfigsRoute,
        accessRoute,
        auditRoute,
        liveRoute,
        settingsRoute,
      ]),
    ]),
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: WholeFailure,
  defaultNotFoundComponent: Lost,
});

/** Fetches the code of the page that is asked for, while the server is asked who is there. */
export function fetchPage(): void {
  const [matched] = router.getMatchedRoutes(router.latestLocation.pathname);
  for (const route of matched) void router.loadRouteChunk(route);
}

whenSignedOut(() => {
  if (router.state.location.pathname === '/signin') return;
  const { href } = router.state.location;
  queryClient.clear();
  void router.navigate({ to: '/signin', search: returnTo(href), replace: true });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
