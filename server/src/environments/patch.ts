import type { EnvironmentPatch } from '@sallyport/contract';
import { fail } from '../errors.ts';
import { readAddress } from './address.ts';
import { readCa } from './certificates.ts';
import { type Connection, type Credential, readServerName, readToken } from './connection.ts';
import { readKubeconfig } from './kubeconfigFile.ts';
import type { Refuse } from './refuse.ts';

/**
 * Works out the connection that a change of an environment asks for.
 *
 * @param current the connection as it is
 * @param storedCredential opens its credential, which is done only where it stays in use
 * @param now epoch milliseconds
 * @returns undefined where the connection stays as it is
 * @throws request.invalid, environment.kubeconfig_invalid, environment.address_invalid, and what
 *   `storedCredential` throws
 */
export function readPatch(
  patch: EnvironmentPatch,
  current: Omit<Connection, 'credential'>,
  storedCredential: () => Credential,
  now = Date.now(),
): Connection | undefined {
  const { kubeconfig, context, server, caData, token, tlsServerName } = patch;
  const parts = [server, caData, token, tlsServerName].some((part) => part !== undefined);
  if (kubeconfig !== undefined) {
    if (parts) {
      throw fail('request.invalid', {
        why: 'Give either a kubeconfig, or server, caData, token and tlsServerName, not both.',
      });
    }
    return readKubeconfig(kubeconfig, context, now);
  }
  if (context !== undefined) {
    throw fail('request.invalid', { why: 'context needs a kubeconfig, which is not given.' });
  }
  if (!parts) return undefined;

  const refuse: Refuse = (why, how) =>
    fail('environment.address_invalid', { why: `${why} ${how}` });
  const address = server === undefined ? current.server : readAddress(server, refuse).server;
  // The stored credential goes to the address that it was given for, and to no other.
  if (address !== current.server && token === undefined) {
    throw refuse('A new address needs the credential for it.', 'Give a token as well.');
  }
  return {
    server: address,
    ca: caData === undefined ? current.ca : readCa(caData, refuse, now),
    tlsServerName:
      tlsServerName === undefined ? current.tlsServerName : readServerName(tlsServerName, refuse),
    credential: token === undefined ? storedCredential() : { token: readToken(token, refuse) },
  };
}
