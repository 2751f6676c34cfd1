/**
 * Reads the file name of a `Content-Disposition` header (RFC 6266), without any folder in it.
 *
 * @param header null where the answer has none
 * @param fallback the name where the header gives none
 */
export function fileNameOf(header: string | null, fallback: string): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header ?? '')?.[1];
  const quoted = /filename="((?:[^"\\]|\\.)*)"/i.exec(header ?? '')?.[1]?.replace(/\\(.)/g, '$1');
  const bare = /filename=([^;"\s]+)/i.exec(header ?? '')?.[1];
  const name = (decoded(extended) ?? quoted ?? bare ?? '').replace(/^.*[/\\]/, '');
  return name || fallback;
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
