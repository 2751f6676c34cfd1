import 'reflect-metadata';
import { randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Certificates for tests: any chain, any dates, right or wrong. */

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export interface Issued {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/**
 * Issues a certificate.
 *
 * @param name its common name; a DNS name for a server
 * @param issuer who signs it; itself where absent
 * @param use the one thing it may be used for (extendedKeyUsage, an OID); anything where absent
 * @param names hosts and addresses that it is for, where it is none of a CA
 * @param days from when to when it is valid, counted from now
 */
export async function issueForTest(
  name: string,
  issuer?: Issued,
  {
    ca = false,
    days = [-1, 90],
    use,
    names = [name],
  }: { ca?: boolean; days?: [number, number]; use?: string; names?: readonly string[] } = {},
): Promise<Issued> {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    notBefore: new Date(Date.now() + days[0] * DAY_MS),
    notAfter: new Date(Date.now() + days[1] * DAY_MS),
    signingAlgorithm: EC,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      ...(use ? [new ExtendedKeyUsageExtension([use])] : []),
      ...(ca
        ? []
        : [
            new SubjectAlternativeNameExtension(
              names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
            ),
          ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { cert: `${certificate.toString('pem')}\n`, key, name, keys };
}
