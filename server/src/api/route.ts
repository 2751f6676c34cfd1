import type { Readable } from 'node:stream';
import type { Route, RouteName, Routes } from '@sallyport/contract';
import { routes } from '@sallyport/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { fail } from '../errors.ts';
import type { createActs } from './acts.ts';

type Parsed<R, K extends string> = K extends keyof R
  ? R[K] extends z.ZodType
    ? z.output<R[K]>
    : undefined
  : undefined;

/** A request whose path, query and body have passed the contract's schemas. */
export type RouteRequest<N extends RouteName> = Omit<
  FastifyRequest,
  'params' | 'query' | 'body'
> & {
  readonly params: Parsed<Routes[N], 'params'>;
  readonly query: Parsed<Routes[N], 'query'>;
  readonly body: Parsed<Routes[N], 'body'>;
};

/** What a handler gives back: the answer as the contract has it, or a file; else ignored. */
export type RouteResult<N extends RouteName> = Routes[N] extends { file: true }
  ? string | Readable
  : Routes[N] extends { response: infer S extends z.ZodType }
    ? z.input<S>
    : unknown;

export type RouteHandler<N extends RouteName> = (
  request: RouteRequest<N>,
  reply: FastifyReply,
) => Promise<RouteResult<N>> | RouteResult<N>;

/**
 * Bytes of a body that anybody may send: a name, a password and a token with room to spare. It is kept
 * until it is whole, and whoever sends many of them slowly has them all kept at once.
 */
const PUBLIC_BODY_LIMIT = 16 * 1024;

/** The table of handlers that implements the contract, whole. */
export type Handlers = { readonly [N in RouteName]: RouteHandler<N> };

/** Some of the handlers: what one file of resources gives. */
export type HandlersOf<Prefix extends string> = Pick<
  Handlers,
  Extract<RouteName, `${Prefix}.${string}`>
>;

/**
 * Registers every route of the contract. A route that has no handler does not compile; one that the
 * contract does not have cannot be registered.
 *
 * @param actHooks see that every act is recorded, whoever adds the route
 */
export function registerRoutes(
  app: FastifyInstance,
  handlers: Handlers,
  actHooks: ReturnType<typeof createActs>,
): void {
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    const handler = handlers[name] as RouteHandler<RouteName>;
    const status = route.status ?? 200;
    app.route({
      method: route.method,
      url: route.path,
      schema: {
        summary: route.summary,
        ...(route.description === undefined ? {} : { description: route.description }),
        tags: [name.slice(0, name.indexOf('.'))],
        operationId: name,
        ...(route.params ? { params: route.params } : {}),
        ...(route.query ? { querystring: route.query } : {}),
        ...(route.body ? { body: route.body } : {}),
        ...(route.response ? { response: { [status]: route.response } } : {}),
      },
      ...(route.access === 'public' ? { bodyLimit: PUBLIC_BODY_LIMIT } : {}),
      onRequest: async (request) => admit(request, route),
      ...actHooks(name, route),
      handler: async (request, reply) => {
        const result = await handler(request as RouteRequest<RouteName>, reply);
        if (request.act) request.act.result = result;
        reply.code(status);
        return reply.send(route.response || route.file ? result : undefined);
      },
    });
  }
}

/** Gate one of the REST API: the route's own rule, before anything of the request is read. */
function admit({ person }: FastifyRequest, { access, sessionOnly, whileDue }: Route): void {
  if (access === 'public') return;
  if (!person) throw fail('auth.required');
  if (access === 'admin' && !person.admin) throw fail('auth.admin_only');
  if (sessionOnly && person.by !== 'session') throw fail('auth.session_only');
  if (person.secondFactorDue && !whileDue) throw fail('auth.second_factor_due');
}
