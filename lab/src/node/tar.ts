/** One entry of a tar archive. Folders end with a slash; names have at most 100 bytes. */
export interface TarEntry {
  name: string;
  /** Default: 0755 for folders and links, 0644 for files. */
  mode?: number;
  /** A file's bytes. */
  data?: Buffer;
  /** A symbolic link's target. */
  link?: string;
}

const BLOCK = 512;

/** Writes a tar archive in the ustar format (POSIX.1-1988); all times are 0, so it is repeatable. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const data = entry.data ?? Buffer.alloc(0);
    const padding = Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK);
    return [header(entry, data.length), data, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const type = entry.link === undefined ? (entry.name.endsWith('/') ? '5' : '0') : '2';
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  };
  if (Buffer.byteLength(entry.name) > 100) throw new Error(`too long for ustar: ${entry.name}`);
  block.write(entry.name, 0);
  octal(entry.mode ?? (type === '0' ? 0o644 : 0o755), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write(type, 156);
  block.write(entry.link ?? '', 157);
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return block;
}
