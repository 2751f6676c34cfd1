import { z } from 'zod';
import { Grant, GrantCreate, Role } from './access.ts';
import { AuditExportQuery, AuditPage, AuditQuery, AuditTail, AuditTailQuery } from './audit.ts';
import { Id, IdParam, ListQuery, listOf, TimeInput } from './common.ts';
import {
  CheckedEnvironment,
  Environment,
  EnvironmentCheck,
  EnvironmentCreate,
  EnvironmentPatch,
} from './environments.ts';
import {
  ApiToken,
  Credentials,
  PasswordChange,
  SetupRequest,
  Team,
  TeamCreate,
  TeamMember,
  TeamMemberAdd,
  User,
  UserCreate,
  UserPatch,
} from './identity.ts';
import { Kubeconfig, KubeconfigCreate } from './kubeconfigs.ts';
import { PublicSettings, Settings, SettingsPatch, SystemStatus } from './settings.ts';

/** Who may call a route: anybody, anybody signed in, or Sallyport's admins. */
export type RouteAccess = 'public' | 'user' | 'admin';

/** One route of the REST API: what it takes and gives, in one place for server, page and docs. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly access: RouteAccess;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The success status; 200 where absent. */
  readonly status?: 201 | 204;
  /** Absent with 204, and where the answer is a file. */
  readonly response?: z.ZodType;
  /** Set where the answer is a file, not JSON. */
  readonly file?: true;
}

const define = <const T extends Record<string, Route>>(table: T): T => table;

