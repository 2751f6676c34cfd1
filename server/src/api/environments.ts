import type { Environment } from '@sallyport/contract';
import type { Access } from '../access/access.ts';
import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** Environments: the Home page's list for everybody, the registry for admins. */
export function environmentHandlers({
  environments,
  accessible,
}: ApiDependencies): HandlersOf<'environments'> {
  return {
    'environments.list': async (request) => {
      const { userId, admin } = personOf(request);
      const { limit, offset, q, accessible: onlyAccessible } = request.query;
      const access = await accessible(userId);
      const all = admin && !onlyAccessible;
      return environments.list({
        limit,
        offset,
        q,
        ids: all ? undefined : [...access.keys()],
        access,
        showServer: admin,
      });
    },

    'environments.get': async (request) => {
      const { userId, admin } = personOf(request);
      const { id } = request.params;
      const access = (await accessible(userId)).get(id);
      // Somebody else's environment and one that is not there look the same.
      if (!admin && !access) throw fail('environment.not_found', { id });
      return environments.get(id, { access, showServer: admin });
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
  };
}

function entriesOf(access: Access | undefined): Environment['access'] {
  return (access?.entries ?? []).map(({ role, namespaces, expiresAt }) => ({
    role,
    namespaces: namespaces && [...namespaces],
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }));
}
