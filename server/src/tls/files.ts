import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '../errors.ts';

/**
 * Reads a text file.
 *
 * @returns undefined where there is none
 * @throws `storage.unreadable`
 */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fail('storage.unreadable', { path, why: whyNot(error) }, error);
  }
}

/**
 * Writes a file so that after a crash it is either the old one or the new one, whole.
 *
 * @param mode its permissions, whatever the umask
 * @throws `storage.unwritable`
 */
export function replaceFile(path: string, text: string, mode: number): void {
  writing(path, () => {
    const temporary = writeBeside(path, text, mode);
    renameSync(temporary, path);
    syncFolder(path);
  });
}

/**
 * Writes a file that must never take the place of another, as {@link replaceFile} would.
 *
 * @returns false where there is one already; it is left as it is
 * @throws `storage.unwritable`
 */
export function createFile(path: string, text: string, mode: number): boolean {
  return writing(path, () => {
    const temporary = writeBeside(path, text, mode);
    try {
      linkSync(temporary, path);
      syncFolder(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}

/**
 * Makes a folder, and those above it, that only this user may enter.
 *
 * @throws `storage.unwritable`
 */
export function makeFolder(path: string): void {
  writing(path, () => makeWithParents(path));
}

/**
 * mkdir(2) level by level. `recursive: true` goes round for ever where a folder exists and yet
 * nothing can be made in it, as in /proc.
 */
function makeWithParents(path: string): void {
  if (existsSync(path)) return;
  makeWithParents(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function writeBeside(path: string, text: string, mode: number): string {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', mode);
  try {
    fchmodSync(file, mode);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return temporary;
}

/** A rename is on the disk once its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw fail('storage.unwritable', { path, why: whyNot(error) }, error);
  }
}

/** Says in words what a failed file operation means. */
export function whyNot(error: unknown): string {
  const code = codeOf(error);
  return (code && WORDS[code]) ?? code ?? String(error);
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is no folder',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
};

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}
