import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail, SallyportError } from '../errors.ts';
import { digestsOf, type Write } from './backup.ts';
import { removeLeftovers, temporaryName } from './leftovers.ts';
import type { Told } from './tar.ts';

/** Of the file while it is written. */
const UNFINISHED = '.sallyport-backup-';
/** The names that are given here: a moment in UTC, so that they sort as they were made. */
const OWN = /^sallyport-\d{8}T\d{9}Z\.backup$/;

/** Where a backup goes. */
export interface Place {
  readonly folder: string;
  /** undefined: one that is given here. */
  readonly name: string | undefined;
}

/** @param to a folder that is there, or a file that is not, in one that is @throws backup.to_taken, backup.to_unusable */
export function placeOf(to: string): Place {
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder(to)) return { folder: to, name: undefined };
  if (existsSync(to)) throw fail('backup.to_taken', { path: to });
  const folder = dirname(to);
  if (!isFolder(folder)) throw fail('backup.to_unusable', { path: folder, why: NO_FOLDER });
  if (to.endsWith('/')) throw fail('backup.to_unusable', { path: to, why: NO_FOLDER });
  return { folder, name: basename(to) };
}

const NO_FOLDER = 'there is no such folder';

export interface Written {
  readonly path: string;
  readonly bytes: number;
  /** Names of older ones that were removed. */
  readonly removed: readonly string[];
}

/**
 * Writes a backup so that under its name there is a whole one or none: under another name in the same
 * folder, on the disk, read back and compared, and only then named. No file is written over.
 *
 * @param content makes the sealed file, tells what is in it, and hands it over
 * @param proven called once it is good, before it has its name; where that fails it gets none
 * @param keep how many of the names that are given here are left, this one among them; undefined: all
 * @throws backup.to_taken, backup.to_unusable, backup.not_proven, and what the callbacks throw
 */
export async function writeBackup(
  { folder, name }: Place,
  passphrase: string,
  content: (told: Told, write: Write) => Promise<void>,
  proven: () => Promise<void>,
  keep: number | undefined,
): Promise<Written> {
  removeLeftovers(folder, UNFINISHED);
  const temporary = join(folder, temporaryName(UNFINISHED));
  const packed = new Map<string, string>();
  try {
    const file = using(folder, () => openSync(temporary, 'wx', 0o600));
    try {
      using(folder, () => fchmodSync(file, 0o600));
      const told: Told = (name, digest) => packed.set(name, digest);
      await content(told, async (pieces) => {
        for await (const piece of pieces) {
          using(folder, () => {
            for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
          });
        }
      });
      using(folder, () => fsyncSync(file));
    } finally {
      closeSync(file);
    }
    await prove(temporary, passphrase, packed);
    await proven();
    const { size: bytes } = statSync(temporary);
    const path = publish(temporary, folder, name);
    return { path, bytes, removed: keep === undefined ? [] : prune(path, keep) };
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Reads the file as restoring does. @throws backup.not_proven where it does not hold what was put in */
async function prove(path: string, passphrase: string, packed: ReadonlyMap<string, string>) {
  let found: ReadonlyMap<string, string>;
  try {
    found = await digestsOf(path, passphrase);
  } catch (error) {
    throw fail('backup.not_proven', { why: (error as Error).message }, error);
  }
  const same =
    found.size === packed.size && [...packed].every(([name, hash]) => found.get(name) === hash);
  if (!same) throw fail('backup.not_proven', { why: 'it holds something else than was put in' });
}

/** Gives the file its name. @throws backup.to_taken where it is somebody else's by now */
function publish(temporary: string, folder: string, name: string | undefined): string {
  for (;;) {
    const path = join(folder, name ?? nameOf(new Date()));
    try {
      using(folder, () => moveTo(temporary, path));
      using(folder, () => syncFolder(folder));
      return path;
    } catch (error) {
      if (name !== undefined || !(error instanceof SallyportError)) throw error;
      if (error.code !== 'backup.to_taken') throw error;
      // Two in one millisecond: the next one is free.
    }
  }
}

/** Unlike a rename, a link takes nobody's place. Some disks know no links; there it is looked before. */
function moveTo(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
    unlinkSync(temporary);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw fail('backup.to_taken', { path });
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(code ?? '')) throw error;
    if (existsSync(path)) throw fail('backup.to_taken', { path });
    renameSync(temporary, path);
  }
}

/** `sallyport-20261128T170552123Z.backup` */
function nameOf(at: Date): string {
  return `sallyport-${at.toISOString().replace(/[-:.]/g, '')}.backup`;
}

/**
 * Removes the oldest of the names that are given here, and none but what is older than the new one: a
 * clock that was set back, or somebody else who is done at the same time, costs no backup.
 *
 * @returns what is gone
 */
function prune(path: string, keep: number): string[] {
  const folder = dirname(path);
  return using(folder, () => {
    const old = readdirSync(folder)
      .filter((name) => OWN.test(name))
      .sort()
      .slice(0, -keep)
      .filter((name) => name < basename(path));
    for (const name of old) rmSync(join(folder, name), { force: true });
    if (old.length > 0) syncFolder(folder);
    return old;
  });
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** @throws backup.to_unusable where the system refuses */
function using<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw fail('backup.to_unusable', { path: folder, why: (error as Error).message }, error);
  }
}
