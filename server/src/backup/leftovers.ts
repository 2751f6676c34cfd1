import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What another machine made and has not touched for so long is not being written any more. */
const ABANDONED_MS = 24 * 3_600_000;
/** In a folder: locked while it is made, which ends with the process, however that ends. */
const LOCK = 'lock';

/**
 * Where a process id means something: this machine, since it was started, and this container. Several
 * machines may make their backups in one folder, and their ids say nothing here.
 */
function here(): string {
  const read = (path: string, how: (path: string) => string) => {
    try {
      return how(path);
    } catch {
      return '';
    }
  };
  const parts = [
    hostname(),
    read('/proc/sys/kernel/random/boot_id', (path) => readFileSync(path, 'utf8').trim()),
    read('/proc/self/ns/pid', (path) => readlinkSync(path)),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/**
 * A name for something that is in the way of being made, which says who makes it.
 *
 * @param prefix begins with a dot, so that nothing takes it for a backup
 */
export function temporaryName(prefix: string): string {
  return `${prefix}${here()}-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/**
 * Holds a folder for as long as the process lives, and tells everybody on this machine so, in other
 * containers too.
 *
 * @returns a function that lets go of it
 */
export function hold(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, LOCK));
  lock.exec('begin exclusive');
  return () => lock.close();
}

/** undefined: nothing says whether somebody does. */
function isHeld(folder: string): boolean | undefined {
  if (!existsSync(join(folder, LOCK))) return undefined;
  const lock = new DatabaseSync(join(folder, LOCK), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
    return false;
  } catch {
    return true;
  } finally {
    lock.close();
  }
}

/**
 * Removes what was made under a name of {@link temporaryName} by somebody who did not live to remove
 * it: a folder that nobody holds any more; what is of a process of this machine that is no more; and
 * else what is a day old. What cannot be looked at or removed is left.
 *
 * @param alone whether nobody else makes such names here now: then also those of versions that did not
 *   say who made it
 * @returns the names that are gone
 */
export function removeLeftovers(
  folder: string,
  prefix: string,
  { alone = false, now = Date.now() }: { readonly alone?: boolean; readonly now?: number } = {},
): string[] {
  const removed: string[] = [];
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const [, place, pid] =
      /^([0-9a-f]{12})-(\d+)-[0-9a-f]{12}$/.exec(name.slice(prefix.length)) ?? [];
    try {
      const dead = () =>
        (place === here() && !isAlive(Number(pid))) || now - lstatSync(path).mtimeMs > ABANDONED_MS;
      const over =
        place === undefined
          ? alone && /^[A-Za-z0-9]{6}$/.test(name.slice(prefix.length))
          : !(isHeld(path) ?? !dead());
      if (!over) continue;
      rmSync(path, { recursive: true, force: true });
      removed.push(name);
    } catch {
      // Somebody else may be removing it, too.
    }
  }
  return removed;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
