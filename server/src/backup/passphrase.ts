import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { fail, SallyportError } from '../errors.ts';

/** More than any passphrase has. */
const MAX_BYTES = 8_192;

/**
 * Reads a passphrase from a file whose only line it is.
 *
 * @param path who may read it opens every backup, so it must not be everybody
 * @throws backup.passphrase_exposed, backup.passphrase_file
 */
export function readPassphraseFile(path: string): string {
  let bytes: Buffer;
  try {
    const file = openSync(path, 'r');
    try {
      // Of the very file that is read. A group may: Kubernetes and systemd hand secrets over so.
      const { mode, size } = fstatSync(file);
      if (mode & 0o007) throw fail('backup.passphrase_exposed', { path });
      if (size > MAX_BYTES) throw new Error('it is larger than a passphrase is');
      bytes = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw fail('backup.passphrase_file', { path, why: (error as Error).message }, error);
  }
  const refuse = (why: string) => fail('backup.passphrase_file', { path, why });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('it is not UTF-8');
  }
  const passphrase = text.replace(/\r?\n$/, '');
  // Restoring reads one line, at which somebody may have to type it.
  if (/[\r\n\u2028\u2029\0]/.test(passphrase)) throw refuse('it holds more than one line');
  return passphrase;
}
