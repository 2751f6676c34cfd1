import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { time } from './certificates.ts';
import { ResponseTooLarge } from './kubeClient.ts';
import { AddressRefused, reachOf } from './reach.ts';
import type { Target } from './target.ts';

/** Why an API server could not be asked. */
export interface ConnectionProblem {
  /** `refused`: it was not tried, by Sallyport's own rule; `tls`: it could not prove who it is; `broken`: it answered, but not in HTTP. */
  readonly kind: 'refused' | 'unreachable' | 'tls' | 'broken';
  /** A clause that ends a sentence, without a full stop. */
  readonly why: string;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'it closed the connection before it answered',
  EPIPE: 'it closed the connection before it answered',
  UND_ERR_SOCKET: 'it closed the connection before it answered',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up (the DNS server did not answer)',
  EHOSTUNREACH: 'there is no route to that host',
  ENETUNREACH: 'there is no route to that network',
  ENETDOWN: 'the network of this machine is down',
  EACCES: 'this machine does not permit the connection',
  EPERM: 'this machine does not permit the connection',
  EADDRNOTAVAIL: 'no connection to that address can be made from here',
  EMFILE: 'this machine has too many files open',
};
const TIMED_OUT = 'there was no answer in time';
const TIMEOUTS: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_ABORTED',
]);
/** OpenSSL's verify results (`X509_V_ERR_…`) that mean a signer other than the trusted ones. */
const WRONG_SIGNER: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
const CERTIFICATE_CODE =
  /^(?:CERT_|CRL_|ERROR_IN_CERT|ERR_TLS_CERT|PATH_LENGTH|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;

/**
 * Puts what a connection failed with into words. One function for the connection test, for health
 * and for the proxy, so that the same trouble reads the same everywhere.
 *
 * @param target what was connected to; decides how a wrong signer is described
 */
export function connectionProblem(
  error: unknown,
  target: Pick<Target, 'servername' | 'ca'>,
): ConnectionProblem {
  const cause = innermost(error);
  const code = codeOf(cause);
  if (cause instanceof AddressRefused) return { kind: 'refused', why: cause.message };
  if (cause instanceof ResponseTooLarge) return { kind: 'broken', why: cause.message };
  if (TIMEOUTS.has(code) || cause.name === 'TimeoutError' || cause.name === 'AbortError') {
    return { kind: 'unreachable', why: TIMED_OUT };
  }
  if (code === 'CERT_HAS_EXPIRED') return { kind: 'tls', why: 'its certificate has expired' };
  if (code === 'CERT_NOT_YET_VALID') {
    return { kind: 'tls', why: 'its certificate is not valid yet' };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { kind: 'tls', why: `its certificate is not for ${target.servername}${namesIn(cause)}` };
  }
  if (WRONG_SIGNER.has(code)) {
    const trusted = target.ca === undefined ? 'a public CA, and no CA was given' : 'the CA given';
    return { kind: 'tls', why: `its certificate is not signed by ${trusted}` };
  }
  if (CERTIFICATE_CODE.test(code)) {
    return { kind: 'tls', why: `its certificate is not valid (${code})` };
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return { kind: 'tls', why: 'it does not speak TLS on that port' };
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return { kind: 'tls', why: `the TLS handshake failed (${code})` };
  }
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_')) {
    return { kind: 'broken', why: `it gave no valid HTTP answer (${code})` };
  }
  return { kind: 'unreachable', why: UNREACHABLE[code] ?? `the connection failed (${code})` };
}

/**
 * As {@link connectionProblem}; where the dates of the server's certificate are the trouble, it
 * fetches the certificate once more to say them.
 */
export async function explainConnection(
  error: unknown,
  target: Target,
): Promise<ConnectionProblem> {
  const problem = connectionProblem(error, target);
  const code = codeOf(innermost(error));
  if (code !== 'CERT_HAS_EXPIRED' && code !== 'CERT_NOT_YET_VALID') return problem;
  const dates = await certificateDates(target);
  if (!dates) return problem;
  const why =
    code === 'CERT_HAS_EXPIRED'
      ? `its certificate expired at ${time(dates.to)}`
      : `its certificate is not valid before ${time(dates.from)}`;
  return { ...problem, why };
}

/**
 * Reads the dates of the certificate that a server shows. The connection is not verified, since it
 * is known not to be trustworthy; so nothing is sent over it and nothing else is believed.
 */
function certificateDates(target: Target): Promise<{ from: Date; to: Date } | undefined> {
  return new Promise((resolve) => {
    const { servername } = target;
    const socket = connect({
      ...reachOf(target),
      ...(isIP(servername) ? {} : { servername }),
      rejectUnauthorized: false,
      timeout: 3_000,
    });
    const end = (dates?: { from: Date; to: Date }) => {
      socket.destroy();
      resolve(dates);
    };
    socket.once('error', () => end());
    socket.once('timeout', () => end());
    socket.once('close', () => end());
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      end(certificate && { from: certificate.validFromDate, to: certificate.validToDate });
    });
  });
}

/** The names that the certificate carries, which Node gives with this one error. */
function namesIn(error: Error): string {
  const { cert } = error as { cert?: { subjectaltname?: string } };
  const names = cert?.subjectaltname?.replace(/\b(?:DNS|IP Address):/g, '');
  return names ? `, but for ${names.slice(0, 300)}` : '';
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** Where a name has several addresses, Node gives an AggregateError with one error for each. */
function innermost(error: unknown): Error {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error instanceof Error ? error : new Error(String(error));
}
