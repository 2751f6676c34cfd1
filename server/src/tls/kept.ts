import { X509Certificate } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fail } from '../errors.ts';
import { createEndWarning, warnIfUnanchored } from './ending.ts';
import { readIfThere, replaceFile, whyNot } from './files.ts';
import { createOwnCertificate, type OwnCertificateOptions } from './own.ts';
import { type Pair, readPair, UnusablePair } from './pair.ts';
import type { ReplaceableSource } from './source.ts';
import { findTrust, type Trust } from './trust.ts';

/** A lost message to another process costs a minute, not more. */
const INTERVAL_MS = 60_000;

interface Kept {
  readonly pair: Pair;
  readonly trust: Trust;
}

/**
 * The certificate that an admin has uploaded, while there is one in `uploaded.pem`; Sallyport's own
 * otherwise, which is kept ready all the while. The file is what counts, and not memory: processes
 * that share the folder read it again when one of them says so.
 *
 * An uploaded certificate that has ended is still served. Clients refuse it, yet an admin can get
 * past that in a browser and bring the next one; a program that does not start lets nobody in.
 *
 * @throws as {@link createOwnCertificate} does; `tls.uploaded_damaged` where the file is there and
 *   cannot be used at the start. Later that is logged, and the certificate in use stays
 */
export async function createKeptCertificate(
  options: OwnCertificateOptions,
): Promise<ReplaceableSource> {
  const { dataDir, logger, now } = options;
  const file = join(dataDir, 'tls', 'uploaded.pem');
  const own = await createOwnCertificate(options);
  const warnIfEnding = createEndWarning(logger, now);
  let fault = '';

  function load(): Kept | undefined {
    const pair = readUploaded(file);
    if (pair === undefined || pair.key === current?.pair.key) return pair && current;
    const roots = rootCertificates.map((pem) => new X509Certificate(pem));
    const trust = findTrust(pair.chain, roots);
    warnIfUnanchored(trust, logger);
    warnIfEnding(pair);
    return { pair, trust };
  }

  let current: Kept | undefined;
  current = load();

  function reread(): boolean {
    try {
      const next = load();
      fault = '';
      if (next === current) return false;
      current = next;
      logger.info(
        next ? 'An uploaded certificate is in use.' : "Sallyport's own certificate is in use.",
      );
      return true;
    } catch (err) {
      const message = String(err);
      // Looked at each minute, told once.
      if (fault !== message)
        logger.error({ err }, 'The uploaded certificate is not usable. The one before stays.');
      fault = message;
      return false;
    }
  }

  return {
    get kind() {
      return current ? 'uploaded' : 'own';
    },
    interval: INTERVAL_MS,
    pair: () => current?.pair ?? own.pair(),
    caData: () =>
      current ? (current.trust.public ? undefined : current.trust.anchor.toString()) : own.caData(),
    async refresh() {
      const renewed = await own.refresh();
      const changed = reread();
      if (current) warnIfEnding(current.pair);
      return changed || (renewed && current === undefined);
    },
    reread,
    keep({ key, cert }) {
      replaceFile(file, key + cert, 0o600);
    },
    drop() {
      try {
        rmSync(file, { force: true });
      } catch (error) {
        throw fail('storage.unwritable', { path: file, why: whyNot(error) }, error);
      }
    },
  };
}

/** @returns the pair; its key is the whole file, which holds both, so that it tells one upload from another */
function readUploaded(file: string): Pair | undefined {
  try {
    const text = readIfThere(file);
    if (text === undefined) return undefined;
    if (statSync(file).mode & 0o007)
      throw new UnusablePair('every user of this machine may read its key; chmod 600 it');
    return readPair(text, text);
  } catch (error) {
    const why = error instanceof UnusablePair ? error.message : whyNot(error);
    throw fail('tls.uploaded_damaged', { file, why }, error);
  }
}
