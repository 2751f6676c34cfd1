import { z } from 'zod';
import { Id, IdParam, ListQuery, listOf, TimeInput } from '../common.ts';
import {
  ApiToken,
  BulkResult,
  Credentials,
  PasswordChange,
  Session,
  SetupRequest,
  Team,
  TeamCreate,
  TeamMember,
  TeamMemberAdd,
  User,
  UserBulk,
  UserCreate,
  UserPatch,
  UserRole,
} from '../identity.ts';
import { Me } from '../secondFactor.ts';
import { define } from './route.ts';

/** Whose: one's own where it is absent; that of others is for admins. */
const Whose = z.strictObject({ userId: z.coerce.number().pipe(Id).optional() });

const NOT_BY_TOKEN =
  'An API token can neither make an admin, change one, nor set a password (`user.session_only`).';

/** Set-up, sign-in, users, teams and API tokens. */
export const identityRoutes = define({
  'setup.complete': {
    method: 'POST',
    path: '/api/setup',
    access: 'public',
    status: 201,
    summary: 'Make the first admin, with the one-time token that the first start printed',
    body: SetupRequest,
    response: Me,
  },
  'auth.login': {
    method: 'POST',
    path: '/api/auth/login',
    access: 'public',
    summary: 'Sign in; sets the session cookie, or asks for a code (auth.code_needed)',
    body: Credentials,
    response: Me,
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
    whileDue: true,
    summary: 'Who is signed in',
    response: Me,
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
    query: ListQuery.extend({
      role: UserRole.optional(),
      disabled: z.stringbool().optional(),
      secondFactor: z.stringbool().optional().describe('Only those who have one, or have none'),
      teamId: z.coerce.number().pipe(Id).optional(),
      notInTeamId: z.coerce
        .number()
        .pipe(Id)
        .optional()
        .describe('Only those who are not members of this team'),
    }),
    response: listOf(User),
  },
  'users.create': {
    method: 'POST',
    path: '/api/users',
    access: 'admin',
    status: 201,
    summary: 'Add a user',
    description: 'With an API token no admin (`user.session_only`).',
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
    description: NOT_BY_TOKEN,
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
    description: 'With an API token no admin (`user.session_only`).',
    params: IdParam,
  },
  'users.bulk': {
    method: 'POST',
    path: '/api/users/bulk',
    access: 'admin',
    summary: 'Do one thing to several users; answers what became of each',
    description: 'With an API token admins are neither disabled, enabled nor deleted.',
    body: UserBulk,
    response: z.object({ results: z.array(BulkResult) }),
  },
  'sessions.list': {
    method: 'GET',
    path: '/api/sessions',
    access: 'user',
    summary: 'My sign-ins; for admins, those of userId',
    query: Whose.extend(ListQuery.omit({ q: true }).shape),
    response: listOf(Session),
  },
  'sessions.end': {
    method: 'DELETE',
    path: '/api/sessions/:id',
    access: 'user',
    status: 204,
    summary: 'End a sign-in: mine, or for admins anyone’s',
    params: IdParam,
  },
  'sessions.endAll': {
    method: 'DELETE',
    path: '/api/sessions',
    access: 'user',
    summary: 'End all my sign-ins but the one that asks; for admins, those of userId',
    query: Whose,
    response: z.object({ ended: z.int().min(0) }),
  },
  'teams.list': {
    method: 'GET',
    path: '/api/teams',
    access: 'admin',
    summary: 'List teams',
    query: ListQuery.extend({
      withoutUserId: z.coerce
        .number()
        .pipe(Id)
        .optional()
        .describe('Only those of which this user is not a member'),
    }),
    response: listOf(Team),
  },
  'teams.get': {
    method: 'GET',
    path: '/api/teams/:id',
    access: 'admin',
    summary: 'One team',
    params: IdParam,
    response: Team,
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
  'tokens.list': {
    method: 'GET',
    path: '/api/tokens',
    access: 'user',
    summary: 'My API tokens; for admins, those of userId',
    query: ListQuery.extend(Whose.shape),
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
    summary: 'Revoke an API token: mine, or for admins anyone’s',
    params: IdParam,
  },
});
