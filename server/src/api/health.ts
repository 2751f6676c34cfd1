import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.ts';

/**
 * `/healthz`: the process answers. `/readyz`: the store does too. Both plain text, as Kubernetes'
 * own components have them, and without any fact worth hiding.
 */
export function serveHealth(app: FastifyInstance, { store }: ApiDependencies): void {
  app.get('/healthz', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/plain').send('ok'),
  );
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    try {
      await store.db.selectFrom('meta').select('key').limit(1).execute();
      return reply.type('text/plain').send('ok');
    } catch {
      return reply.code(503).type('text/plain').send('the store does not answer');
    }
  });
}
