/**
 * The request target of a proxied request, read from its raw bytes: which environment, and what of
 * it goes on to the API server. It is never decoded, cleaned or re-encoded on its way, so `//`,
 * `%2F` and `;` in the paths of services and pods arrive as they were sent. What two servers in a
 * row could read in two ways is refused instead (README.md, "Request targets").
 */
import { fail } from '../errors.ts';

export interface RequestTarget {
  readonly environmentId: number;
  /**
   * `/api/endpoints/{id}/kubernetes`: what a `Location` must begin with to stay inside. Empty where
   * only the connection names the environment, so that all of it is inside.
   */
  readonly prefix: string;
  /** Path and query for the API server, beginning with `/`, byte for byte as the client sent it. */
  readonly rest: string;
}

const PREFIX = /^\/api\/endpoints\/([^/?#]*)\/kubernetes(?=[/?#]|$)/;
/** RFC 9112 §3.2.2: a whole URL in place of a path, as to a forward proxy. */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/;
/** As the store numbers them: no sign, no leading zero, no other script's digits. */
const ID = /^[1-9][0-9]{0,9}$/;
/** RFC 9110 §4.1 leaves the length open; the API server's own limit is Go's 1 MB of head. */
const MAX_LENGTH = 32 * 1024;

/** What no URL may hold raw (RFC 3986 §2), and the backslash, which some read as a slash. */
const FORBIDDEN = /[^\x21-\x7e]|[\\#]/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
/** An escaped control character in a path has no use but to be read in two ways. */
const ESCAPED_CONTROL = /%(?:[01][0-9A-Fa-f]|7[Ff])/;
/**
 * A segment `.` or `..`, also when its dots or the slashes around it are escaped, once or more
 * often, and also with a `;parameter`, which some servers cut off before they look.
 */
const DOT_SEGMENT =
  /(?:^|\/|%(?:25)*(?:2[Ff]|5[Cc]))(?:\.|%(?:25)*2[Ee]){1,2}(?=$|\/|;|%(?:25)*(?:2[Ff]|5[Cc]|3[Bb]))/;

/**
 * Tells whether a request target is the proxy's. It looks at the raw target, so an escaped or
 * doubled spelling of the prefix is nobody's, and also claims the absolute form, to refuse it.
 *
 * @param named the environment that the connection was named for: nothing else is served on it
 */
export function ownsTarget(target: string, named?: number): boolean {
  if (named !== undefined) return true;
  if (target.startsWith('/api/endpoints/')) return PREFIX.test(target);
  const origin = ABSOLUTE.exec(target);
  return origin !== null && PREFIX.test(target.slice(origin[0].length));
}

/**
 * Reads a request target.
 *
 * @param target as it stands in the request line or in `:path`
 * @param named the environment that the connection was named for; the path need not name it again,
 *   and may not name another
 * @throws SallyportError request.target_invalid, request.misdirected
 */
export function readTarget(target: string, named?: number): RequestTarget {
  if (target.length > MAX_LENGTH) throw refused(`it is longer than ${MAX_LENGTH} bytes`);
  const [written = '', id = ''] = PREFIX.exec(target) ?? [];
  if (written === '') {
    if (named === undefined || !target.startsWith('/')) {
      throw refused('it is not a path of the proxy');
    }
  } else if (!ID.test(id)) throw refused('the environment is not a plain decimal number');
  const environmentId = written === '' ? (named ?? 0) : Number(id);
  if (named !== undefined && named !== environmentId) {
    throw fail('request.misdirected', { named, id: environmentId });
  }
  if (FORBIDDEN.test(target)) {
    throw refused('it holds a character that a URL may not hold, a backslash or a fragment');
  }
  const rest = target.slice(written.length);
  const question = rest.indexOf('?');
  const path = question === -1 ? rest : rest.slice(0, question);
  // Nearly all paths have neither escapes nor segments that begin with a dot.
  if (path.includes('%')) {
    if (BAD_ESCAPE.test(path)) throw refused('its path holds a broken escape');
    if (ESCAPED_CONTROL.test(path)) throw refused('its path holds an escaped control character');
    if (DOT_SEGMENT.test(path)) throw refused('its path holds a dot segment');
  } else if (path.includes('/.') && DOT_SEGMENT.test(path)) {
    throw refused('its path holds a dot segment');
  }
  if (path.startsWith('//')) throw refused('its path begins with two slashes');
  return {
    environmentId,
    prefix: written,
    rest: path === '' ? `/${rest}` : rest,
  };
}

function refused(why: string) {
  return fail('request.target_invalid', { why });
}
