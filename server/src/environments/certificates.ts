import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Refuse } from './refuse.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----/g;

/**
 * Checks CA certificates.
 *
 * @param data PEM, or PEM in base64 as a kubeconfig has it
 * @param now epoch milliseconds
 * @returns PEM, certificates only
 */
export function readCa(data: string, refuse: Refuse, now = Date.now()): string {
  const how =
    "Give the CA that signed the API server's certificate: certificate-authority-data of a kubeconfig that works, or ca.crt of any ServiceAccount.";
  const certificates = readCertificates(data, 'The CA', refuse, how);
  const valid = certificates.filter((certificate) => certificate.validToDate.getTime() > now);
  const last = certificates.at(-1);
  if (valid.length === 0 && last) {
    throw refuse(`The CA certificate expired at ${time(last.validToDate)}.`, how);
  }
  return certificates.map((certificate) => certificate.toString()).join('');
}

/**
 * Checks a client certificate and its key: they must belong together and be valid now.
 *
 * @param certData PEM or PEM in base64; intermediates may follow
 * @param keyData PEM or PEM in base64, not encrypted
 * @param now epoch milliseconds
 */
export function readClientCertificate(
  certData: string,
  keyData: string,
  refuse: Refuse,
  now = Date.now(),
): { cert: string; key: string } {
  const how = 'Give a client certificate with its key, or the token of a ServiceAccount.';
  const certificates = readCertificates(certData, 'The client certificate', refuse, how);
  const leaf = certificates[0];
  const key = readKey(keyData, refuse);
  if (!leaf?.checkPrivateKey(key)) {
    throw refuse('The client key does not belong to the client certificate.', how);
  }
  if (leaf.validToDate.getTime() <= now) {
    throw refuse(`The client certificate expired at ${time(leaf.validToDate)}.`, how);
  }
  if (leaf.validFromDate.getTime() > now) {
    throw refuse(
      `The client certificate is not valid before ${time(leaf.validFromDate)}.`,
      "Check the clock of this machine, and the certificate's dates.",
    );
  }
  return {
    cert: certificates.map((certificate) => certificate.toString()).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** A moment for a sentence: RFC 3339 in UTC without fractions. */
export function time(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function readCertificates(
  data: string,
  what: string,
  refuse: Refuse,
  how: string,
): X509Certificate[] {
  const blocks = readPem(data, what, refuse).match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw refuse(`${what} contains no PEM certificate.`, how);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw refuse(`${what} contains a certificate that cannot be read.`, how);
    }
  });
}

function readKey(data: string, refuse: Refuse): KeyObject {
  const pem = readPem(data, 'The client key', refuse);
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: .*ENCRYPTED/m.test(pem)) {
    throw refuse(
      'The client key is encrypted with a passphrase.',
      'Give a key without one, or the token of a ServiceAccount.',
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw refuse('The client key is no PEM private key.', 'Give the key as PEM.');
  }
}

/** PEM as it is, or out of base64: the kubeconfig's `*-data` fields, also pasted without care. */
function readPem(data: string, what: string, refuse: Refuse): string {
  if (data.includes('-----BEGIN')) return data;
  const compact = data.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.replace(/=+$/, '').length % 4 === 1) {
    throw refuse(`${what} is neither PEM nor base64.`, 'Copy it again as one piece.');
  }
  return Buffer.from(compact, 'base64').toString('latin1');
}
