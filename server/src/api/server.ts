import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import fastifyCookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { createActs } from './acts.ts';
import { createAuthentication } from './authentication.ts';
import { compressLists } from './compress.ts';
import type { ApiDependencies } from './dependencies.ts';
import { handlers } from './handlers.ts';
import { serveHealth } from './health.ts';
import { hstsOf } from './hsts.ts';
import { serveMetrics } from './metrics.ts';
import { serveOpenApi } from './openapi.ts';
import { requireSameOrigin } from './origin.ts';
import { SECURITY_HEADERS, servePage } from './page.ts';
import { toProblem, understand } from './problem.ts';
import { registerRoutes } from './route.ts';
import { sendStrayed, strayed } from './strayed.ts';

/** A body holds a kubeconfig or a certificate at the most. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** GETs that issue a credential, and so need the same care as a POST. */
const ISSUES_BY_GET = new Set(['/api/kubernetes/config']);

/** Over HTTP/2 it is the listener's own, with all of a `ServerResponse` that is used here. */
type ApiResponse = ServerResponse | Writable;

/**
 * Builds the REST API and the page behind it. It has no socket of its own: the listener hands it
 * the requests that are not the proxy's.
 *
 * @returns `handle`, for one request of HTTP/1.1 or HTTP/2, and `close`
 */
export async function createApi(dependencies: ApiDependencies) {
  let dispatch: ((req: IncomingMessage, res: ServerResponse) => void) | undefined;
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    genReqId: () => crypto.randomUUID(),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (thrown, { id }, reply) =>
      refuseUnroutable(thrown, id, reply as unknown as FastifyReply),
    // Fastify wants a server of its own; this one never listens.
    serverFactory: (handler) => {
      dispatch = handler;
      return createServer(handler);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('info', undefined as never);
  app.decorateRequest('person', undefined);
  app.decorateRequest('act', undefined);
  app.decorateRequest('errorCode', undefined);
  await app.register(fastifyCookie);
  hookRequests(app, dependencies);
  compressLists(app);
  answerErrors(app, dependencies);
  await serveOpenApi(app, dependencies.version);
  await app.register(async (routes) =>
    registerRoutes(routes, handlers(dependencies), createActs(dependencies)),
  );
  serveHealth(app, dependencies);
  serveMetrics(app, dependencies);
  await servePage(app, dependencies.pageRoot);
  await app.ready();

  return {
    handle(request: IncomingMessage, response: ApiResponse): void {
      // Fastify serves both; only its types are those of HTTP/1.1.
      dispatch?.(request, response as ServerResponse);
    },
    close: () => app.close(),
  };
}

export type Api = Awaited<ReturnType<typeof createApi>>;

/** What each request passes before its route: who, from where, by what right. */
function hookRequests(app: FastifyInstance, dependencies: ApiDependencies): void {
  const authenticate = createAuthentication(dependencies);
  const strictTransport = hstsOf(dependencies.hsts);
  app.addHook('onRequest', async (request, reply) => {
    request.info = dependencies.infoOf(request.raw);
    reply.headers(SECURITY_HEADERS);
    const hsts = strictTransport(request.info);
    if (hsts !== undefined) reply.header('strict-transport-security', hsts);
    reply.header('x-request-id', request.id);
    const path = strayed(request);
    if (path !== undefined) return sendStrayed(reply, path);
    // By the route that answers: it is found by the path without its escapes, so `/%61pi/users` is one.
    if (!(request.routeOptions.url ?? request.url).startsWith('/api')) return;
    reply.header('cache-control', 'no-store');
    request.person = await authenticate(request);
    if (request.person?.by === 'token') return;
    requireSameOrigin(
      {
        method: request.method,
        origin: request.headers.origin,
        fetchSite: request.headers['sec-fetch-site']?.toString(),
        host: request.info.host,
        secure: request.info.secure,
      },
      ISSUES_BY_GET.has(request.routeOptions.url ?? ''),
    );
  });
}

/** Answers a path that is none, or holds a part that is too long: no hook sees such a request. */
function refuseUnroutable(thrown: Error, requestId: string, reply: FastifyReply): void {
  const { error } = understand(thrown, requestId, BODY_LIMIT);
  void reply
    .code(error.status)
    .headers({ ...SECURITY_HEADERS, 'x-request-id': requestId, 'cache-control': 'no-store' })
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(toProblem(error, requestId));
}

function answerErrors(app: FastifyInstance, { logger }: ApiDependencies): void {
  app.setErrorHandler((thrown: Error, request, reply) => {
    const { bodyLimit } = request.routeOptions;
    const { error, issues, ours } = understand(thrown, request.id, bodyLimit);
    request.errorCode = error.code;
    if (ours) {
      const { method, routeOptions } = request;
      logger.error(
        { err: error.cause ?? error, requestId: request.id, method, route: routeOptions.url },
        'a request failed',
      );
    }
    if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
    const problem = toProblem(error, request.id);
    return reply
      .code(error.status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(issues ? { ...problem, errors: issues } : problem);
  });
}
