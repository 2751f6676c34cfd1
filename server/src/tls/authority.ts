// @peculiar/x509 needs this before it is loaded.
import 'reflect-metadata';
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type X509Certificate,
} from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { fail } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createFile, makeFolder, readIfThere, replaceFile, whyNot } from './files.ts';
import { checkDates, readPair, UnusablePair } from './pair.ts';

/** Sallyport's own CA. */
export interface Authority {
  readonly certificate: X509Certificate;
  /** The same in PEM. */
  readonly pem: string;
  /**
   * Issues a server certificate with a new key.
   *
   * @param names DNS names and IP addresses
   * @param now epoch milliseconds
   * @returns both in PEM
   */
  issue(names: readonly string[], now: number): Promise<{ cert: string; key: string }>;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_653;
/** Short, since renewal costs nobody anything; long enough for a machine that was off for weeks. */
const SERVER_DAYS = 90;
/** Clocks differ, and a certificate made a moment ago must not lie in the future. */
const BACKDATE_MS = 300_000;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Opens the CA in a folder, and makes it where there is none.
 *
 * Key and certificate are one file, `ca.pem`, so that a crash can never leave half of the pair; the
 * certificate alone is copied to `ca.crt` for people to import. A damaged CA is an error and never
 * replaced: every kubeconfig trusts the old one.
 *
 * @param folder made where it is missing
 * @param now epoch milliseconds
 * @throws `tls.authority_damaged`, `tls.authority_exposed`, `storage.unwritable`
 */
export async function openAuthority(
  folder: string,
  now: number,
  logger: Logger,
): Promise<Authority> {
  makeFolder(folder);
  const file = join(folder, 'ca.pem');
  if (readAuthority(file) === undefined) {
    // Should another process have been faster, its CA is the one that counts.
    if (createFile(file, await makeAuthority(now), 0o600)) logger.info({ file }, 'A CA was made.');
  }
  const text = readAuthority(file) ?? '';
  protect(file, logger);
  const { certificate, key } = parseAuthority(file, text, now);
  const pem = certificate.toString();
  const copy = join(folder, 'ca.crt');
  if (readIfThere(copy) !== pem) replaceFile(copy, pem, 0o644);
  return { certificate, pem, issue: (names, at) => issue(certificate, key, names, at) };
}

function readAuthority(file: string): string | undefined {
  try {
    return readIfThere(file);
  } catch (error) {
    throw fail('tls.authority_damaged', { file, why: whyNot(error) }, error);
  }
}

function protect(file: string, logger: Logger): void {
  const { mode } = statSync(file);
  if (mode & 0o007) throw fail('tls.authority_exposed', { file });
  if (mode & 0o070) {
    // Kubernetes opens every file of a volume to the group that `fsGroup` names, at each mount:
    // that is no mistake of anybody's, so it is put right and not refused.
    logger.warn({ file }, 'The file with the CA key was open to its group. It is closed again.');
    chmodSync(file, 0o600);
  }
}

function parseAuthority(
  file: string,
  text: string,
  now: number,
): { certificate: X509Certificate; key: KeyObject } {
  try {
    const [certificate] = readPair(text, text).chain;
    if (!certificate.ca) throw new UnusablePair('the certificate in it is not one of a CA');
    checkDates(certificate, now);
    return { certificate, key: createPrivateKey(text) };
  } catch (error) {
    if (!(error instanceof UnusablePair)) throw error;
    throw fail('tls.authority_damaged', { file, why: error.message }, error);
  }
}

/**
 * Makes a CA that can do one thing: issue certificates for TLS servers, itself and directly.
 *
 * It has no name constraints (RFC 5280, 4.2.1.10). They would have to list the names of the server
 * for ten years to come: a new public URL would need a new CA, and with it every kubeconfig anew.
 */
async function makeAuthority(now: number): Promise<string> {
  const { publicKey, privateKey } = newKeys();
  const keys = {
    publicKey: publicKey.toCryptoKey(EC, true, ['verify']),
    privateKey: privateKey.toCryptoKey(EC, false, ['sign']),
  };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    // A part of its own, so that the CAs of two installations can be told apart.
    name: `CN=Sallyport CA ${randomBytes(4).toString('hex')}, O=Sallyport`,
    ...validity(now, AUTHORITY_DAYS),
    signingAlgorithm: EC,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${toPem(privateKey)}${certificate.toString('pem')}\n`;
}

async function issue(
  authority: X509Certificate,
  signingKey: KeyObject,
  names: readonly string[],
  now: number,
): Promise<{ cert: string; key: string }> {
  const { publicKey, privateKey } = newKeys();
  const subjectKey = publicKey.toCryptoKey(EC, true, ['verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: 'CN=Sallyport',
    issuer: nameOf(authority),
    ...validity(now, SERVER_DAYS, authority.validToDate),
    signingAlgorithm: EC,
    publicKey: subjectKey,
    signingKey: signingKey.toCryptoKey(EC, false, ['sign']),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
      await SubjectKeyIdentifierExtension.create(subjectKey),
      await AuthorityKeyIdentifierExtension.create(
        authority.publicKey.toCryptoKey(EC, true, ['verify']),
      ),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: toPem(privateKey) };
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** 127 random bits: unique, positive, and not to be guessed (RFC 5280, 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

function validity(now: number, days: number, atMost?: Date) {
  const end = now + days * DAY_MS;
  return {
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(atMost ? Math.min(end, atMost.getTime()) : end),
  };
}

/** Node writes one part a line, the generator reads them divided by commas. */
function nameOf(certificate: X509Certificate): string {
  return certificate.subject.split('\n').join(', ');
}
