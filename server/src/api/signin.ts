import type { Me, User } from '@sallyport/contract';
import type { FastifyReply } from 'fastify';
import { fail, SallyportError } from '../errors.ts';
import { clearHalf, clearSession, readHalf, readSession, setHalf, setSession } from './cookie.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf, RouteRequest } from './route.ts';

/** Set-up, sign-in and what a person does with their own sign-in. */
export function signInHandlers({
  setup,
  signIn,
  halfSignIns,
  secondFactors,
  sessions,
  users,
}: ApiDependencies): Omit<HandlersOf<'setup' | 'auth'>, `auth.provider${string}`> {
  async function begin(
    request: AnyRequest,
    reply: FastifyReply,
    user: User,
    secondFactorDue: boolean,
  ): Promise<Me> {
    const { address } = request.info;
    const userAgent = request.headers['user-agent'] ?? '';
    const token = await sessions.create(user.id, { address, userAgent }, secondFactorDue);
    setSession(request, reply, token);
    return { ...user, secondFactorDue };
  }

  return {
    // Whoever sets Sallyport up is not held up: they are asked at their next sign-in.
    'setup.complete': async (request, reply) =>
      begin(request, reply, await setup.complete(request.body, request.info.address), false),

    'auth.login': async (request, reply) => {
      const user = await signIn({ ...request.body, address: request.info.address });
      if (!user.secondFactor) return begin(request, reply, user, secondFactors.isDue(user));
      setHalf(request, reply, await halfSignIns.begin(user.id));
      throw fail('auth.code_needed');
    },

    'auth.code': async (request, reply) => {
      const token = readHalf(request);
      const half = token === undefined ? undefined : await halfSignIns.find(token);
      // The audit log tells whose code was wrong.
      if (request.act) request.act.name = half?.username;
      try {
        if (token === undefined) throw fail('auth.begin_again');
        const { code } = request.body;
        const { address } = request.info;
        const { userId, by } = await halfSignIns.finish({ token, code, address });
        if (request.act) request.act.found = { by };
        clearHalf(request, reply);
        return await begin(request, reply, await users.get(userId), false);
      } catch (error) {
        if (error instanceof SallyportError && error.code === 'auth.begin_again')
          clearHalf(request, reply);
        throw error;
      }
    },

    'auth.logout': async (request, reply) => {
      const token = readSession(request);
      if (token !== undefined) await sessions.end(token);
      clearSession(request, reply);
    },

    'auth.me': async (request) => {
      const { userId, secondFactorDue } = personOf(request);
      return { ...(await users.get(userId)), secondFactorDue };
    },

    'auth.password': async (request) => {
      const { userId, sessionId } = personOf(request);
      if (sessionId === undefined) throw fail('auth.session_only');
      await users.changeOwnPassword(userId, request.body, sessionId);
    },
  };
}

type AnyRequest = RouteRequest<'setup.complete'> | RouteRequest<'auth.login' | 'auth.code'>;
