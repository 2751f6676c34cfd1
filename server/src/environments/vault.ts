import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';

/** Seals secrets for the store, so that a copy of the database alone gives none of them away. */
export interface Vault {
  /** Names the key without telling anything about it. */
  readonly keyId: string;
  /**
   * Seals a text.
   *
   * @param bindTo what the text belongs to: it opens again only with the same value. Give every
   *   fact that decides where the secret is sent, so that who can write the database but not read
   *   the key can neither move a sealed text to another row nor point its row elsewhere.
   */
  seal(plain: string, bindTo: readonly unknown[]): string;
  /**
   * Opens what {@link seal} made; undefined where the key is another one, or the text or `bindTo`
   * was changed.
   */
  open(sealed: string, bindTo: readonly unknown[]): string | undefined;
  /**
   * A vault with a key of its own, made of this one's (HKDF, RFC 5869): for what others may have
   * sealed as often as they like, so that this key is not worn by it.
   */
  derive(purpose: string): Vault;
}

const KEY_BYTES = 32;
/** NIST SP 800-38D: 96 random bits, good for 2^32 texts with one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1';
const FILE_NAME = 'key';

/**
 * Opens the vault with the given key, or with the one in the file `key` of the data directory,
 * which is made at the first start.
 *
 * @param secretKey 32 bytes; undefined: use the file
 * @throws vault.key_exposed where everybody on the machine may read the file, vault.key_damaged where it holds no key,
 *   storage.unreadable, storage.unwritable
 */
export function openVault(dataDir: string, secretKey?: Buffer): Vault {
  return createVault(secretKey ?? readKeyFile(join(dataDir, FILE_NAME)));
}

/**
 * Makes a vault of a key. The sealed form is `v1.<key id>.<nonce, text and tag in base64url>`
 * (AES-256-GCM); it names format and key so that both can change later while old texts still open.
 */
export function createVault(key: Buffer): Vault {
  const keyId = createHmac('sha256', key).update('sallyport key id').digest('hex').slice(0, 16);
  const prefix = `${FORMAT}.${keyId}.`;
  return {
    keyId,
    seal(plain, bindTo) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(context(bindTo));
      const text = [cipher.update(plain, 'utf8'), cipher.final()];
      return prefix + Buffer.concat([nonce, ...text, cipher.getAuthTag()]).toString('base64url');
    },
    open(sealed, bindTo) {
      if (!sealed.startsWith(prefix)) return undefined;
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(context(bindTo));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
    derive: (purpose) =>
      createVault(Buffer.from(hkdfSync('sha256', key, '', `sallyport ${purpose}`, KEY_BYTES))),
  };
}

/** JSON of a list is unambiguous: no two lists of values give the same bytes. */
function context(bindTo: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify(bindTo));
}

function readKeyFile(path: string): Buffer {
  if (!existsSync(path)) orFail('storage.unwritable', path, () => makeKeyFile(path));
  if (process.platform !== 'win32') protect(path);
  const text = orFail('storage.unreadable', path, () => readFileSync(path, 'utf8').trim());
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
    throw fail('vault.key_damaged', { file: path });
  }
  return key;
}

function protect(path: string): void {
  const { mode } = orFail('storage.unreadable', path, () => statSync(path));
  if (mode & 0o007) throw fail('vault.key_exposed', { file: path });
  // Kubernetes opens every file of a volume to the group that `fsGroup` names, when it mounts it
  // for the first time, a restored one too: nobody's mistake, so it is put right and not refused.
  if (mode & 0o070) orFail('storage.unwritable', path, () => chmodSync(path, 0o600));
}

function orFail<T>(code: 'storage.unreadable' | 'storage.unwritable', path: string, act: () => T) {
  try {
    return act();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail(code, { path, why }, error);
  }
}

/** Whole and on disk before it has its name: a crash leaves no key or a good one. */
function makeKeyFile(path: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // Unlike a rename, a link does not replace the key that another process made meanwhile.
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}
