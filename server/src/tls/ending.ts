import type { Logger } from '../log.ts';
import type { Pair } from './pair.ts';
import type { Trust } from './trust.ts';

const DAY_MS = 86_400_000;
const WARNING_MS = 14 * DAY_MS;

/**
 * Warns in the log, once a day, while a certificate that Sallyport cannot renew has less than two
 * weeks left.
 *
 * @param now epoch milliseconds
 */
export function createEndWarning(logger: Logger, now: () => number): (pair: Pair) => void {
  let lastWarning = Number.NEGATIVE_INFINITY;
  return ({ chain: [certificate] }) => {
    const left = certificate.validToDate.getTime() - now();
    if (left > WARNING_MS || now() - lastWarning < DAY_MS) return;
    lastWarning = now();
    const notAfter = certificate.validToDate.toISOString();
    logger.warn(
      { notAfter },
      left > 0 ? 'The certificate ends soon.' : 'The certificate has ended.',
    );
  };
}

/** Warns in the log where kubeconfigs will trust nothing but the certificate itself. */
export function warnIfUnanchored({ public: isPublic, anchor }: Trust, logger: Logger): void {
  if (isPublic || anchor.ca) return;
  logger.warn(
    { issuer: anchor.issuer },
    'The certificate file does not hold the CA. Kubeconfigs will trust this one certificate, and end with it: put the CA at the end of the file.',
  );
}
