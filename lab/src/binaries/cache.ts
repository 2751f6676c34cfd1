import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isProgram } from './command.ts';
import { type Answer, type Component, platform, type Source, type Want } from './source.ts';

/**
 * The cache folder for a release on this platform: $XDG_CACHE_HOME/sallyport/lab/VERSION-OS-ARCH,
 * with ~/.cache where the variable is not set (XDG Base Directory Specification).
 */
export function cacheFolder(version: string, env: NodeJS.ProcessEnv): string {
  const set = env.XDG_CACHE_HOME;
  // The specification: a relative path in the variable is to be ignored.
  const base = set && isAbsolute(set) ? set : join(env.HOME ?? homedir(), '.cache');
  const { os, arch } = platform();
  return join(base, 'sallyport', 'lab', `${version}-${os}-${arch}`);
}

/** What an earlier run built or downloaded. */
export const cache: Source = {
  name: 'cache',
  needsLock: false,
  find: async (want): Promise<Answer> => {
    const found = want.components.flatMap((component) => {
      const path = join(want.cache, 'bin', component);
      if (!isProgram(path)) return [];
      return [{ component, path, source: `the cache (${origin(path)})` }];
    });
    return found.length === want.components.length
      ? { found }
      : { found, refused: `${want.cache} does not hold them yet` };
  },
};

/**
 * Puts a finished program into the cache. It appears there whole or not at all: the file is made
 * beside its place and renamed, and the note of its origin is there before it.
 */
export function install(want: Want, component: Component, file: string, source: string): string {
  const folder = join(want.cache, 'bin');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, component);
  const temporary = `${path}.${process.pid}.new`;
  copyFileSync(file, temporary);
  chmodSync(temporary, 0o755);
  writeFileSync(`${path}.origin`, source);
  renameSync(temporary, path);
  return path;
}

/**
 * Makes a folder to build in and gives it to `work`; removed afterwards. Folders that a killed run
 * left are removed first: the caller holds the lock of `kind`, so nobody works in them.
 */
export async function withWorkFolder<T>(
  want: Want,
  kind: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  mkdirSync(want.cache, { recursive: true });
  for (const name of readdirSync(want.cache)) {
    if (name.startsWith(`work-${kind}-`)) {
      rmSync(join(want.cache, name), { recursive: true, force: true });
    }
  }
  const folder = mkdtempSync(join(want.cache, `work-${kind}-`));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function origin(path: string): string {
  try {
    return readFileSync(`${path}.origin`, 'utf8').trim();
  } catch {
    return 'of unknown origin';
  }
}
