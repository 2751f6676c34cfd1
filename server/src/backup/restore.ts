import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../errors.ts';
import { ALL, DATABASE, unzipped } from './backup.ts';
import { temporaryName } from './leftovers.ts';
import { Unopenable } from './seal.ts';
import { unpack } from './tar.ts';

/**
 * Puts a backup into a data folder that holds no data yet.
 *
 * @param file its path
 * @param elsewhere takes the data instead of the folder, from the SQLite file that is its argument;
 *   where it fails, nothing is in the folder
 * @returns the names of the files that were restored
 * @throws backup.unreadable, backup.folder_taken, and what `elsewhere` throws
 */
export async function restoreBackup(
  file: string,
  passphrase: string,
  dataDir: string,
  elsewhere?: (database: string) => Promise<void>,
): Promise<string[]> {
  const taken = namesIn(dataDir).filter(isData);
  if (taken.length > 0) throw fail('backup.folder_taken', { path: dataDir, name: taken[0] ?? '' });
  const archive = await opened(file, passphrase);
  const folder = join(dataDir, temporaryName('.restore-'));
  const put: string[] = [];
  try {
    makeWithin(folder);
    const names = await unpackInto(archive, folder);
    const placed = elsewhere ? names.filter((name) => name !== DATABASE) : names;
    for (const name of placed) {
      const path = join(dataDir, name);
      if (!existsSync(dirname(path))) {
        mkdirSync(dirname(path), { mode: 0o700 });
        put.push(dirname(path));
      }
      // Never in the place of another.
      linkSync(join(folder, name), path);
      put.push(path);
    }
    if (names.includes(DATABASE)) await elsewhere?.(join(folder, DATABASE));
    return names;
  } catch (error) {
    // A folder may hold none but these: it was not there before.
    for (const path of put) rmSync(path, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function opened(file: string, passphrase: string): Promise<AsyncIterable<Buffer>> {
  try {
    return await unzipped(file, passphrase);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown) {
  const why = error instanceof Unopenable ? error.message : String((error as Error).message);
  return fail('backup.unreadable', { file, why }, error);
}

/** Writes what a backup has files for, and nothing else. @returns the names of what was written */
async function unpackInto(archive: AsyncIterable<Buffer>, folder: string): Promise<string[]> {
  const files = new Map<string, number>();
  try {
    await unpack(archive, (name) => {
      if (!ALL.has(name) || files.has(name)) return undefined;
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const opened = openSync(path, 'wx', name.endsWith('.crt') ? 0o644 : 0o600);
      files.set(name, opened);
      return (piece) => {
        for (let at = 0; at < piece.length; ) at += writeSync(opened, piece, at);
      };
    });
    for (const opened of files.values()) fsyncSync(opened);
    return [...files.keys()];
  } finally {
    for (const opened of files.values()) closeSync(opened);
  }
}

/** mkdir(2) level by level; `recursive: true` never returns below /proc. */
function makeWithin(path: string): void {
  if (existsSync(path)) return;
  makeWithin(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw fail('store.data_dir', { path: dirname(path), why: (error as Error).message }, error);
  }
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
