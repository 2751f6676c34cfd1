import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import ipaddr from 'ipaddr.js';

/** A server certificate with what stands behind it, and its key. */
export interface Pair {
  /** The certificate, followed by those that issued it as far as they are known. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  /** Both in PEM, as node:tls takes them. */
  readonly cert: string;
  readonly key: string;
}

/** A pair cannot be used; the message is half a sentence that says why. */
export class UnusablePair extends Error {}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads a certificate chain and its key, and sees that they belong together.
 *
 * @param certText PEM; what is no certificate in it is skipped, so a key may stand in the same file
 * @param keyText PEM, not encrypted
 * @throws {@link UnusablePair}
 */
export function readPair(certText: string, keyText: string): Pair {
  const blocks = certText.match(CERTIFICATE) ?? [];
  const [leaf, ...issuers] = blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new UnusablePair('a certificate in it cannot be read', { cause });
    }
  });
  if (!leaf) throw new UnusablePair('it holds no certificate in PEM');
  if (!leaf.checkPrivateKey(readKey(keyText)))
    throw new UnusablePair('the key belongs to another certificate');
  return { chain: [leaf, ...issuers], cert: `${blocks.join('\n')}\n`, key: keyText };
}

function readKey(text: string): KeyObject {
  if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw new UnusablePair('the key is encrypted, and Sallyport cannot ask for its password');
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new UnusablePair('the key cannot be read as PEM', { cause });
  }
}

/**
 * Sees that a certificate is valid now.
 *
 * @param now epoch milliseconds
 * @throws {@link UnusablePair}
 */
export function checkDates(certificate: X509Certificate, now: number): void {
  if (now > certificate.validToDate.getTime())
    throw new UnusablePair(`it expired at ${certificate.validToDate.toISOString()}`);
  if (now < certificate.validFromDate.getTime())
    throw new UnusablePair(`it is not valid before ${certificate.validFromDate.toISOString()}`);
}

/**
 * The names a certificate is for: DNS names in lower case and IP addresses in their shortest form,
 * in the order in which they stand there.
 */
export function namesOf(certificate: X509Certificate): string[] {
  // Node quotes an entry that holds a comma; such a one is no name that a client could ask for.
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):([^"]+)$/.exec(entry)?.[1] ?? [])
    .map((name) => (ipaddr.isValid(name) ? ipaddr.parse(name).toString() : name.toLowerCase()));
}

/** The name of a subject or an issuer as people read it. Node writes one part a line, and no name as undefined. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
