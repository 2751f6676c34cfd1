import type { ApiDependencies } from './dependencies.ts';
import { personOf, whose } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Sign-ins: a person's own, and for admins those of others to see and to end. */
export function sessionHandlers({ sessions, users }: ApiDependencies): HandlersOf<'sessions'> {
  return {
    'sessions.list': async (request) => {
      const person = personOf(request);
      const userId = whose(person, request.query.userId);
      if (userId !== person.userId) await users.get(userId);
      return sessions.list(userId, person.sessionId, request.query);
    },

    'sessions.end': (request) => {
      const { userId, admin } = personOf(request);
      return sessions.endOne(request.params.id, admin ? undefined : userId);
    },

    'sessions.endAll': async (request) => {
      const person = personOf(request);
      const userId = whose(person, request.query.userId);
      if (userId !== person.userId) await users.get(userId);
      return { ended: await sessions.endAllOf(userId, person.sessionId) };
    },
  };
}
