import { createHash } from 'node:crypto';
import { fail } from '../errors.ts';
import { readAddress } from './address.ts';
import { readCa } from './certificates.ts';
import type { Refuses } from './reach.ts';
import type { Refuse } from './refuse.ts';
import type { Target } from './target.ts';

/** How Sallyport signs in to an API server: with a bearer token or with a client certificate. */
export type Credential =
  | { readonly token: string }
  | { readonly cert: string; readonly key: string };

/** All that is needed to reach an API server, as it is stored; `credential` is sealed there. */
export interface Connection {
  /** `https://host[:port][/prefix]`, canonical. */
  readonly server: string;
  /** CA certificates in PEM; null: the public CAs. */
  readonly ca: string | null;
  /** The name that the server certificate must carry; null: the host of `server`. */
  readonly tlsServerName: string | null;
  readonly credential: Credential;
}

/**
 * Checks a connection that is given by its parts instead of a kubeconfig.
 *
 * @throws environment.address_invalid
 */
export function readConnection(input: {
  readonly server: string;
  readonly caData: string | undefined;
  readonly token: string;
  readonly tlsServerName: string | undefined;
}): Connection {
  const refuse: Refuse = (why, how) =>
    fail('environment.address_invalid', { why: `${why} ${how}` });
  return {
    server: readAddress(input.server, refuse).server,
    ca: input.caData === undefined ? null : readCa(input.caData, refuse),
    tlsServerName: readServerName(input.tlsServerName, refuse),
    credential: { token: readToken(input.token, refuse) },
  };
}

/**
 * Checks a bearer token: it must fit into a header as it is (RFC 6750, section 2.1, allows less;
 * Kubernetes takes any visible ASCII).
 */
export function readToken(text: string, refuse: Refuse): string {
  const token = text.trim();
  if (token === '') throw refuse('The token is empty.', 'Give the token of a ServiceAccount.');
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw refuse(
      'The token contains spaces, line breaks or characters that no token has.',
      'Copy the token as one piece.',
    );
  }
  return token;
}

/** Checks the name that the server certificate must carry; absent or empty is null. */
export function readServerName(text: string | undefined, refuse: Refuse): string | null {
  if (text === undefined || text === '') return null;
  if (!/^[A-Za-z0-9._:-]{1,253}$/.test(text)) {
    throw refuse(
      'The TLS server name is no host name.',
      "Give a name that the API server's certificate carries, or leave it out.",
    );
  }
  return text;
}

/**
 * The target that an environment's connection makes. Pure: equal input, equal generation.
 *
 * @param refuses which addresses it must not lead to; absent: all are as good
 */
export function toTarget(
  id: number,
  name: string,
  connection: Connection,
  refuses?: Refuses,
): Target {
  const { credential } = connection;
  const { host, port, basePath } = readAddress(connection.server, (why) =>
    fail('environment.address_invalid', { why }),
  );
  const parts = {
    environmentId: id,
    environmentName: name,
    host,
    port,
    servername: connection.tlsServerName ?? host,
    basePath,
    ca: connection.ca ?? undefined,
    clientCertificate:
      'cert' in credential ? { cert: credential.cert, key: credential.key } : undefined,
    authorization: 'token' in credential ? `Bearer ${credential.token}` : undefined,
  };
  return {
    ...parts,
    refuses,
    generation: createHash('sha256').update(JSON.stringify(parts)).digest('base64url'),
  };
}
