import type { Environment } from '@sallyport/contract';
import type { FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import { fail } from '../errors.ts';
import { consequencesOf } from './consequences.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Person, personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Environments: the Home page's list for everybody, the registry for admins. */
export function environmentHandlers(dependencies: ApiDependencies): HandlersOf<'environments'> {
  const { environments, history, accessible } = dependencies;

  /**
   * What a person may do in an environment. Somebody else's and one that is not there look the same.
   *
   * @throws environment.not_found
   */
  async function viewerOf(person: Person, id: number) {
    const access = (await accessible(person.userId)).get(id);
    if (!person.admin && !access) throw fail('environment.not_found', { id });
    return { access, showServer: person.admin };
  }

  /** Those that somebody may see; undefined: all. */
  async function shownTo(request: FastifyRequest, onlyAccessible: boolean | undefined) {
    const person = personOf(request);
    return isForAll(person, onlyAccessible) ? undefined : accessible(person.userId);
  }

  return {
    'environments.list': async (request) => {
      const person = personOf(request);
      const { accessible: onlyAccessible, ...page } = request.query;
      const access = await accessible(person.userId);
      const ids = isForAll(person, onlyAccessible) ? undefined : access;
      return environments.list({ ...page, ids, access, showServer: person.admin });
    },

    'environments.names': async (request) => {
      const { accessible: onlyAccessible, ...filter } = request.query;
      return environments.names({ ...filter, ids: await shownTo(request, onlyAccessible) });
    },

    'environments.summary': async (request) =>
      environments.summary({ ids: await shownTo(request, request.query.accessible) }),

    'environments.get': async (request) => {
      const { id } = request.params;
      return environments.get(id, await viewerOf(personOf(request), id));
    },

    'environments.health': async (request) => {
      const { id } = request.params;
      const viewer = await viewerOf(personOf(request), id);
      await environments.get(id, viewer);
      const found = await history.read(id, request.query.range);
      if (viewer.showServer) return found;
      return { ...found, points: found.points.map((point) => ({ ...point, message: null })) };
    },

    'environments.create': (request) => environments.create(request.body),

    'environments.update': async (request) => {
      const { params, body } = request;
      const access = (await accessible(personOf(request).userId)).get(params.id);
      const updated = await environments.update(params.id, body);
      return { ...updated, access: entriesOf(access) };
    },

    'environments.delete': ({ params }) => environments.remove(params.id),
    'environments.check': ({ params }) => environments.check(params.id),
    'environments.consequences': ({ params }) => consequencesOf(dependencies, params.id),
  };
}

/** Whether a list is of all environments: an admin's, unless they ask only for those they may enter. */
function isForAll({ admin }: Person, onlyAccessible: boolean | undefined): boolean {
  return admin && !onlyAccessible;
}

function entriesOf(access: Access | undefined): Environment['access'] {
  return (access?.entries ?? []).map(({ role, namespaces, namespaceSelector, expiresAt }) => ({
    role,
    namespaces: namespaces && [...namespaces],
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }));
}
