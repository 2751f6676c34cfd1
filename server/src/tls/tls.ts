import { isIP } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Logger } from '../log.ts';
import { machineNames } from './names.ts';
import { createOperatorCertificate } from './operator.ts';
import { createOwnCertificate } from './own.ts';
import { namesOf } from './pair.ts';

export interface TlsOptions {
  readonly dataDir: string;
  /** `https://host[:port]`; its host is one of the names of Sallyport's own certificate. */
  readonly publicUrl: string | undefined;
  /** PEM files of the operator's certificate and key: both, or neither for Sallyport's own CA. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Names and addresses of the machine; asked again while running. */
  readonly hostnames?: () => readonly string[];
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Milliseconds between two looks at the certificate. */
  readonly interval?: number;
}

/** The certificate in use, for people. */
export interface CertificateDescription {
  readonly source: 'own' | 'operator';
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256, as openssl writes it. */
  readonly fingerprint: string;
  /** Whether it is for this host name or address. */
  readonly covers: (host: string) => boolean;
}

export interface Tls {
  /** What node:tls needs to serve with the certificate in use. */
  secureContext(): SecureContextOptions;
  /** Calls back when the certificate has changed; returns what ends that. */
  onChange(callback: () => void): () => void;
  /** The CA that a kubeconfig must embed, in PEM; undefined where the certificate is publicly trusted. */
  caData(): string | undefined;
  describe(): CertificateDescription;
  /** Looks now whether the certificate must change, as a timer does all the while. */
  refresh(): Promise<void>;
  stop(): void;
}

/**
 * TLS 1.2 with forward secrecy and authenticated encryption, and all of 1.3 (RFC 9325, 4.2). AES
 * with 128 bits comes first: it is as safe here and takes less time.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * Holds the server certificate, and keeps it valid while the program runs.
 *
 * @throws `tls.authority_damaged`, `tls.authority_exposed`, `tls.certificate_unusable` or
 *   `storage.unwritable`
 */
export async function createTls(options: TlsOptions): Promise<Tls> {
  const { dataDir, publicUrl, cert, key, logger } = options;
  const { hostnames = machineNames, now = Date.now } = options;
  const source =
    cert !== undefined && key !== undefined
      ? createOperatorCertificate({ cert, key, logger, now })
      : await createOwnCertificate({ dataDir, publicUrl, hostnames, logger, now });

  const callbacks = new Set<() => void>();
  async function refresh(): Promise<void> {
    if (await source.refresh()) for (const callback of callbacks) callback();
  }
  const timer = setInterval(() => void refresh(), options.interval ?? source.interval);
  timer.unref();

  return {
    secureContext: () => ({
      cert: source.pair().cert,
      key: source.pair().key,
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      honorCipherOrder: true,
    }),
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    caData: () => source.caData(),
    describe() {
      const [certificate] = source.pair().chain;
      return {
        source: source.kind,
        subject: oneLine(certificate.subject),
        issuer: oneLine(certificate.issuer),
        names: namesOf(certificate),
        notBefore: certificate.validFromDate,
        notAfter: certificate.validToDate,
        fingerprint: certificate.fingerprint256,
        covers: (host) =>
          Boolean(isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)),
      };
    },
    refresh,
    stop: () => clearInterval(timer),
  };
}

/** Node writes a name with one part a line. */
function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
