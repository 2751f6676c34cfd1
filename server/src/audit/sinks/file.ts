import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Delivery } from './sink.ts';

export interface FileOptions {
  readonly path: string;
  /** Bytes; a file that would become larger is put aside. */
  readonly maxBytes: number;
  /** Milliseconds; a file that is older is put aside. 0: age does not matter. */
  readonly maxAgeMs: number;
  /** How many files are kept besides the one that is written. */
  readonly keep: number;
  readonly now?: () => number;
}

interface Open {
  readonly handle: FileHandle;
  readonly inode: number;
  readonly begunAt: number;
  size: number;
}

const BATCH = 1_000;

/**
 * Writes events to a file, an `audit.k8s.io/v1` Event a line. What is put aside gets the time into
 * its name, as kube-apiserver's `--audit-log-path` does it: `audit-2026-08-04T09-30-00.000.log`.
 * Where another program renames the file, or another process of Sallyport, a new one is begun.
 */
export function createFileDelivery(options: FileOptions): Delivery {
  const { path, maxBytes, maxAgeMs, keep, now = Date.now } = options;
  const extension = extname(path);
  const stem = basename(path, extension);
  let current: Open | undefined;

  async function begin(): Promise<Open> {
    const handle = await open(path, 'a', 0o600);
    const { ino, size, birthtimeMs } = await handle.stat();
    return { handle, inode: ino, size, begunAt: size === 0 ? now() : birthtimeMs };
  }

  async function leave(): Promise<void> {
    const left = current;
    current = undefined;
    await left?.handle.close();
  }

  async function isStillThere({ inode }: Open): Promise<boolean> {
    return stat(path).then(
      ({ ino }) => ino === inode,
      () => false,
    );
  }

  async function fileFor(bytes: number): Promise<Open> {
    if (current && !(await isStillThere(current))) await leave();
    current ??= await begin();
    const tooLarge = current.size > 0 && current.size + bytes > maxBytes;
    const tooOld = current.size > 0 && maxAgeMs > 0 && now() - current.begunAt >= maxAgeMs;
    if (!tooLarge && !tooOld) return current;
    await leave();
    const time = new Date(now()).toISOString().slice(0, -1).replaceAll(':', '-');
    await rename(path, join(dirname(path), `${stem}-${time}${extension}`));
    await removeOld();
    current = await begin();
    return current;
  }

  async function removeOld(): Promise<void> {
    const aside = (await readdir(dirname(path)))
      .filter((name) => name.startsWith(`${stem}-`) && name.endsWith(extension))
      .filter((name) => TIME.test(name.slice(stem.length + 1, name.length - extension.length)))
      .sort();
    for (const name of aside.slice(0, Math.max(0, aside.length - keep))) {
      await rm(join(dirname(path), name), { force: true });
    }
  }

  return {
    name: 'file',
    batch: BATCH,
    async send(records) {
      const text = Buffer.from(records.map(({ event }) => `${event}\n`).join(''));
      const file = await fileFor(text.length);
      await file.handle.appendFile(text);
      file.size += text.length;
    },
    close: leave,
  };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/;
