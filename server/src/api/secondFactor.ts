import type { FastifyRequest } from 'fastify';
import { fail, SallyportError } from '../errors.ts';
import type { Owner } from '../identity/secondFactor/secondFactors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

type SecondFactorHandlers = HandlersOf<'secondFactor'> &
  Pick<HandlersOf<'users'>, 'users.removeSecondFactor'>;

/** A person's own second factor, and for admins the way to take away somebody else's. */
export function secondFactorHandlers({
  secondFactors,
  signIn,
  users,
}: ApiDependencies): SecondFactorHandlers {
  /**
   * Lets nobody pass but a person who types their password now: a window that was left open must
   * neither bind the account to somebody else's phone nor loosen it from its own.
   *
   * @throws second_factor.no_password, auth.password_wrong, auth.rate_limited
   */
  async function askAgain(request: FastifyRequest, password: string): Promise<Owner> {
    const owner = ownerOf(request);
    if (!(await secondFactors.get(owner.userId)).hasPassword)
      throw fail('second_factor.no_password');
    const { username, address } = owner;
    await signIn({ username, password, address }).catch((error: unknown) => {
      const isWrong = error instanceof SallyportError && error.code === 'auth.failed';
      throw isWrong ? fail('auth.password_wrong') : error;
    });
    return owner;
  }

  return {
    'secondFactor.get': (request) => secondFactors.get(personOf(request).userId),

    'secondFactor.begin': async (request) =>
      secondFactors.begin(await askAgain(request, request.body.password), request.info.host),

    'secondFactor.confirm': async (request) => ({
      recoveryCodes: await secondFactors.confirm(ownerOf(request), request.body.code),
    }),

    'secondFactor.renewCodes': async (request) => {
      const { password, code } = request.body;
      const owner = await askAgain(request, password);
      return { recoveryCodes: await secondFactors.renewCodes(owner, code) };
    },

    'secondFactor.off': async (request) => {
      const { password, code } = request.body;
      await secondFactors.off(await askAgain(request, password), code);
    },

    'users.removeSecondFactor': async (request) => {
      const { userId, username } = personOf(request);
      const { id } = request.params;
      await users.get(id);
      // One's own takes the password and a code.
      if (id === userId) throw fail('second_factor.self');
      await secondFactors.remove(id, username);
    },
  };
}

function ownerOf(request: FastifyRequest): Owner {
  const { userId, username, sessionId } = personOf(request);
  if (sessionId === undefined) throw fail('auth.session_only');
  return { userId, username, sessionId, address: request.info.address };
}
