import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity, self } from './process.ts';

/** What a waiting process is told: who holds the lock. Called once for each new holder. */
export type OnWait = (holder: ProcessIdentity) => void;

/**
 * Runs `work` while this process alone holds the lock file at `path`. A lock whose holder is dead
 * (also one whose pid has since gone to another process) is taken over, so a crash never blocks.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: OnWait = () => {},
): Promise<T> {
  const release = await acquire(path, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(path: string, onWait: OnWait): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const token = randomBytes(8).toString('hex');
  const mine = JSON.stringify({ ...self(), token });
  const temporary = `${path}.${token}`;
  writeFileSync(temporary, mine);
  try {
    let told: string | undefined;
    for (;;) {
      try {
        // link(2) is atomic and, unlike open with O_EXCL, never shows a half-written holder.
        linkSync(temporary, path);
        return () => {
          if (read(path) === mine) unlinkSync(path);
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const theirs = read(path);
      if (theirs === undefined) continue;
      const holder = parse(theirs);
      if (!holder || !isAlive(holder)) {
        removeStale(path, theirs, token);
        continue;
      }
      if (told !== theirs) onWait(holder);
      told = theirs;
      await sleep(200);
    }
  } finally {
    unlinkSync(temporary);
  }
}

/** Removes the lock only if it still is the one seen as stale: a fresh one is put back. */
function removeStale(path: string, seen: string, token: string): void {
  const aside = `${path}.${token}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (read(aside) !== seen) linkSync(aside, path);
  } catch {
    // Someone else took the lock in between; the loop sees it.
  } finally {
    unlinkSync(aside);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, start } = value as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined;
  } catch {
    return undefined;
  }
}
