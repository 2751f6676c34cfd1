import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** What a leaf certificate says. Times default to an hour ago and a year ahead. */
export interface LeafOptions {
  commonName: string;
  /** Kubernetes reads these as the groups of a client certificate. */
  organizations?: string[];
  usage: ('server' | 'client')[];
  dnsNames?: string[];
  ipAddresses?: string[];
  notBefore?: Date;
  notAfter?: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const USAGE = {
  server: x509.ExtendedKeyUsage.serverAuth,
  client: x509.ExtendedKeyUsage.clientAuth,
};

/** A new certificate authority, valid for two years: a lab never lives that long. */
export async function newAuthority(commonName: string): Promise<KeyPair> {
  const keys = newKeys();
  const imported = await keys.imported();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - YEAR),
    notAfter: new Date(Date.now() + YEAR),
    signingAlgorithm: ALGORITHM,
    keys: imported,
    extensions: [
      await x509.SubjectKeyIdentifierExtension.create(imported.publicKey),
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
    ],
  });
  return { cert: cert.toString('pem'), key: keys.pem };
}

/** A new leaf certificate signed by `authority`. */
export async function newLeaf(authority: KeyPair, options: LeafOptions): Promise<KeyPair> {
  const keys = newKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const name: x509.JsonName = [{ CN: [options.commonName] }];
  for (const organization of options.organizations ?? []) name.push({ O: [organization] });
  const names: x509.JsonGeneralNames = [
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: name,
    issuer: issuer.subject,
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: options.notAfter ?? new Date(Date.now() + YEAR - HOUR),
    signingAlgorithm: ALGORITHM,
    publicKey: (await keys.imported()).publicKey,
    signingKey: await importPrivate(authority.key),
    extensions: [
      // Some clients (Python's since 3.13) verify strictly and want the issuer's key named.
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(options.usage.map((usage) => USAGE[usage])),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return { cert: cert.toString('pem'), key: keys.pem };
}

/** A key pair for signing ServiceAccount tokens (RS256, which every Kubernetes version knows). */
export function newTokenKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function newKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    imported: async () => ({
      privateKey: await importPrivate(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      publicKey: await webcrypto.subtle.importKey(
        'spki',
        publicKey.export({ type: 'spki', format: 'der' }),
        ALGORITHM,
        true,
        ['verify'],
      ),
    }),
  };
}

function importPrivate(pem: string | Buffer): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
}
