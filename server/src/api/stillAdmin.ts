import type { FastifyReply, FastifyRequest } from 'fastify';
import { coalesce } from '../coalesce.ts';
import { fail } from '../errors.ts';
import type { Topic } from '../store/store.ts';
import { createAuthentication } from './authentication.ts';
import type { ApiDependencies } from './dependencies.ts';

/** Whatever says who somebody is and what they may. */
const TOPICS: readonly Topic[] = ['users', 'sessions', 'tokens'];
/** How often it is looked whether a sign-in or a token has expired, which nobody announces. */
const LOOK_MS = 1_000;

/** A request of an admin that goes on. */
export interface StillAdmin {
  /** Aborted once they are none any more, or once nobody waits. */
  readonly signal: AbortSignal;
  /** Why they are none any more: auth.required, auth.admin_only, auth.token_invalid, auth.second_factor_due; else undefined. */
  readonly why: () => Error | undefined;
  /** Looks again. @throws what {@link why} says */
  check(): Promise<void>;
}

/**
 * Watches over the answers that last: whoever is no admin any more, is signed out, or whose token was
 * revoked, gets no more of them, as with the next request.
 */
export function createStillAdmin(
  dependencies: Pick<ApiDependencies, 'store' | 'sessions' | 'apiTokens' | 'secondFactors'>,
  { lookMs = LOOK_MS } = {},
) {
  const authenticate = createAuthentication(dependencies);

  return function whileAdmin(
    request: Pick<FastifyRequest, 'headers' | 'cookies' | 'person'>,
    reply: Pick<FastifyReply, 'raw'>,
  ): StillAdmin {
    const ended = new AbortController();
    let why: Error | undefined;
    const look = coalesce(async () => {
      if (ended.signal.aborted) return;
      try {
        const person = await authenticate(request as FastifyRequest);
        if (person?.userId !== request.person?.userId) throw fail('auth.required');
        if (!person?.admin) throw fail('auth.admin_only');
        if (person.secondFactorDue) throw fail('auth.second_factor_due');
      } catch (error) {
        why ??= error as Error;
        ended.abort();
      }
    });
    const stopListening = dependencies.store.onChange((changed) => {
      if (TOPICS.some((topic) => changed.has(topic))) void look();
    });
    const timer = setInterval(() => void look(), lookMs);
    reply.raw.once('close', () => {
      stopListening();
      clearInterval(timer);
      ended.abort();
    });
    return {
      signal: ended.signal,
      why: () => why,
      async check() {
        await look();
        if (why) throw why;
      },
    };
  };
}
