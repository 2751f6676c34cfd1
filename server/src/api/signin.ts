import type { User } from '@sallyport/contract';
import type { FastifyReply } from 'fastify';
import { fail } from '../errors.ts';
import { clearSession, readSession, setSession } from './cookie.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf, RouteRequest } from './route.ts';

/** Set-up, sign-in and what a person does with their own sign-in. */
export function signInHandlers({
  setup,
  signIn,
  sessions,
  users,
}: ApiDependencies): Omit<HandlersOf<'setup' | 'auth'>, `auth.provider${string}`> {
  async function begin(request: AnyRequest, reply: FastifyReply, user: User): Promise<User> {
    const { address } = request.info;
    const userAgent = request.headers['user-agent'] ?? '';
    setSession(request, reply, await sessions.create(user.id, { address, userAgent }));
    return user;
  }

  return {
    'setup.complete': async (request, reply) =>
      begin(request, reply, await setup.complete(request.body, request.info.address)),

    'auth.login': async (request, reply) =>
      begin(request, reply, await signIn({ ...request.body, address: request.info.address })),

    'auth.logout': async (request, reply) => {
      const token = readSession(request);
      if (token !== undefined) await sessions.end(token);
      clearSession(request, reply);
    },

    'auth.me': async (request) => users.get(personOf(request).userId),

    'auth.password': async (request) => {
      const { userId, sessionId } = personOf(request);
      if (sessionId === undefined) throw fail('auth.session_only');
      await users.changeOwnPassword(userId, request.body, sessionId);
    },
  };
}

type AnyRequest = RouteRequest<'setup.complete'> | RouteRequest<'auth.login'>;
