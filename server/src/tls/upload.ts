import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { checkDates, namesOf, type Pair, readPair, UnusablePair } from './pair.ts';

/** More than any CA hands out; a file with more is a bundle of roots, not a chain. */
const LONGEST_CHAIN = 10;
/** RFC 5280, 4.2.1.12: id-kp-serverAuth, and anyExtendedKeyUsage. */
const SERVER_USES = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

/**
 * Reads a certificate that somebody gave to be served from now on. It is judged harder than one
 * from the operator's files: those were tried by whoever started the program, this one takes the
 * place of a certificate that works.
 *
 * @param certText PEM: the server's certificate, then each that signed the one before it (RFC 8446,
 *   4.4.2)
 * @param keyText PEM, not encrypted
 * @param now epoch milliseconds
 * @returns the pair, its key rewritten so that nothing but the key is kept
 * @throws {@link UnusablePair}
 */
export function readUpload(certText: string, keyText: string, now: number): Pair {
  const { chain, cert } = readPair(certText, keyText);
  if (chain.length > LONGEST_CHAIN)
    throw new UnusablePair(`it holds ${chain.length} certificates, and a chain has few`);
  const [leaf] = chain;
  checkChain(chain, now);
  if (namesOf(leaf).length === 0)
    throw new UnusablePair(
      'it names no host and no address (subjectAltName), and clients look nowhere else',
    );
  if (leaf.keyUsage && !leaf.keyUsage.some((use) => SERVER_USES.includes(use)))
    throw new UnusablePair('it is not meant for TLS servers (extendedKeyUsage)');
  const key = createPrivateKey(keyText).export({ type: 'pkcs8', format: 'pem' }).toString();
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    // Such as a key that is too short for OpenSSL's security level.
    throw new UnusablePair(`TLS cannot be served with it (${(cause as Error).message})`, { cause });
  }
  return { chain, cert, key };
}

function checkChain(chain: Pair['chain'], now: number): void {
  for (const [index, certificate] of chain.entries()) {
    try {
      checkDates(certificate, now);
    } catch (error) {
      if (index === 0 || !(error instanceof UnusablePair)) throw error;
      throw new UnusablePair(`of certificate ${index + 1} in the chain: ${error.message}`);
    }
    const signer = chain[index + 1];
    if (signer && !(certificate.checkIssued(signer) && certificate.verify(signer.publicKey)))
      throw new UnusablePair(
        `certificate ${index + 2} did not sign certificate ${index + 1}: first comes the server's, then each that signed the one before it`,
      );
  }
}

/**
 * Whether clients take a certificate for this host name or address. They read the subject no
 * longer (RFC 9525, 2), so that does not count.
 */
export function covers(certificate: X509Certificate, host: string): boolean {
  return Boolean(
    isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host, { subject: 'never' }),
  );
}
