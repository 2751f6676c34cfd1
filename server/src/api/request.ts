import type { FastifyRequest } from 'fastify';
import { fail } from '../errors.ts';

/** What the listener knows of the connection that a request came on. */
export interface RequestInfo {
  /** Whether it came over TLS, to us or to a trusted proxy. */
  readonly secure: boolean;
  /** The client's address. */
  readonly address: string;
  /** The authority that the client asked for, `host[:port]`, checked for form. */
  readonly host: string | undefined;
}

/** Who calls the REST API, and how they showed it. */
export interface Person {
  readonly userId: number;
  readonly username: string;
  readonly admin: boolean;
  readonly by: 'session' | 'token';
  /** The session's id, where `by` is `session`. */
  readonly sessionId: number | undefined;
  /** Whether they have to set up a second factor before all else. */
  readonly secondFactorDue: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    info: RequestInfo;
    /** undefined on public routes without a credential. */
    person: Person | undefined;
  }
}

/** The caller of a route that is not public; the route's access rule has run by then. */
export function personOf(request: Pick<FastifyRequest, 'person'>): Person {
  if (!request.person) throw new Error('a route that needs a person was registered as public');
  return request.person;
}

/**
 * Whose things a request is about: the caller's own, or for admins those of anybody they name.
 *
 * @throws auth.admin_only
 */
export function whose({ userId, admin }: Person, wanted = userId): number {
  if (wanted !== userId && !admin) throw fail('auth.admin_only');
  return wanted;
}
