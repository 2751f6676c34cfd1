/** As much of POSIX' ustar (IEEE Std 1003.1, "pax") as a backup needs: files with short names. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';

const BLOCK = 512;
/** The most that eleven octal digits say; what is larger is written as GNU tar does it. */
const OCTAL_LIMIT = 8 ** 11;

/** A file to be packed: its name in the archive, and where it is. */
export interface Source {
  readonly name: string;
  readonly path: string;
}

/** Hears of a file in an archive, and of the SHA-256 of its content in hex. */
export type Told = (name: string, digest: string) => void;

/** Takes the content of a file, piece by piece. */
export type Sink = (piece: Buffer) => void;

/**
 * @param told called for each file once it is packed, with the SHA-256 of what was read, in hex
 */
export async function* pack(
  files: readonly Source[],
  told: Told = () => {},
): AsyncGenerator<Buffer> {
  for (const { name, path } of files) {
    const { size } = statSync(path);
    yield headOf(name, size);
    const digest = createHash('sha256');
    let read = 0;
    // No more than was announced, should the file grow meanwhile.
    for await (const chunk of createReadStream(path, size === 0 ? {} : { end: size - 1 })) {
      read += chunk.length;
      digest.update(chunk);
      yield chunk;
    }
    if (read !== size) throw new Error(`${path} has changed while it was read`);
    told(name, digest.digest('hex'));
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
  if (size < OCTAL_LIMIT) head.write(octal(size, 12), 124);
  else {
    head[124] = 0x80;
    head.writeBigUInt64BE(BigInt(size), 128);
  }
  head.write(octal(Math.floor(Date.now() / 1_000), 12), 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\u000000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/**
 * Reads an archive, piece by piece and to its end.
 *
 * @param sinkOf where the content of a file goes; undefined: nowhere
 * @returns the names of its files
 * @throws Error where it ends too early
 */
export async function unpack(
  archive: AsyncIterable<Buffer>,
  sinkOf: (name: string) => Sink | undefined,
): Promise<string[]> {
  const names: string[] = [];
  const head = Buffer.alloc(BLOCK);
  let inHead = 0;
  let content = 0;
  let padding = 0;
  let sink: Sink | undefined;
  let over = false;
  for await (let rest of archive) {
    // What stands behind the end is read as well: whoever gives it may still find it changed.
    while (rest.length > 0 && !over) {
      if (content > 0) {
        const piece = rest.subarray(0, content);
        sink?.(piece);
        content -= piece.length;
        rest = rest.subarray(piece.length);
      } else if (padding > 0) {
        const skipped = Math.min(padding, rest.length);
        padding -= skipped;
        rest = rest.subarray(skipped);
      } else {
        const copied = rest.copy(head, inHead, 0, BLOCK - inHead);
        inHead += copied;
        rest = rest.subarray(copied);
        if (inHead < BLOCK) continue;
        inHead = 0;
        if (head[0] === 0) {
          over = true;
          continue;
        }
        const name = head.toString('utf8', 0, 100).split('\0', 1)[0] ?? '';
        content = sizeIn(head);
        padding = (BLOCK - (content % BLOCK)) % BLOCK;
        names.push(name);
        sink = sinkOf(name);
      }
    }
  }
  if (!over) throw new Error('the archive is cut');
  return names;
}

function sizeIn(head: Buffer): number {
  const size =
    head[124] === 0x80
      ? Number(head.readBigUInt64BE(128))
      : Number.parseInt(head.toString('latin1', 124, 136), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('the archive is damaged');
  return size;
}
