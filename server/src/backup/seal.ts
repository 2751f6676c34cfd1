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
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = Buffer.from('SALLYPORT-BACKUP-1\n');
const SALT = 16;
const NONCE = 12;
const TAG = 16;
/** Bytes that are read at once. */
const PIECE = 1024 * 1024;
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
 * Opens a file that was sealed. It is read twice: nothing of it is given out before all of it is known
 * to be what was sealed.
 *
 * @returns what was sealed, piece by piece
 * @throws {@link Unopenable} where it is no backup, or the passphrase is wrong, or it was changed; and
 *   what reading throws
 */
export async function open(path: string, passphrase: string): Promise<AsyncIterable<Buffer>> {
  const start = MAGIC.length + SALT + NONCE;
  const { head, tag, size } = endsOf(path, start);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw new Unopenable('it is no backup');
  if (size < start + TAG) throw new Unopenable('it is not whole');
  const salt = head.subarray(MAGIC.length, MAGIC.length + SALT);
  const key = await keyOf(passphrase, salt);
  async function* plain(): AsyncGenerator<Buffer> {
    const decipher = createDecipheriv('aes-256-gcm', key, head.subarray(MAGIC.length + SALT), {
      authTagLength: TAG,
    });
    decipher.setAAD(head);
    decipher.setAuthTag(tag);
    const end = size - TAG - 1;
    if (end >= start) {
      for await (const chunk of createReadStream(path, { start, end, highWaterMark: PIECE }))
        yield decipher.update(chunk);
    }
    try {
      yield decipher.final();
    } catch (cause) {
      throw new Unopenable('the passphrase is wrong, or the file was changed or cut', { cause });
    }
  }
  for await (const _ of plain());
  return plain();
}

/** What stands at both ends of a file. */
function endsOf(path: string, length: number) {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const head = Buffer.alloc(length);
    const tag = Buffer.alloc(TAG);
    readSync(file, head, 0, length, 0);
    if (size >= TAG) readSync(file, tag, 0, TAG, size - TAG);
    return { head, tag, size };
  } finally {
    closeSync(file);
  }
}
