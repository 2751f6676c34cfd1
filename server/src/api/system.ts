import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

/** What an admin does with Sallyport itself. */
export function systemHandlers({
  backup,
  signIn,
  describeTls,
}: ApiDependencies): Pick<HandlersOf<'system'>, 'system.backup' | 'system.tls'> {
  return {
    'system.backup': async (request, reply) => {
      const { username, by } = personOf(request);
      // The file holds every key that there is: a token that was stolen must not give it away.
      if (by !== 'session') throw fail('auth.session_only');
      const { password, passphrase } = request.body;
      await signIn({ username, password, address: request.info.address });
      const file = await backup.create(passphrase);
      const day = new Date().toISOString().slice(0, 10);
      reply
        .header('content-disposition', `attachment; filename="sallyport-${day}.backup"`)
        .type('application/octet-stream');
      return file;
    },

    'system.tls': () => describeTls(),
  };
}
