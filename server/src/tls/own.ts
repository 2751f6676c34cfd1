import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { type Authority, openAuthority } from './authority.ts';
import { readIfThere, replaceFile } from './files.ts';
import { requiredNames } from './names.ts';
import { namesOf, type Pair, readPair } from './pair.ts';
import type { CertificateSource } from './source.ts';

export interface OwnCertificateOptions {
  /** The data folder; CA and certificate lie in `tls/` below it. */
  readonly dataDir: string;
  readonly publicUrl: string | undefined;
  /** Names and addresses of the machine, asked again at each check. */
  readonly hostnames: () => readonly string[];
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/**
 * A certificate from Sallyport's own CA, kept in `server.pem`. It is issued anew when a third of
 * its life is left, and when the machine or the public URL has got another name. Unlike the CA it
 * is not precious: a damaged one is replaced. Where several processes share the folder, what one
 * has issued is taken by the others.
 *
 * @throws as {@link openAuthority} does
 */
export async function createOwnCertificate(
  options: OwnCertificateOptions,
): Promise<CertificateSource> {
  const { dataDir, publicUrl, hostnames, logger, now } = options;
  const folder = join(dataDir, 'tls');
  const file = join(folder, 'server.pem');
  const authority = await openAuthority(folder, now(), logger);
  if (authority.certificate.validToDate.getTime() - now() < YEAR_MS)
    logger.warn(
      { notAfter: authority.certificate.validToDate },
      'The CA of Sallyport ends within a year, and every kubeconfig with it.',
    );

  const names = () => requiredNames(publicUrl, hostnames());
  const whyNotUse = (pair: Pair) => whyReplace(pair, authority, names(), now());
  let current = readStored(file);
  if (!current || whyNotUse(current) !== undefined) current = await issue();

  async function issue(): Promise<Pair> {
    const { cert, key } = await authority.issue(names(), now());
    replaceFile(file, key + cert, 0o600);
    logger.info({ names: names() }, 'A server certificate was issued.');
    return readPair(cert, key);
  }

  let pair: Pair = current;
  return {
    kind: 'own',
    interval: HOUR_MS,
    pair: () => pair,
    caData: () => authority.pem,
    async refresh() {
      const stored = readStored(file);
      if (stored && stored.cert !== pair.cert && whyNotUse(stored) === undefined) {
        pair = stored;
        return true;
      }
      const reason = whyNotUse(pair);
      if (reason === undefined) return false;
      try {
        pair = await issue();
        return true;
      } catch (err) {
        logger.error({ err, reason }, 'The server certificate could not be issued anew.');
        return false;
      }
    },
  };
}

function readStored(file: string): Pair | undefined {
  try {
    const text = readIfThere(file);
    if (text === undefined || statSync(file).mode & 0o007) return undefined;
    return readPair(text, text);
  } catch {
    return undefined;
  }
}

function whyReplace(
  { chain: [certificate] }: Pair,
  authority: Authority,
  names: readonly string[],
  now: number,
): string | undefined {
  const start = certificate.validFromDate.getTime();
  const end = certificate.validToDate.getTime();
  if (now < start || end - now < (end - start) / 3) return 'it ends soon';
  if (
    !certificate.checkIssued(authority.certificate) ||
    !certificate.verify(authority.certificate.publicKey)
  )
    return 'another CA issued it';
  if (namesOf(certificate).join() !== names.join()) return 'the names have changed';
  return undefined;
}
