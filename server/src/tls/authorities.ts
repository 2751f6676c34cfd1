import { X509Certificate } from 'node:crypto';
import { holdsPrivateKey } from '@sallyport/contract';
import { oneLine } from './pair.ts';

/** One of the certificates that kubeconfigs are to trust. */
export interface Authority {
  readonly certificate: X509Certificate;
  /** Whether it is no CA but signed itself: then a client trusts this one certificate, and no other. */
  readonly alone: boolean;
}

/** The CAs cannot be used; the message is half a sentence that says why. */
export class UnusableAuthorities extends Error {}

/** Two make a rotation, and a company may have some; a file with more is a bundle of public roots. */
const MOST = 10;
const DAY_MS = 86_400_000;
/** As long as a kubeconfig lives unless somebody chose otherwise: one made now may outlive its CA. */
const SOON_MS = 30 * DAY_MS;

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;
const BEGINNING = /-----BEGIN /g;

/**
 * Reads the certificates that kubeconfigs are to trust, and judges none of them by its dates: those
 * that are stored may have ended since.
 *
 * @param text PEM, with whatever is written around the certificates
 * @returns each once, in the order in which they came
 * @throws {@link UnusableAuthorities}; what is wrong is not repeated, since it may be a secret
 */
export function readAuthorities(text: string): Authority[] {
  if (holdsPrivateKey(text))
    throw new UnusableAuthorities('there is a private key among them, which nobody needs here');
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length < (text.match(BEGINNING) ?? []).length)
    throw new UnusableAuthorities('one of them is cut off, or is no PEM');
  if (blocks.length === 0)
    throw new UnusableAuthorities(
      'this is no PEM, which begins with -----BEGIN CERTIFICATE----- (openssl x509 -inform der makes it of a binary file)',
    );
  const authorities = new Map<string, Authority>();
  for (const [index, [block, kind]] of blocks.entries()) {
    const which = blocks.length === 1 ? 'it' : `number ${index + 1}`;
    if (kind !== 'CERTIFICATE')
      throw new UnusableAuthorities(`${which} is no certificate, but a ${kind}`);
    const authority = toAuthority(block, which);
    authorities.set(authority.certificate.fingerprint256, authority);
  }
  if (authorities.size > MOST)
    throw new UnusableAuthorities(
      `there are ${authorities.size} of them, and each file would hold them all: give ${MOST} at the most`,
    );
  return [...authorities.values()];
}

function toAuthority(block: string, which: string): Authority {
  const certificate = parse(block, which);
  // OpenSSL's `X509_check_ca`: basicConstraints, and a keyUsage that lets it sign certificates.
  if (certificate.ca) return { certificate, alone: false };
  if (!signedItself(certificate))
    throw new UnusableAuthorities(
      `${which} (${subjectOf(certificate)}) is the certificate of no CA: give that of the CA which signed it, ${oneLine(certificate.issuer)}`,
    );
  return { certificate, alone: true };
}

function parse(block: string, which: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new UnusableAuthorities(`${which} cannot be read as a certificate`, { cause });
  }
}

function signedItself(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/**
 * Sees that all of them can be embedded from now on.
 *
 * @param now epoch milliseconds
 * @throws {@link UnusableAuthorities} where one has ended, or its time has not come
 */
export function checkAuthorities(authorities: readonly Authority[], now: number): void {
  for (const { certificate } of authorities) {
    const { validFromDate, validToDate } = certificate;
    if (now > validToDate.getTime())
      throw new UnusableAuthorities(
        `${subjectOf(certificate)} ended at ${validToDate.toISOString()}`,
      );
    if (now < validFromDate.getTime())
      throw new UnusableAuthorities(
        `${subjectOf(certificate)} is not valid before ${validFromDate.toISOString()}`,
      );
  }
}

/** Whether a kubeconfig that is made now may well outlive it. */
export function endsSoon({ certificate }: Authority, now: number): boolean {
  return certificate.validToDate.getTime() - now < SOON_MS;
}

/** PEM, with nothing but the certificates. */
export function toPem(authorities: readonly Authority[]): string {
  return authorities.map(({ certificate }) => certificate.toString()).join('');
}

export function subjectOf({ subject }: X509Certificate): string {
  return oneLine(subject) || 'a certificate without a subject';
}
