import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { withLock } from '../../lab/src/lock.ts';

/**
 * The folder of everything that is built or downloaded for the conformance run:
 * $XDG_CACHE_HOME/sallyport/conformance, with ~/.cache where the variable is not set (XDG Base
 * Directory Specification; it says to ignore a relative path).
 */
export function cacheRoot(): string {
  const set = process.env.XDG_CACHE_HOME;
  const base = set && isAbsolute(set) ? set : join(process.env.HOME ?? homedir(), '.cache');
  return join(base, 'sallyport', 'conformance');
}

/**
 * A folder of the cache, made on first use: `make` fills a new folder beside its place, which is
 * then renamed, so that a folder that is there is whole. Several processes may ask at once.
 *
 * @param key its name; it holds the version of what is inside
 * @returns its path
 */
export async function cached(
  key: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheRoot(), key);
  if (existsSync(folder)) return folder;
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    const work = `${folder}.new`;
    // What a killed run left; the lock says that nobody works there.
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      await make(work);
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return folder;
}

/** A short name for the content of a source folder: what is built from it is built again when it changes. */
export function sourceKey(folder: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const path of entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash
      .update(`${path.slice(folder.length)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}
