import { ListQuery, listOf } from '../common.ts';
import { Role } from '../roles.ts';
import { define } from './route.ts';

/** Roles. */
export const rolesRoutes = define({
  'roles.list': {
    method: 'GET',
    path: '/api/roles',
    access: 'user',
    summary: 'List roles',
    query: ListQuery,
    response: listOf(Role),
  },
});
