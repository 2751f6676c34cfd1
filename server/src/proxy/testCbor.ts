/** For tests: reads CBOR (RFC 8949) of what Kubernetes writes, each string as text. */

type Read = unknown;

/** Reads one item. @throws Error where the bytes are not exactly one of a known form */
export function readCbor(bytes: Buffer): Read {
  let at = 0;
  const item = (): Read => {
    const first = bytes.readUInt8(at++);
    const [major, info] = [first >> 5, first & 0x1f];
    const width = info < 24 ? 0 : 1 << (info - 24);
    if (info > 26) throw new Error(`${first.toString(16)} at ${at - 1}`);
    const argument = width === 0 ? info : bytes.readUIntBE(at, width);
    at += width;
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
      case 3:
        at += argument;
        if (at > bytes.length) throw new Error('a string ends early');
        return bytes.toString('utf8', at - argument, at);
      case 4:
        return Array.from({ length: argument }, item);
      case 5:
        return Object.fromEntries(
          Array.from({ length: argument }, () => [String(item()), item()] as const),
        );
      case 6:
        return item();
      default:
        if (info < 20 || info > 22) throw new Error(`${first.toString(16)} at ${at - 1}`);
        return [false, true, null][info - 20];
    }
  };
  const value = item();
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes too many`);
  return value;
}
