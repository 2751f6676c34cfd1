import { z } from 'zod';
import { Id, IdParam, ListQuery, listOf } from '../common.ts';
import {
  CheckedEnvironment,
  Environment,
  EnvironmentCheck,
  EnvironmentConsequences,
  EnvironmentCreate,
  EnvironmentPatch,
  EnvironmentSort,
  EnvironmentState,
  EnvironmentSummary,
  HealthHistory,
  HealthRange,
} from '../environments.ts';
import { Selector } from '../grants.ts';
import { define } from './route.ts';

/** Which environments are meant; a list, its names and a search all take the same. */
const which = {
  accessible: z
    .stringbool()
    .optional()
    .describe('true: only those one may enter, for admins too; for others it is always so'),
  q: ListQuery.shape.q.describe('Words, each of which occurs in the name or in a label'),
  state: EnvironmentState.optional(),
  labels: Selector('leave it out').optional().describe('A label selector, as kubectl -l takes it'),
  sort: EnvironmentSort.default('name'),
};

/** Environments. */
export const environmentsRoutes = define({
  'environments.list': {
    method: 'GET',
    path: '/api/environments',
    access: 'user',
    summary: 'The environments the caller may enter; admins see all unless accessible=true',
    query: ListQuery.extend(which),
    response: listOf(Environment),
  },
  'environments.names': {
    method: 'GET',
    path: '/api/environments/names',
    access: 'user',
    summary: 'Id and name of every environment that matches, on one page',
    query: z.strictObject(which),
    response: listOf(z.object({ id: Id, name: z.string() })),
  },
  'environments.summary': {
    method: 'GET',
    path: '/api/environments/summary',
    access: 'user',
    summary: 'How many environments there are, by state and by label',
    query: z.strictObject({ accessible: which.accessible }),
    response: EnvironmentSummary,
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
  'environments.health': {
    method: 'GET',
    path: '/api/environments/:id/health',
    access: 'user',
    summary: 'Up, down and latency of one environment over time',
    params: IdParam,
    query: z.strictObject({ range: HealthRange.default('24h') }),
    response: HealthHistory,
  },
  'environments.consequences': {
    method: 'GET',
    path: '/api/environments/:id/consequences',
    access: 'admin',
    summary: 'What ends where an environment is removed',
    params: IdParam,
    response: EnvironmentConsequences,
  },
});
