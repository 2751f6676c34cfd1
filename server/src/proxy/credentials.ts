/**
 * The credential of a request: a kubeconfig's token, as `Authorization: Bearer`, or from a browser's
 * WebSocket, which can set no header, as a subprotocol (kubernetes,
 * apiserver/pkg/authentication/request/websocket/protocol.go). Never a cookie, never in the URL.
 */
import { fail } from '../errors.ts';
import { hashToken } from '../tokens.ts';
import type { RequestHeaders } from './headers.ts';

export interface Credential {
  readonly token: string;
  /** As the store has it; made once for all requests of a connection that have the same fields. */
  readonly hash: string;
  /** The subprotocols that go on, without the one that held the token. */
  readonly subprotocols: string;
}

const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
/** RFC 6750 §2.1; the scheme's name is in any case. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Reads the credential.
 *
 * @throws SallyportError proxy.credential_missing when there is none; request.header_invalid when
 *   there are several, since which one counts would depend on who reads them
 */
export function readCredential(headers: RequestHeaders): Credential {
  const { authorization, protocols } = headers;
  if (authorization.length > 1) throw invalid('Authorization is there more than once');
  const bearers = protocols.filter((protocol) => protocol.startsWith(BEARER_PROTOCOL));
  if (bearers.length > 1 || (bearers.length === 1 && authorization.length === 1)) {
    throw invalid('there is more than one credential');
  }
  const [bearer] = bearers;
  if (bearer !== undefined) {
    const others = protocols.filter((protocol) => protocol !== bearer);
    // A server must choose one of those offered, and it may not choose the token.
    if (others.length === 0) throw invalid('there is no subprotocol besides the credential');
    return credential(decode(bearer.slice(BEARER_PROTOCOL.length)), others);
  }
  const token = BEARER.exec(authorization[0] ?? '')?.[1];
  if (token === undefined) throw fail('proxy.credential_missing');
  return credential(token, protocols);
}

function credential(token: string, protocols: readonly string[]): Credential {
  return { token, hash: hashToken(token), subprotocols: protocols.join(', ') };
}

function decode(encoded: string): string {
  const token = Buffer.from(encoded, 'base64url').toString('latin1');
  if (!BASE64URL.test(encoded) || !/^[\x21-\x7e]+$/.test(token)) {
    throw invalid('the credential among the subprotocols is not base64url');
  }
  return token;
}

function invalid(why: string) {
  return fail('request.header_invalid', { why });
}
