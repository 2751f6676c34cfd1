/** A query string read as Go's `net/url` reads it, because the API server does. */

/** First values by key. */
export type Query = ReadonlyMap<string, string>;

/**
 * Reads a query: pairs are split at `&`; one that holds a `;` or a broken escape is left out; `+`
 * is a blank (Go, net/url, `ParseQuery`). Of several values the first counts, as in the API server.
 *
 * @param text what follows the `?`
 */
export function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  if (text === '') return query;
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const key = unescapeQuery(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : unescapeQuery(pair.slice(equals + 1));
    if (key === undefined || value === undefined || query.has(key)) continue;
    query.set(key, value);
  }
  return query;
}

function unescapeQuery(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const plain = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(plain);
  } catch {
    // Bytes that are no UTF-8 are kept by Go; here they only need to differ from everything else.
    return plain.replace(/%[0-9A-Fa-f]{2}/g, '\ufffd');
  }
}
