import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** A person's own API tokens. */
export function tokenHandlers({ apiTokens }: ApiDependencies): HandlersOf<'tokens'> {
  return {
    'tokens.list': (request) => apiTokens.list(personOf(request).userId, request.query),

    'tokens.create': async (request) => {
      const { userId, by } = personOf(request);
      // A token that makes tokens would outlive its own expiry.
      if (by !== 'session') throw fail('auth.session_only');
      return apiTokens.create(userId, request.body);
    },

    'tokens.delete': (request) => apiTokens.delete(personOf(request).userId, request.params.id),
  };
}
