import type { TlsInfo } from '@sallyport/contract';
import type { FastifyRequest } from 'fastify';
import { fail } from '../errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { personOf } from './request.ts';
import type { HandlersOf } from './route.ts';

type SystemHandlers = Pick<
  HandlersOf<'system'>,
  | 'system.backup'
  | 'system.clock'
  | 'system.tls'
  | 'system.uploadCertificate'
  | 'system.resetCertificate'
>;

/** What an admin does with Sallyport itself. */
export function systemHandlers({
  backup,
  users,
  signIn,
  certificate,
  clock,
  publicUrlOf,
}: ApiDependencies): SystemHandlers {
  /**
   * Lets nobody pass but an admin who types their password now: a token that was stolen, or a
   * window left open, must neither take every key away nor put itself between people and the gate.
   */
  async function askAgain(request: FastifyRequest, password: string): Promise<void> {
    const { userId, username, by } = personOf(request);
    if (by !== 'session') throw fail('auth.session_only');
    // Whoever signs in through the provider would only be told that it is wrong.
    if ((await users.get(userId)).signIn === 'provider') throw fail('auth.password_needed');
    await signIn({ username, password, address: request.info.address });
  }

  return {
    'system.backup': async (request, reply) => {
      const { password, passphrase } = request.body;
      await askAgain(request, password);
      const file = await backup.create(passphrase);
      const day = new Date().toISOString().slice(0, 10);
      reply
        .header('content-disposition', `attachment; filename="sallyport-${day}.backup"`)
        .type('application/octet-stream');
      return file;
    },

    'system.clock': async () => {
      await clock.refresh();
      return {
        behindSeconds: Math.round(clock.behindMs() / 1_000),
        seen: new Date(clock.now()).toISOString(),
      };
    },

    'system.tls': () => certificate.describe(),

    'system.uploadCertificate': async (request) => {
      const { password, anyName = false, ...upload } = request.body;
      await askAgain(request, password);
      const url = anyName ? undefined : publicUrlOf(request.info);
      return noted(request, await certificate.upload(upload, url));
    },

    'system.resetCertificate': async (request) => {
      await askAgain(request, request.body.password);
      return noted(request, await certificate.reset());
    },
  };
}

/** Has the audit log tell which certificate is in use now. */
function noted(request: FastifyRequest, info: TlsInfo): TlsInfo {
  const { source, subject, issuer, names, notAfter, fingerprint } = info;
  if (request.act) request.act.found = { source, subject, issuer, names, notAfter, fingerprint };
  return info;
}
