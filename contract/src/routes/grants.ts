import { z } from 'zod';
import { Id, IdParam, ListQuery, listOf } from '../common.ts';
import {
  EnvironmentSelector,
  Grant,
  GrantCreate,
  GrantPatch,
  GrantPreview,
  GrantsEnd,
  GrantsEnded,
  NamespaceSelector,
} from '../grants.ts';
import { define } from './route.ts';

const QueryId = z.coerce.number().pipe(Id);

/** Grants. */
export const grantsRoutes = define({
  'grants.list': {
    method: 'GET',
    path: '/api/grants',
    access: 'admin',
    summary: 'List grants, those that have ended included',
    query: ListQuery.extend({
      userId: QueryId.optional(),
      teamId: QueryId.optional(),
      environmentId: QueryId.optional().describe('Those that reach it now'),
      roleId: QueryId.optional(),
      state: z.enum(['active', 'ended', 'ending']).optional().describe('ending: within 7 days'),
      reach: z.coerce
        .number()
        .int()
        .min(0)
        .max(1000)
        .optional()
        .describe(
          'Of how many environments each grant tells, the one that is asked by and those where something is pending first; absent: all',
        ),
    }),
    response: listOf(Grant),
  },
  'grants.preview': {
    method: 'GET',
    path: '/api/grants/preview',
    access: 'admin',
    summary: 'Which environments, namespaces and people a grant would reach now',
    query: z
      .strictObject({
        userId: QueryId.optional(),
        teamId: QueryId.optional(),
        environmentIds: z
          .string()
          .max(12_000)
          .transform((text) => text.split(',').map(Number))
          .pipe(z.array(Id).min(1).max(1000))
          .optional()
          .describe('Separated by commas'),
        environmentSelector: EnvironmentSelector.optional(),
        allEnvironments: z.stringbool().optional(),
        namespaceSelector: NamespaceSelector.optional(),
      })
      .refine(
        (q) =>
          [q.environmentIds, q.environmentSelector, q.allEnvironments || undefined].filter(
            (value) => value !== undefined,
          ).length === 1,
        {
          message: 'needs one of environmentIds, environmentSelector or allEnvironments=true',
          path: ['environmentIds'],
        },
      ),
    response: GrantPreview,
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
  'grants.get': {
    method: 'GET',
    path: '/api/grants/:id',
    access: 'admin',
    summary: 'One grant',
    params: IdParam,
    response: Grant,
  },
  'grants.update': {
    method: 'PATCH',
    path: '/api/grants/:id',
    access: 'admin',
    summary: 'Change the note or the end of a grant',
    params: IdParam,
    body: GrantPatch,
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
  'grants.end': {
    method: 'POST',
    path: '/api/grants/end',
    access: 'admin',
    summary: 'End several grants',
    body: GrantsEnd,
    response: GrantsEnded,
  },
});
