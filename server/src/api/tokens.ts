import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf, whose } from './request.ts';
import type { HandlersOf } from './route.ts';

/** API tokens: a person's own, and for admins those of others to see and to revoke. */
export function tokenHandlers({ apiTokens }: ApiDependencies): HandlersOf<'tokens'> {
  return {
    'tokens.list': (request) =>
      apiTokens.list(whose(personOf(request), request.query.userId), request.query),

    'tokens.create': async (request) => {
      const { userId, by } = personOf(request);
      // A token that makes tokens would outlive its own expiry.
      if (by !== 'session') throw fail('auth.session_only');
      return apiTokens.create(userId, request.body);
    },

    'tokens.delete': (request) => {
      const { userId, admin } = personOf(request);
      return apiTokens.delete(admin ? undefined : userId, request.params.id);
    },
  };
}
