/**
 * What an audit log may hold of a text that a client chose: nothing that lets anybody in, no
 * characters that hide others or that a database refuses, and no more than it needs.
 */
import { rememberByText } from './memo.ts';

const HIDDEN = '[hidden]';

/** Longer texts are cut; objects' names in Kubernetes end at 253 characters. */
const MAX_TEXT = 512;
const MAX_URI = 2_048;

/** Looked for first: a text with none of it needs no closer look. */
const SUSPICIOUS = /sallyport_|eyJ|bearer|basic|\/\/|PRIVATE KEY/i;

const CREDENTIALS: readonly RegExp[] = [
  // Sallyport's own (tokens.ts), whole or cut short.
  /sallyport_[a-z]+_[0-9A-Za-z]+/gi,
  // JSON Web Tokens, as ServiceAccounts have them (RFC 7519).
  /eyJ[\w-]{6,}(?:\.[\w-]*)*/g,
  /\b(?:bearer|basic)(?:[\s:=+]|%20)+[\w.~+/=-]+/gi,
  // A password in front of a host (RFC 3986, 3.2.1).
  /(?<=\/\/)[^/?#@\s]+@/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*/gs,
];

/**
 * A text that a client chose, made fit to be kept.
 *
 * @param max the most characters that are kept
 */
export function clean(text: string, max = MAX_TEXT): string {
  return cut(remembered(text), max);
}

/** As {@link clean}, for a text that hardly comes again. */
export function cleanOnce(text: string, max = MAX_TEXT): string {
  return cut(plainText(text), max);
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max).toWellFormed()}…` : text;
}

const remembered = rememberByText(
  plainText,
  // What had something to hide is not kept, in memory neither.
  (text, plain) => text === plain,
);

function plainText(text: string): string {
  // Nearly all texts are: the same, in a tenth of the time.
  if (ASCII.test(text)) return hideCredentials(text);
  return hideCredentials(text.toWellFormed().replace(/\p{Cc}/gu, '\ufffd'));
}

const ASCII = /^[ -~]*$/;

function hideCredentials(text: string): string {
  const decoded = text.includes('%') ? decode(text) : text;
  if (!SUSPICIOUS.test(text) && (decoded === text || !SUSPICIOUS.test(decoded))) return text;
  const hidden = hide(text);
  // Written with escapes, a credential is one all the same.
  const hiddenBehindEscapes = hide(decoded);
  return hiddenBehindEscapes === decoded
    ? hidden
    : hiddenBehindEscapes.replace(/\p{Cc}/gu, '\ufffd');
}

function hide(text: string): string {
  return CREDENTIALS.reduce((rest, pattern) => rest.replace(pattern, HIDDEN), text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

/**
 * The options of the Kubernetes API, whose values say what was asked for. The query of a workload
 * behind `/proxy/` is the workload's own, and may hold anything.
 */
const KEPT_OPTIONS: ReadonlySet<string> = new Set([
  ...['watch', 'allowWatchBookmarks', 'sendInitialEvents', 'labelSelector', 'fieldSelector'],
  ...['resourceVersion', 'resourceVersionMatch', 'timeoutSeconds', 'limit', 'timeout', 'pretty'],
  ...['dryRun', 'fieldManager', 'fieldValidation', 'force', 'gracePeriodSeconds'],
  ...['propagationPolicy', 'orphanDependents', 'container', 'stdin', 'stdout', 'stderr', 'tty'],
  ...['follow', 'previous', 'tailLines', 'sinceSeconds', 'sinceTime', 'timestamps', 'limitBytes'],
  ...['insecureSkipTLSVerifyBackend', 'ports', 'as', 'verbose'],
]);

/**
 * Path and query of a request. Of a query, the options of the Kubernetes API keep their values. Of
 * the command of an exec the program is kept, its arguments are not: passwords are given there.
 */
export function cleanUri(uri: string): string {
  const question = uri.indexOf('?');
  if (question === -1) return cleanOnce(uri, MAX_URI);
  let commands = 0;
  let changed = false;
  const query = uri
    .slice(question + 1)
    .split('&')
    .map((option) => {
      const equals = option.indexOf('=');
      const key = equals === -1 ? option : option.slice(0, equals);
      if (KEPT_OPTIONS.has(key)) return option;
      if (equals !== -1 && key === 'command' && ++commands === 1) return option;
      changed = true;
      return equals === -1 ? HIDDEN : `${key}=${HIDDEN}`;
    });
  const cleaned = changed ? `${uri.slice(0, question)}?${query.join('&')}` : uri;
  return cleanOnce(cleaned, MAX_URI);
}
