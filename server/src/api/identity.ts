import type { BulkResult } from '@sallyport/contract';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Users and teams. */
export function identityHandlers({
  users,
  userBulk,
  teams,
}: ApiDependencies): Omit<HandlersOf<'users' | 'teams'>, 'users.removeSecondFactor'> {
  return {
    'users.list': ({ query }) => users.list(query),
    'users.create': (request) => users.create(request.body, personOf(request).by),
    'users.get': ({ params }) => users.get(params.id),
    'users.update': (request) =>
      users.update(request.params.id, request.body, personOf(request).by),
    'users.delete': (request) => users.delete(request.params.id, personOf(request).by),

    'users.bulk': async (request) => {
      const { userId, by } = personOf(request);
      const results = await userBulk(request.body, userId, by);
      const named = (outcome: BulkResult['outcome']) =>
        results.filter((result) => result.outcome === outcome).map(({ name, id }) => name ?? id);
      // Who is deleted is known by name here for the last time.
      const found = { done: named('done'), refused: named('refused') };
      if (request.act) request.act.found = found;
      return { results };
    },

    'teams.list': ({ query }) => teams.list(query),
    'teams.get': ({ params }) => teams.get(params.id),
    'teams.create': ({ body }) => teams.create(body),
    'teams.delete': ({ params }) => teams.delete(params.id),
    'teams.members': ({ params, query }) => teams.members(params.id, query),
    'teams.addMember': ({ params, body }) => teams.addMember(params.id, body.userId),
    'teams.removeMember': ({ params }) => teams.removeMember(params.id, params.userId),
  };
}
