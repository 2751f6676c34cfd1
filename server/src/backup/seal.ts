/**
 * The form of a backup, so that it can be opened without Sallyport too:
 *
 *   "SALLYPORT-BACKUP-1\n" | salt, 16 bytes | nonce, 12 bytes | ciphertext | tag, 16 bytes
 *
 * The key is scrypt (RFC 7914) of the passphrase in UTF-8, NFC, with N = 2^17, r = 8, p = 1 (OWASP,
 * "Password Storage"), 32 bytes. The ciphertext is AES-256-GCM of a gzipped tar archive; what stands
 * before it is the additional data.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';

const MAGIC = Buffer.from('SALLYPORT-BACKUP-1\n');
const SALT = 16;
const NONCE = 12;
const TAG = 16;
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

/** Why a file cannot be opened: half a sentence. */
export class Unopenable extends Error {}

function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, COST, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Seals what comes, piece by piece. */
export async function* seal(
  content: AsyncIterable<Buffer>,
  passphrase: string,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT);
  const nonce = randomBytes(NONCE);
  const head = Buffer.concat([MAGIC, salt, nonce]);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt), nonce);
  cipher.setAAD(head);
  yield head;
  for await (const chunk of content) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/**
 * Opens what was sealed, whole or not at all.
 *
 * @throws {@link Unopenable} where it is no backup, or the passphrase is wrong, or it was changed
 */
export async function open(file: Buffer, passphrase: string): Promise<Buffer> {
  const start = MAGIC.length + SALT + NONCE;
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new Unopenable('it is no backup');
  if (file.length < start + TAG) throw new Unopenable('it is not whole');
  const head = file.subarray(0, start);
  const salt = file.subarray(MAGIC.length, MAGIC.length + SALT);
  const nonce = file.subarray(MAGIC.length + SALT, start);
  const decipher = createDecipheriv('aes-256-gcm', await keyOf(passphrase, salt), nonce);
  decipher.setAAD(head);
  decipher.setAuthTag(file.subarray(-TAG));
  const content = decipher.update(file.subarray(start, -TAG));
  try {
    return Buffer.concat([content, decipher.final()]);
  } catch (cause) {
    throw new Unopenable('the passphrase is wrong, or the file was changed or cut', { cause });
  }
}
