/** What can go wrong on the way to an API server, in the words that a client is told. */
import { ResponseSyntaxError } from './head.ts';

export type FailureKind =
  /** No connection came about. */
  | 'unreachable'
  /** The API server could not prove who it is, or TLS failed otherwise. */
  | 'tls'
  /** It was reached, but gave no valid or no whole answer. */
  | 'broken';

export class UpstreamFailure extends Error {
  readonly kind: FailureKind;

  /**
   * @param kind what it is
   * @param why a clause without a full stop, without addresses or secrets
   * @param cause for the log
   */
  constructor(kind: FailureKind, why: string, cause?: unknown) {
    super(why, { cause });
    this.name = 'UpstreamFailure';
    this.kind = kind;
  }
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to its host',
  ENETUNREACH: 'there is no route to its network',
  ENETDOWN: 'the network is down',
  EHOSTDOWN: 'its host is down',
  ETIMEDOUT: 'the connection timed out',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up just now',
  EADDRNOTAVAIL: 'no local port is free',
  ERR_ADDRESS_REFUSED: 'its address is one that Sallyport does not connect to',
  EMFILE: 'too many files are open here',
  ENFILE: 'too many files are open here',
};

const TLS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the CA of the environment',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the CA of the environment',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the CA of the environment',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is not signed by the CA of the environment',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the CA of the environment',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the CA of the environment',
};

/** Why a connection did not come about: no route, no answer, or not the one it should be. */
export function failureOfConnecting(error: unknown): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  const code = codeOf(error);
  const unreachable = UNREACHABLE[code];
  if (unreachable !== undefined) return new UpstreamFailure('unreachable', unreachable, error);
  const why = TLS[code] ?? `the TLS handshake failed${code === '' ? '' : ` (${code})`}`;
  return new UpstreamFailure('tls', why, error);
}

/** Why a connection that was up did not bring a whole answer. */
export function failureOfSocket(error: unknown): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  if (error instanceof ResponseSyntaxError) {
    return new UpstreamFailure('broken', error.message, error);
  }
  const code = codeOf(error);
  const why = UNREACHABLE[code] ?? `the connection failed${code === '' ? '' : ` (${code})`}`;
  return new UpstreamFailure('broken', why, error);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
