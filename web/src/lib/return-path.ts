/**
 * Where to go after sign-in: only ever a path of this very page, so that a crafted link cannot send
 * somebody who just signed in to another site.
 *
 * @param path what the address bar asks for
 * @returns the path, or `/` where it is none of ours
 */
export function safeReturnPath(path: unknown): string {
  if (typeof path !== 'string' || !path.startsWith('/')) return '/';
  const base = 'https://sallyport.invalid';
  const url = URL.parse(path, base);
  if (!url || url.origin !== base) return '/';
  // `/.\/evil.example` is ours until it is written out, which gives `//evil.example`.
  if (url.pathname.startsWith('//')) return '/';
  if (/^\/(signin|setup|second-factor|api)(\/|$)/.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}
