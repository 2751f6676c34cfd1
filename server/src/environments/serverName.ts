/**
 * The name of an environment in TLS: `environment-3.<domain>`, sent as the server name of the
 * handshake (RFC 6066 §3). A client that drops the path of its server's address keeps that name, and
 * it goes with the *cluster* of a kubeconfig, not with its user: so it says which environment is meant,
 * where a token alone could only be guessed from (docs/decisions/0024).
 */

/** As the store numbers them: no sign, no leading zero. */
const LABEL = /^environment-([1-9][0-9]{0,9})$/;

/**
 * @param domain a DNS name in lower case
 * @returns the host name that stands for an environment
 */
export function serverNameOf(environmentId: number, domain: string): string {
  return `environment-${environmentId}.${domain}`;
}

/**
 * Reads the server name of a handshake.
 *
 * @param serverName as it came; false or undefined: none did
 * @param domain of the environments; empty: none is named
 * @returns the environment; undefined: none is named, so paths say which is meant
 */
export function environmentNamed(
  serverName: string | false | null | undefined,
  domain: string,
): number | undefined {
  if (!serverName || domain === '') return undefined;
  // DNS names know no case (RFC 4343), and only the last label may be followed by a dot.
  const folded = serverName.toLowerCase();
  if (!folded.endsWith(`.${domain}`)) return undefined;
  const id = LABEL.exec(folded.slice(0, -domain.length - 1))?.[1];
  return id === undefined ? undefined : Number(id);
}
