import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { fail } from '../errors.ts';
import { hold, removeLeftovers, temporaryName } from './leftovers.ts';
import { open, seal } from './seal.ts';
import { pack, type Source, type Told, unpack } from './tar.ts';

export const DATABASE = 'sallyport.db';
export const AUDIT_DATABASE = 'audit.db';
/** What belongs to it: the key of the credentials, the CA that kubeconfigs trust, what was uploaded. */
const FILES = ['key', 'tls/ca.pem', 'tls/ca.crt', 'tls/server.pem', 'tls/uploaded.pem'] as const;
/** All that a backup may hold. */
export const ALL: ReadonlySet<string> = new Set([DATABASE, AUDIT_DATABASE, ...FILES]);
/** In the data folder: the copies that a backup is made of, while it is made. */
const COPIES = '.backup-';

export interface BackupDependencies {
  readonly dataDir: string;
  /** Makes `sallyport.db` in a folder: all of the data, as they were at one moment. */
  readonly copyData: (folder: string) => Promise<void>;
  /** Makes `audit.db` there; absent: the audit log is not in it. */
  readonly copyAudit?: ((folder: string) => Promise<void>) | undefined;
}

export type Backup = ReturnType<typeof createBackup>;

/** Copies all that a Sallyport is made of into one sealed file. */
export function createBackup({ dataDir, copyData, copyAudit }: BackupDependencies) {
  /** Copies it all. @returns the files, and what removes the copies */
  async function gather(): Promise<{ files: Source[]; remove: () => void }> {
    // Beside the data: the copy is as secret, and may be as large.
    const folder = join(dataDir, temporaryName(COPIES));
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      throw fail('storage.unwritable', { path: dataDir, why: (error as Error).message }, error);
    }
    let letGo = () => {};
    const remove = () => {
      letGo();
      rmSync(folder, { recursive: true, force: true });
    };
    try {
      letGo = hold(folder);
      await copyData(folder);
      // Second, so that it tells of whatever is in the first.
      await copyAudit?.(folder);
      const copies = copyAudit ? [DATABASE, AUDIT_DATABASE] : [DATABASE];
      const files = FILES.filter((name) => existsSync(join(dataDir, name)));
      return {
        files: [
          ...copies.map((name) => ({ name, path: join(folder, name) })),
          ...files.map((name) => ({ name, path: join(dataDir, name) })),
        ],
        remove,
      };
    } catch (error) {
      remove();
      throw error;
    }
  }

  return {
    /**
     * @returns the file, piece by piece; the database in it is of one moment, whoever writes meanwhile.
     *   The copies are gone once it is closed
     * @throws what copying throws
     */
    async create(passphrase: string): Promise<Readable> {
      const { files, remove } = await gather();
      const stream = Readable.from(sealed(files, passphrase), { objectMode: false });
      stream.once('close', remove);
      return stream;
    },

    /**
     * Hands the file to whoever writes it.
     *
     * @param told called for each file in it, with the SHA-256 of its content in hex
     * @returns once the copies are gone, however that ends
     * @throws what copying and `write` throw
     */
    async give(passphrase: string, told: Told, write: Write): Promise<void> {
      const { files, remove } = await gather();
      try {
        await write(sealed(files, passphrase, told));
      } finally {
        remove();
      }
    },
  };
}

/** Takes the pieces of a file. */
export type Write = (pieces: AsyncIterable<Buffer>) => Promise<void>;

function sealed(files: readonly Source[], passphrase: string, told?: Told) {
  return seal(joined(Readable.from(pack(files, told)), createGzip()), passphrase);
}

/**
 * Removes copies of the data that a backup which was killed has left in the data folder.
 *
 * @param alone whether no version that does not write who makes them can be at work
 */
export function removeCopies(dataDir: string, alone: boolean): string[] {
  return removeLeftovers(dataDir, COPIES, { alone });
}

/**
 * Reads a backup from its file as restoring does, and writes nothing.
 *
 * @returns the SHA-256 of what each file in it holds, in hex, by name
 * @throws Unopenable, and what reading throws
 */
export async function digestsOf(
  file: string,
  passphrase: string,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, ReturnType<typeof createHash>>();
  await unpack(await unzipped(file, passphrase), (name) => {
    const digest = createHash('sha256');
    digests.set(name, digest);
    return (piece) => void digest.update(piece);
  });
  return new Map([...digests].map(([name, digest]) => [name, digest.digest('hex')]));
}

/** The archive in a backup. @throws Unopenable */
export async function unzipped(file: string, passphrase: string): Promise<AsyncIterable<Buffer>> {
  return joined(Readable.from(await open(file, passphrase)), createGunzip());
}

/** What goes through; where its source fails, so does it, and where nobody wants it, its source ends. */
function joined(source: Readable, through: Transform): Transform {
  // Whoever reads it is told of an error there.
  return pipeline(source, through, () => {});
}
