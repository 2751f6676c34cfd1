import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { fail, SallyportError } from '../errors.ts';
import { CONTENT_TYPE } from '../metrics/metrics.ts';
import { createAuthentication } from './authentication.ts';
import type { ApiDependencies } from './dependencies.ts';

/**
 * `/metrics`, for a Prometheus: by the token that the configuration has for just this, which opens
 * nothing else, or by whatever an admin has. It tells which clusters there are and how much is done,
 * so it is not for strangers.
 */
export function serveMetrics(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { metrics, metricsToken } = dependencies;
  const authenticate = createAuthentication(dependencies);

  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!given || !metricsToken || !same(given, metricsToken)) {
      const person = await authenticate(request).catch((error: unknown) => {
        // A token that is none of ours may be meant for the metrics, and is another one.
        if (error instanceof SallyportError && error.code === 'auth.token_invalid')
          return undefined;
        throw error;
      });
      if (!person) throw fail('metrics.token_required');
      if (!person.admin) throw fail('auth.admin_only');
      if (person.secondFactorDue) throw fail('auth.second_factor_due');
    }
    return reply
      .type(CONTENT_TYPE)
      .header('cache-control', 'no-store')
      .send(await metrics.text());
  });
}

/** Compares hashes, which have one length, so that nothing can be learnt from the time it takes. */
function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
