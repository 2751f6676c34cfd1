/** Who a request is made for, as an API server is told: its own credential, and impersonation. */
import type { UpstreamIdentity } from '../access/identity.ts';
import { REQUEST_EXTRA } from '../environments/impersonated.ts';
import type { Target } from '../environments/target.ts';
import { fail } from '../errors.ts';

export type { UpstreamIdentity } from '../access/identity.ts';

/** Printable ASCII without blanks at its ends, which a reader of the header would cut off. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
/** Names that Kubernetes gives a meaning of its own, `system:masters` above all. */
const RESERVED = /^system:/i;

const REQUEST_EXTRA_HEADER = extraName(REQUEST_EXTRA);

interface Written {
  readonly authorization: string | undefined;
  readonly takesUid: boolean;
  readonly lines: string;
}

/** The same identity object serves request after request; its lines are written once. */
const written = new WeakMap<UpstreamIdentity, Written>();

/**
 * Writes the lines that say on whose credential and for whom a request is made.
 *
 * @param takesUid false: the API server is older than Kubernetes 1.22. It would not take
 *   `Impersonate-Uid` out but hand it on to aggregated API servers, which refuse a UID without a user
 * @returns header lines, each ended by CRLF
 * @throws SallyportError internal.error when a value is not plain ASCII, is empty, or is a name
 *   that only Kubernetes itself may give: no request is better than one for somebody else
 */
export function identityLines(
  identity: UpstreamIdentity,
  target: Target,
  takesUid: boolean,
): string {
  const { authorization } = target;
  const before = written.get(identity);
  if (before?.authorization === authorization && before?.takesUid === takesUid) return before.lines;

  let lines = credentialLine(target);
  lines += `Impersonate-User: ${own(identity.user)}\r\n`;
  if (takesUid && identity.uid !== '') lines += `Impersonate-Uid: ${plain(identity.uid)}\r\n`;
  for (const group of identity.groups) lines += `Impersonate-Group: ${own(group)}\r\n`;
  for (const [key, values] of Object.entries(identity.extra)) {
    const name = extraName(key);
    for (const value of values) lines += `${name}: ${plain(value)}\r\n`;
  }
  written.set(identity, { authorization, takesUid, lines });
  return lines;
}

/**
 * Writes the line with the environment's own credential; empty where that is a client certificate.
 * By itself it makes a request Sallyport's own.
 *
 * @throws SallyportError internal.error, as {@link identityLines}
 */
export function credentialLine({ authorization }: Target): string {
  return authorization === undefined ? '' : `Authorization: ${plain(authorization)}\r\n`;
}

/**
 * The request's id as an extra of the impersonated user, which the cluster's audit log has in each
 * of its events. It differs with every request, so it is not among the lines that are kept.
 */
export function requestIdLine(requestId: string): string {
  return `${REQUEST_EXTRA_HEADER}: ${requestId}\r\n`;
}

/** Header names are tokens, so the API server takes extra keys percent-encoded. */
function extraName(key: string): string {
  const encoded = encodeURIComponent(plain(key)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `Impersonate-Extra-${encoded}`;
}

function own(name: string): string {
  if (RESERVED.test(name)) throw unusable();
  return plain(name);
}

function plain(value: string): string {
  if (!PLAIN.test(value)) throw unusable();
  return value;
}

function unusable() {
  return fail('internal.error', {}, new Error('an identity for a cluster cannot be written'));
}
