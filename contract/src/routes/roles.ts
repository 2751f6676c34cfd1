import { z } from 'zod';
import { IdParam, ListQuery, listOf } from '../common.ts';
import {
  ClusterResource,
  Role,
  RoleConsequences,
  RoleCreate,
  RoleDraft,
  RolePatch,
  RolePreview,
} from '../roles.ts';
import { define } from './route.ts';

/** Roles. */
export const rolesRoutes = define({
  'roles.list': {
    method: 'GET',
    path: '/api/roles',
    access: 'user',
    summary: 'List roles, the built-in ones first',
    query: ListQuery,
    response: listOf(Role),
  },
  'roles.get': {
    method: 'GET',
    path: '/api/roles/:id',
    access: 'user',
    summary: 'One role',
    params: IdParam,
    response: Role,
  },
  'roles.create': {
    method: 'POST',
    path: '/api/roles',
    access: 'admin',
    status: 201,
    summary: 'Make a role of RBAC rules',
    body: RoleCreate,
    response: Role,
  },
  'roles.update': {
    method: 'PATCH',
    path: '/api/roles/:id',
    access: 'admin',
    summary: 'Change a custom role; what it takes away is gone with the next request',
    params: IdParam,
    body: RolePatch,
    response: Role,
  },
  'roles.delete': {
    method: 'DELETE',
    path: '/api/roles/:id',
    access: 'admin',
    status: 204,
    summary: 'Remove a custom role; refused while grants name it, unless they are to end',
    params: IdParam,
    query: z.strictObject({ endGrants: z.stringbool().default(false) }),
  },
  'roles.consequences': {
    method: 'GET',
    path: '/api/roles/:id/consequences',
    access: 'admin',
    summary: 'Whom and what a change of the role would touch',
    params: IdParam,
    response: RoleConsequences,
  },
  'roles.preview': {
    method: 'POST',
    path: '/api/roles/preview',
    access: 'admin',
    summary: 'The ClusterRole that rules become, what is wrong with them and what to mind',
    body: RoleDraft,
    response: RolePreview,
    readOnly: true,
  },
  'resources.list': {
    method: 'GET',
    path: '/api/environments/:id/resources',
    access: 'admin',
    summary: "The kinds of objects that an environment's cluster knows",
    params: IdParam,
    response: z.object({ items: z.array(ClusterResource) }),
  },
});
