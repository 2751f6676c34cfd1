import { z } from 'zod';
import { Grant, GrantCreate } from '../access.ts';
import { Id, IdParam, ListQuery, listOf } from '../common.ts';
import { define } from './route.ts';

/** Grants. */
export const accessRoutes = define({
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
});
