import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import { fail } from '../errors.ts';
import { open, seal, Unopenable } from './seal.ts';
import { pack, unpack } from './tar.ts';

const DATABASE = 'sallyport.db';
/** What belongs to it: the key of the credentials, the CA that kubeconfigs trust, what was uploaded. */
const FILES = ['key', 'tls/ca.pem', 'tls/ca.crt', 'tls/server.pem', 'tls/uploaded.pem'] as const;
/** More than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;
const ALL: ReadonlySet<string> = new Set([DATABASE, ...FILES]);

export interface BackupDependencies {
  readonly dataDir: string;
  /** Set: the data are in PostgreSQL. */
  readonly databaseUrl: string | undefined;
}

export type Backup = ReturnType<typeof createBackup>;

/** Copies all that a Sallyport is made of, but its audit log, into one sealed file. */
export function createBackup({ dataDir, databaseUrl }: BackupDependencies) {
  return {
    /**
     * @returns the file, piece by piece; the database in it is of one moment, whoever writes meanwhile
     * @throws backup.postgres
     */
    async create(passphrase: string): Promise<Readable> {
      if (databaseUrl !== undefined) throw fail('backup.postgres');
      // Beside the data: the copy is as secret, and may be as large.
      const folder = mkdtempSync(join(dataDir, '.backup-'));
      try {
        const copy = join(folder, DATABASE);
        const source = new DatabaseSync(join(dataDir, DATABASE), { readOnly: true });
        try {
          // All pages in one step, by another thread: a copy in steps begins anew at each write.
          await backup(source, copy, { rate: ALL_PAGES });
        } finally {
          source.close();
        }
        const files = FILES.filter((name) => existsSync(join(dataDir, name)));
        const archive = pack([
          { name: DATABASE, path: copy },
          ...files.map((name) => ({ name, path: join(dataDir, name) })),
        ]);
        const sealed = seal(Readable.from(archive).pipe(createGzip()), passphrase);
        const stream = Readable.from(sealed, { objectMode: false });
        stream.once('close', () => rmSync(folder, { recursive: true, force: true }));
        return stream;
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    },
  };
}

/**
 * Puts a backup into a data folder that holds no data yet.
 *
 * @param file its path
 * @returns the names of the files that were restored
 * @throws backup.unreadable, backup.folder_taken
 */
export async function restoreBackup(
  file: string,
  passphrase: string,
  dataDir: string,
): Promise<string[]> {
  const taken = namesIn(dataDir).filter(isData);
  if (taken.length > 0) throw fail('backup.folder_taken', { path: dataDir, name: taken[0] ?? '' });
  let entries: ReturnType<typeof unpack>;
  try {
    entries = unpack(gunzipSync(await open(readFileSync(file), passphrase)));
  } catch (error) {
    const why = error instanceof Unopenable ? error.message : String((error as Error).message);
    throw fail('backup.unreadable', { file, why }, error);
  }
  // Nothing is written anywhere but where a backup has its files.
  for (const { name, content } of entries.filter(({ name }) => ALL.has(name))) {
    const path = join(dataDir, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: name.endsWith('.crt') ? 0o644 : 0o600, flag: 'wx' });
  }
  return entries.map(({ name }) => name);
}

/** What is in a folder, which need not be there. */
function namesIn(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch (error) {
    throw fail('store.data_dir', { path: folder, why: (error as Error).message }, error);
  }
}

function isData(name: string): boolean {
  return name === 'key' || name === 'tls' || /\.db(?:-wal|-shm)?$/.test(name);
}
