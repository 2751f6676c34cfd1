import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { fail } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createKeptCertificate } from './kept.ts';
import { machineNames } from './names.ts';
import { createOperatorCertificate } from './operator.ts';
import { namesOf, oneLine, type Pair, UnusablePair } from './pair.ts';
import { covers, readUpload } from './upload.ts';

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
  readonly source: 'own' | 'uploaded' | 'operator';
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256, as openssl writes it. */
  readonly fingerprint: string;
  /** Whether it is for this host name or address. */
  readonly covers: (host: string) => boolean;
  /** Whether kubeconfigs trust this one certificate and no CA, and so end with it. */
  readonly trustedAlone: boolean;
}

/** A certificate to serve from now on. */
export interface Upload {
  /** PEM: the server's, then each that signed the one before it. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: string;
  /** A host name or address that it must be for; undefined: it may be for any. */
  readonly host: string | undefined;
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
  /** Looks at once whether this or another process has got an upload, or dropped it. */
  reread(): void;
  /**
   * Takes an upload in place of the certificate in use. It is in use here when this returns, and in
   * other processes once they {@link reread}. Open connections stay as they are.
   *
   * @throws `tls.upload_configured`, `tls.upload_refused`, `tls.upload_names`, `storage.unwritable`
   */
  upload(upload: Upload): void;
  /**
   * Goes back from an upload to Sallyport's own certificate; nothing where that is in use.
   *
   * @throws `tls.upload_configured`, `storage.unwritable`
   */
  dropUpload(): void;
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
  const configured =
    cert !== undefined && key !== undefined
      ? createOperatorCertificate({ cert, key, logger, now })
      : undefined;
  const kept = configured
    ? undefined
    : await createKeptCertificate({ dataDir, publicUrl, hostnames, logger, now });
  const source = configured ?? replaceable();

  const callbacks = new Set<() => void>();
  function tell(hasChanged: boolean): void {
    if (hasChanged) for (const callback of callbacks) callback();
  }
  async function refresh(): Promise<void> {
    tell(await source.refresh());
  }
  function replaceable() {
    if (!kept) throw fail('tls.upload_configured');
    return kept;
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
        covers: (host) => covers(certificate, host),
        trustedAlone: isTrustedAlone(certificate, source.caData()),
      };
    },
    refresh,
    reread: () => tell(kept?.reread() ?? false),
    upload({ certificate, key, host }) {
      const target = replaceable();
      const pair = readOrRefuse(certificate, key, now());
      const [leaf] = pair.chain;
      if (host !== undefined && !covers(leaf, host))
        throw fail('tls.upload_names', { host, names: namesOf(leaf).join(', ') });
      target.keep(pair);
      tell(target.reread());
    },
    dropUpload() {
      const target = replaceable();
      target.drop();
      tell(target.reread());
    },
    stop: () => clearInterval(timer),
  };
}

function readOrRefuse(certText: string, keyText: string, now: number): Pair {
  try {
    return readUpload(certText, keyText, now);
  } catch (error) {
    if (!(error instanceof UnusablePair)) throw error;
    throw fail('tls.upload_refused', { why: error.message }, error);
  }
}

function isTrustedAlone(certificate: X509Certificate, caData: string | undefined): boolean {
  if (caData === undefined || certificate.ca) return false;
  return new X509Certificate(caData).fingerprint256 === certificate.fingerprint256;
}
