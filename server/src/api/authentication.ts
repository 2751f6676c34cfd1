import type { FastifyRequest } from 'fastify';
import { fail } from '../errors.ts';
import { parseToken } from '../tokens.ts';
import { readSession } from './cookie.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Person } from './request.ts';

/**
 * Says who calls the REST API: by an API token in `Authorization`, else by the session cookie. A
 * credential that is sent but not valid is an error, never a fall-back to the next.
 *
 * @returns a function that gives the person, or undefined where there is no credential (an ended
 *   session counts as none)
 */
export function createAuthentication({
  apiTokens,
  sessions,
  secondFactors,
}: Pick<ApiDependencies, 'apiTokens' | 'sessions' | 'secondFactors'>) {
  return async function authenticate(request: FastifyRequest): Promise<Person | undefined> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return byToken(authorization);
    const cookie = readSession(request);
    if (cookie === undefined) return undefined;
    const session = await sessions.authenticate(cookie);
    if (!session) return undefined;
    const { user, sessionId } = session;
    return {
      userId: user.id,
      username: user.username,
      admin: user.role === 'admin',
      by: 'session',
      sessionId,
      secondFactorDue: secondFactors.isHeld(session),
    };
  };

  async function byToken(authorization: string): Promise<Person> {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const kind = token === undefined ? undefined : parseToken(token)?.kind;
    if (token === undefined || kind === undefined) throw fail('auth.token_invalid');
    if (kind !== 'api') throw fail('auth.wrong_credential');
    const found = await apiTokens.authenticate(token);
    if (!found) throw fail('auth.token_invalid');
    return {
      userId: found.id,
      username: found.username,
      admin: found.role === 'admin',
      by: 'token',
      sessionId: undefined,
      secondFactorDue: false,
    };
  }
}
