import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Roles and grants. */
export function accessHandlers({ roles, grants }: ApiDependencies): HandlersOf<'roles' | 'grants'> {
  return {
    'roles.list': ({ query }) => roles.list(query),
    'grants.list': ({ query }) => grants.list(query),
    'grants.create': (request) => grants.create(request.body, personOf(request).userId),
    'grants.delete': ({ params }) => grants.delete(params.id),
  };
}
