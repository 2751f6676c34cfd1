import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { fail } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createEndWarning, warnIfUnanchored } from './ending.ts';
import { whyNot } from './files.ts';
import { checkDates, type Pair, readPair, UnusablePair } from './pair.ts';
import type { CertificateSource } from './source.ts';
import { findTrust, type Trust } from './trust.ts';

export interface OperatorCertificateOptions {
  /** PEM file with the certificate, followed by its chain. */
  readonly cert: string;
  /** PEM file with the key. */
  readonly key: string;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * A certificate that the operator brings, say from cert-manager or an ACME client. Its files are
 * read again and again rather than watched: a Kubernetes Secret changes by swapping a link two
 * folders up, a mount may not tell of changes, and the content is what counts.
 *
 * @throws `tls.certificate_unusable` where there is no valid pair at the start. Later ones that are
 *   not usable are logged, and the one in use stays
 */
export function createOperatorCertificate(options: OperatorCertificateOptions): CertificateSource {
  const { logger, now } = options;
  const roots = rootCertificates.map((pem) => new X509Certificate(pem));
  let seen = '';
  const warnIfEnding = createEndWarning(logger, now);

  function load(): { pair: Pair; trust: Trust } | undefined {
    const certText = read(options.cert);
    const keyText = read(options.key);
    const content = `${certText}\n${keyText}`;
    if (content === seen) return undefined;
    // Remembered before it is judged, so that the same fault is told once.
    seen = content;
    try {
      const pair = readPair(certText, keyText);
      checkDates(pair.chain[0], now());
      return { pair, trust: findTrust(pair.chain, roots) };
    } catch (error) {
      if (!(error instanceof UnusablePair)) throw error;
      throw unusable(options.cert, error.message, error);
    }
  }

  const first = load();
  if (!first) throw unusable(options.cert, 'the files are empty');
  let current = first;
  warnIfEnding(current.pair);
  warnIfUnanchored(current.trust, logger);
  return {
    kind: 'operator',
    interval: 10_000,
    pair: () => current.pair,
    caData: () => (current.trust.public ? undefined : current.trust.anchor.toString()),
    async refresh() {
      try {
        const next = load();
        if (!next) return false;
        current = next;
        warnIfUnanchored(current.trust, logger);
        logger.info('The certificate has changed and was read again.');
        return true;
      } catch (err) {
        logger.error({ err }, 'The new certificate is not usable. The one before stays in use.');
        return false;
      } finally {
        warnIfEnding(current.pair);
      }
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(file, whyNot(error), error);
  }
}

function unusable(file: string, why: string, cause?: unknown) {
  return fail('tls.certificate_unusable', { file, why }, cause);
}
