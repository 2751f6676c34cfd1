/** As much of POSIX' ustar (IEEE Std 1003.1, "pax") as a backup needs: files with short names. */
import { createReadStream, statSync } from 'node:fs';

const BLOCK = 512;

/** A file of an archive. */
export interface Entry {
  readonly name: string;
  readonly content: Buffer;
}

/** @param files names in the archive, and where they are */
export async function* pack(
  files: ReadonlyArray<{ readonly name: string; readonly path: string }>,
): AsyncGenerator<Buffer> {
  for (const { name, path } of files) {
    const { size } = statSync(path);
    yield headOf(name, size);
    let read = 0;
    // No more than was announced, should the file grow meanwhile.
    for await (const chunk of createReadStream(path, size === 0 ? {} : { end: size - 1 })) {
      read += chunk.length;
      yield chunk;
    }
    if (read !== size) throw new Error(`${path} has changed while it was read`);
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function headOf(name: string, size: number): Buffer {
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) =>
    `${value.toString(8).padStart(length - 1, '0')}\0`;
  head.write(name, 0, 100);
  head.write(octal(0o600, 8), 100);
  head.write(octal(0, 8), 108);
  head.write(octal(0, 8), 116);
  head.write(octal(size, 12), 124);
  head.write(octal(Math.floor(Date.now() / 1_000), 12), 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\u000000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/** @throws Error where it ends too early */
export function unpack(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const text = (start: number, length: number) =>
      archive.toString('utf8', at + start, at + start + length).split('\0', 1)[0] ?? '';
    const size = Number.parseInt(text(124, 12), 8);
    const start = at + BLOCK;
    if (!(size >= 0) || start + size > archive.length) throw new Error('the archive is cut');
    entries.push({ name: text(0, 100), content: archive.subarray(start, start + size) });
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}