/** Every route of the REST API. The proxy, `/healthz` and the page's own files stand outside it. */
export const routes = define({
  'setup.complete': {
    method: 'POST',
    path: '/api/setup',
    access: 'public',
    status: 201,
    summary: 'Make the first admin, with the one-time token that the first start printed',
    body: SetupRequest,
    response: User,
  },
  'auth.login': {
    method: 'POST',
    path: '/api/auth/login',
    access: 'public',
    summary: 'Sign in; sets the session cookie',
    body: Credentials,
    response: User,
  },
  'auth.logout': {
    method: 'POST',
    path: '/api/auth/logout',
    access: 'public',
    status: 204,
    summary: 'Sign out; ends the session of the cookie',
  },
  'auth.me': {
    method: 'GET',
    path: '/api/auth/me',
    access: 'user',
    summary: 'Who is signed in',
    response: User,
  },
  'auth.password': {
    method: 'POST',
    path: '/api/auth/password',
    access: 'user',
    status: 204,
    summary: 'Change my password; ends my other sessions',
    body: PasswordChange,
  },

  'users.list': {
    method: 'GET',
    path: '/api/users',
    access: 'admin',
    summary: 'List users',
    query: ListQuery,
    response: listOf(User),
  },
  'users.create': {
    method: 'POST',
    path: '/api/users',
    access: 'admin',
    status: 201,
    summary: 'Add a user',
    body: UserCreate,
    response: User,
  },
  'users.get': {
    method: 'GET',
    path: '/api/users/:id',
    access: 'admin',
    summary: 'One user',
    params: IdParam,
    response: User,
  },
  'users.update': {
    method: 'PATCH',
    path: '/api/users/:id',
    access: 'admin',
    summary: 'Change a user: role, disabled, password',
    params: IdParam,
    body: UserPatch,
    response: User,
  },
  'users.delete': {
    method: 'DELETE',
    path: '/api/users/:id',
    access: 'admin',
    status: 204,
    summary: 'Remove a user with their grants and kubeconfigs',
    params: IdParam,
  },

  'teams.list': {
    method: 'GET',
    path: '/api/teams',
    access: 'admin',
    summary: 'List teams',
    query: ListQuery,
    response: listOf(Team),
  },
  'teams.create': {
    method: 'POST',
    path: '/api/teams',
    access: 'admin',
    status: 201,
    summary: 'Add a team',
    body: TeamCreate,
    response: Team,
  },
  'teams.delete': {
    method: 'DELETE',
    path: '/api/teams/:id',
    access: 'admin',
    status: 204,
    summary: 'Remove a team with its grants',
    params: IdParam,
  },
  'teams.members': {
    method: 'GET',
    path: '/api/teams/:id/members',
    access: 'admin',
    summary: 'The members of a team',
    params: IdParam,
    query: ListQuery,
    response: listOf(TeamMember),
  },
  'teams.addMember': {
    method: 'POST',
    path: '/api/teams/:id/members',
    access: 'admin',
    status: 201,
    summary: 'Add a user to a team',
    params: IdParam,
    body: TeamMemberAdd,
    response: TeamMember,
  },
  'teams.removeMember': {
    method: 'DELETE',
    path: '/api/teams/:id/members/:userId',
    access: 'admin',
    status: 204,
    summary: 'Take a user out of a team',
    params: z.strictObject({ id: z.coerce.number().pipe(Id), userId: z.coerce.number().pipe(Id) }),
  },

  'environments.list': {
    method: 'GET',
    path: '/api/environments',
    access: 'user',
    summary: 'The environments the caller may enter; admins see all unless accessible=true',
    query: ListQuery.extend({ accessible: z.stringbool().optional() }),
    response: listOf(Environment),
  },
  'environments.create': {
    method: 'POST',
    path: '/api/environments',
    access: 'admin',
    status: 201,
    summary: 'Register a cluster; the connection is tested first',
    body: EnvironmentCreate,
    response: CheckedEnvironment,
  },
  'environments.get': {
    method: 'GET',
    path: '/api/environments/:id',
    access: 'user',
    summary: 'One environment',
    params: IdParam,
    response: Environment,
  },
  'environments.update': {
    method: 'PATCH',
    path: '/api/environments/:id',
    access: 'admin',
    summary: 'Rename, label, change the RBAC mode, or replace the credential',
    params: IdParam,
    body: EnvironmentPatch,
    response: CheckedEnvironment,
  },
  'environments.delete': {
    method: 'DELETE',
    path: '/api/environments/:id',
    access: 'admin',
    status: 204,
    summary: 'Remove an environment, its grants, and what Sallyport made in the cluster',
    params: IdParam,
  },
  'environments.check': {
    method: 'POST',
    path: '/api/environments/:id/check',
    access: 'admin',
    summary: 'Test the connection and what the credential may do',
    params: IdParam,
    response: EnvironmentCheck,
  },

  'roles.list': {
    method: 'GET',
    path: '/api/roles',
    access: 'user',
    summary: 'List roles',
    query: ListQuery,
    response: listOf(Role),
  },
  'grants.list': {
    method: 'GET',
    path: '/api/grants',
    access: 'admin',
    summary: 'List grants',
    query: ListQuery.extend({
      userId: z.coerce.number().pipe(Id).optional(),
      teamId: z.coerce.number().pipe(Id).optional(),
      environmentId: z.coerce.number().pipe(Id).optional(),
    }),
    response: listOf(Grant),
  },
  'grants.create': {
    method: 'POST',
    path: '/api/grants',
    access: 'admin',
    status: 201,
    summary: 'Grant a role; answers once the clusters have the bindings',
    body: GrantCreate,
    response: Grant,
  },
  'grants.delete': {
    method: 'DELETE',
    path: '/api/grants/:id',
    access: 'admin',
    status: 204,
    summary: 'End a grant',
    params: IdParam,
  },

  'kubeconfigs.list': {
    method: 'GET',
    path: '/api/kubeconfigs',
    access: 'user',
    summary: 'My kubeconfigs; for admins, those of userId',
    query: ListQuery.extend({ userId: z.coerce.number().pipe(Id).optional() }),
    response: listOf(Kubeconfig),
  },
  'kubeconfigs.create': {
    method: 'POST',
    path: '/api/kubeconfigs',
    access: 'user',
    status: 201,
    file: true,
    summary: 'Issue a kubeconfig and download it',
    body: KubeconfigCreate,
  },
  'kubeconfigs.download': {
    method: 'GET',
    path: '/api/kubernetes/config',
    access: 'user',
    file: true,
    summary: 'Issue a kubeconfig for ids (all that the caller may enter where absent)',
    query: z.strictObject({ ids: z.union([z.string(), z.array(z.string())]).optional() }),
  },
  'kubeconfigs.revoke': {
    method: 'DELETE',
    path: '/api/kubeconfigs/:id',
    access: 'user',
    status: 204,
    summary: 'Revoke a kubeconfig: mine, or for admins anyone’s',
    params: IdParam,
  },

  'tokens.list': {
    method: 'GET',
    path: '/api/tokens',
    access: 'user',
    summary: 'My API tokens',
    query: ListQuery,
    response: listOf(ApiToken),
  },
  'tokens.create': {
    method: 'POST',
    path: '/api/tokens',
    access: 'user',
    status: 201,
    summary: 'Make an API token; its secret is in this answer only',
    body: z.strictObject({
      name: z.string().trim().min(1).max(100),
      expiresAt: TimeInput.nullable().optional(),
    }),
    response: ApiToken.extend({ token: z.string() }),
  },
  'tokens.delete': {
    method: 'DELETE',
    path: '/api/tokens/:id',
    access: 'user',
    status: 204,
    summary: 'Revoke one of my API tokens',
    params: IdParam,
  },

  'audit.list': {
    method: 'GET',
    path: '/api/audit',
    access: 'admin',
    summary: 'Who did what: the audit log, newest first',
    query: AuditQuery,
    response: AuditPage,
  },
  'audit.tail': {
    method: 'GET',
    path: '/api/audit/tail',
    access: 'admin',
    summary: 'What is written after a cursor; waits up to 25 s for something to come',
    query: AuditTailQuery,
    response: AuditTail,
  },
  'audit.export': {
    method: 'GET',
    path: '/api/audit/export',
    access: 'admin',
    file: true,
    summary: 'The audit log as JSON lines (audit.k8s.io/v1 Events) or CSV, newest first',
    query: AuditExportQuery,
  },

  'settings.get': {
    method: 'GET',
    path: '/api/settings',
    access: 'admin',
    summary: 'Settings',
    response: Settings,
  },
  'settings.update': {
    method: 'PUT',
    path: '/api/settings',
    access: 'admin',
    summary: 'Change settings; those not named stay',
    body: SettingsPatch,
    response: Settings,
  },
  'settings.public': {
    method: 'GET',
    path: '/api/settings/public',
    access: 'public',
    summary: 'What a page needs before sign-in',
    response: PublicSettings,
  },
  'system.status': {
    method: 'GET',
    path: '/api/system/status',
    access: 'public',
    summary: 'Version and state',
    response: SystemStatus,
  },
});

export type Routes = typeof routes;
export type RouteName = keyof Routes;
