import type { Route, RouteName } from '@sallyport/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Act } from '../audit/audit.ts';
import { nameKey } from '../store/names.ts';
import { detailsOf } from './actDetails.ts';
import { createNames } from './actObjects.ts';
import type { ApiDependencies } from './dependencies.ts';
import { toProblem, understand } from './problem.ts';

/** What has been found out about an act on its way. */
export interface ActInProgress {
  /** The request has passed its schemas, so its fields are what they are called. */
  accepted: boolean;
  /** What the object was called before. */
  name: string | undefined;
  /** What the handler gave back. */
  result: unknown;
  recorded: boolean;
  /** What the handler found out that the log should tell; nothing secret. */
  found?: Readonly<Record<string, unknown>>;
}

declare module 'fastify' {
  interface FastifyRequest {
    act: ActInProgress | undefined;
    /** The stable code of the error that the request ends with. */
    errorCode: string | undefined;
  }
}

/** Who does it is known by what it gives back. */
const SIGNS_IN: ReadonlySet<RouteName> = new Set([
  ...(['setup.complete', 'auth.login', 'auth.code', 'auth.providerFinish'] as const),
]);

/** Whether a route does something that the audit log tells of. What gives a file gives much away. */
export function isAct(route: Route): boolean {
  if (route.readOnly) return false;
  return route.method !== 'GET' || route.file === true;
}

/**
 * Records acts, those refused as well. An answer is sent only once its act is written; where it
 * cannot be written, the answer is an error and the credential that it held is not given.
 *
 * @returns the hooks of one route; none where it is no act
 */
export function createActs({ audit, store }: Pick<ApiDependencies, 'audit' | 'store'>) {
  const nameOf = createNames(store);

  /** The account that somebody tried: its name, or nothing, since passwords are typed there too. */
  async function triedAccount(body: unknown): Promise<string | undefined> {
    const { username } = (body ?? {}) as { username?: unknown };
    if (typeof username !== 'string') return undefined;
    const row = await store.db
      .selectFrom('users')
      .select('username')
      .where('username_key', '=', nameKey(username.slice(0, 200)))
      .executeTakeFirst();
    return row?.username;
  }

  async function actOf(
    routeName: RouteName,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Act> {
    const [resource = '', verb = ''] = routeName.split('.');
    const { act, info, body } = request;
    const result = (act?.result ?? {}) as Readonly<Record<string, unknown>>;
    const signingIn = SIGNS_IN.has(routeName);
    const failed = reply.statusCode >= 400;
    const given = act?.accepted && !signingIn ? detailsOf(body, resource === 'settings') : {};
    const query = act?.accepted ? detailsOf(request.query, resource === 'audit') : {};
    const person = signingIn && !failed ? personIn(result) : request.person;
    const made = /\/(\d+)$/.exec(String(reply.getHeader('location') ?? ''))?.[1];
    return {
      requestId: request.id,
      receivedAt: Date.now() - Math.round(reply.elapsedTime),
      at: Date.now(),
      method: request.method,
      uri: request.url.split('?', 1)[0] ?? '',
      verb,
      object: {
        resource,
        id: paramsOf(request).id ?? textOf(result.id) ?? made,
        name: signingIn
          ? (act?.name ?? (await triedAccount(body)))
          : (act?.name ?? textOf(result.username) ?? textOf(result.name) ?? textOf(given.name)),
      },
      person: person ? { userId: person.userId, username: person.username } : null,
      by: request.person?.by,
      address: info.address,
      userAgent: request.headers['user-agent'],
      status: reply.statusCode,
      code: failed ? (request.errorCode ?? 'internal.error') : null,
      details: { ...query, ...given, ...memberOf(request), ...act?.found },
    };
  }

  return function hooksOf(routeName: RouteName, route: Route) {
    if (!isAct(route)) return {};
    return {
      preHandler: async (request: FastifyRequest) => {
        const { id } = paramsOf(request);
        const [resource = ''] = routeName.split('.');
        const name = id === undefined ? undefined : await nameOf(resource, Number(id));
        request.act = { accepted: true, name, result: undefined, recorded: false };
      },
      onSend: async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
        request.act ??= { accepted: false, name: undefined, result: undefined, recorded: false };
        // The answer that says it could not be recorded passes here too.
        if (request.act.recorded) return payload;
        request.act.recorded = true;
        try {
          await audit.act(await actOf(routeName, request, reply));
        } catch (error) {
          for (const header of ['set-cookie', 'location', 'content-disposition']) {
            reply.removeHeader(header);
          }
          if (reply.statusCode < 400) throw error;
          // Fastify handles one error a request: a second has to be the answer itself.
          const { error: refusal } = understand(
            error as Error,
            request.id,
            request.routeOptions.bodyLimit,
          );
          reply.code(refusal.status).type('application/problem+json');
          return JSON.stringify(toProblem(refusal, request.id));
        }
        return payload;
      },
    };
  };
}

function paramsOf(request: FastifyRequest): { readonly id?: string; readonly userId?: string } {
  const { id, userId } = (request.params ?? {}) as Record<string, unknown>;
  return {
    ...(id === undefined ? {} : { id: String(id) }),
    ...(userId === undefined ? {} : { userId: String(userId) }),
  };
}

/** The second object in a path, as of one who leaves a team. */
function memberOf(request: FastifyRequest): Record<string, unknown> {
  const { userId } = paramsOf(request);
  return userId === undefined ? {} : { userId: Number(userId) };
}

function personIn(user: Readonly<Record<string, unknown>>) {
  return { userId: Number(user.id), username: String(user.username) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
