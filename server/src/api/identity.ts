import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** Users and teams. */
export function identityHandlers({ users, teams }: ApiDependencies): HandlersOf<'users' | 'teams'> {
  return {
    'users.list': ({ query }) => users.list(query),
    'users.create': ({ body }) => users.create(body),
    'users.get': ({ params }) => users.get(params.id),
    'users.update': ({ params, body }) => users.update(params.id, body),
    'users.delete': ({ params }) => users.delete(params.id),

    'teams.list': ({ query }) => teams.list(query),
    'teams.create': ({ body }) => teams.create(body),
    'teams.delete': ({ params }) => teams.delete(params.id),
    'teams.members': ({ params, query }) => teams.members(params.id, query),
    'teams.addMember': ({ params, body }) => teams.addMember(params.id, body.userId),
    'teams.removeMember': ({ params }) => teams.removeMember(params.id, params.userId),
  };
}
