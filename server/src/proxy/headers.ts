/**
 * The header policy for requests: which headers of a client go on to an API server, and what is
 * added. There is one policy, for plain requests and for upgrades, for HTTP/1.1 and HTTP/2.
 *
 * It has two halves, and their order is the point. `readHeaders` looks at what the client sent,
 * refuses what must not be there and keeps what is on the list. `upstreamHead` writes a new head
 * from nothing: the kept lines, then framing, then who the request is made for, last. No header of
 * a client can name, remove or double one that Sallyport adds, because no pass that looks at the
 * client's headers runs after that.
 */
import type { Target } from '../environments/target.ts';
import { fail } from '../errors.ts';
import { identityLines, requestIdLine, type UpstreamIdentity } from './identity.ts';

export interface RequestHeaders {
  /** Values of `Authorization`, each as it came. */
  readonly authorization: readonly string[];
  /** `Sec-WebSocket-Protocol`, split; a bearer token may be among them. */
  readonly protocols: readonly string[];
  /** The lines that go on, in their order, each ended by CRLF. */
  readonly lines: string;
  /** The lines that go on only with an upgrade. */
  readonly upgradeLines: string;
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly expectsContinue: boolean;
  /** The protocol that `Upgrade` asks for, where `Connection` confirms it. */
  readonly upgrade: string | undefined;
  readonly userAgent: string | undefined;
}

/** What becomes of a header that a client sends. */
type Rule = 'pass' | 'pass-upgrade' | 'read';

/**
 * The allow-list. Everything that is not here stays here: credentials and cookies above all, but
 * also `X-Forwarded-*`, `Forwarded`, `X-Remote-*`, `Via`, `Origin`, `Audit-Id` and whatever may
 * come to mean something to a server one day.
 */
const ALLOWED: ReadonlyArray<readonly [name: string, rule: Rule]> = [
  // Content negotiation: JSON, protobuf, CBOR, Table, aggregated discovery, gzip.
  ['Accept', 'pass'],
  ['Accept-Encoding', 'pass'],
  ['Content-Type', 'pass'],
  ['Content-Encoding', 'pass'],
  // Conditional and partial requests: OpenAPI and discovery documents are cached by ETag.
  ['If-Match', 'pass'],
  ['If-None-Match', 'pass'],
  ['If-Modified-Since', 'pass'],
  ['If-Unmodified-Since', 'pass'],
  ['If-Range', 'pass'],
  ['Range', 'pass'],
  ['Cache-Control', 'pass'],
  // Who asks, for the cluster's own audit log and metrics (KEP-859).
  ['User-Agent', 'pass'],
  ['Kubectl-Command', 'pass'],
  ['Kubectl-Session', 'pass'],
  // W3C Trace Context; the API server joins traces by it.
  ['Traceparent', 'pass'],
  ['Tracestate', 'pass'],
  // Negotiation of exec, attach and port-forward, over SPDY and over WebSocket.
  ['X-Stream-Protocol-Version', 'pass-upgrade'],
  ['Sec-WebSocket-Key', 'pass-upgrade'],
  ['Sec-WebSocket-Version', 'pass-upgrade'],
  ['Sec-WebSocket-Extensions', 'pass-upgrade'],
  // Read here and, where it is needed, written anew.
  ['Authorization', 'read'],
  ['Connection', 'read'],
  ['Content-Length', 'read'],
  ['Expect', 'read'],
  ['Host', 'read'],
  [':authority', 'read'],
  ['Sec-WebSocket-Protocol', 'read'],
  ['Trailer', 'read'],
  ['Transfer-Encoding', 'read'],
  ['Upgrade', 'read'],
];

interface Allowed {
  readonly name: string;
  readonly lower: string;
  readonly rule: Rule;
}

/** By the canonical spelling, which HTTP/1.1 clients mostly use, and by the one of HTTP/2. */
const RULES: ReadonlyMap<string, Allowed> = new Map(
  ALLOWED.flatMap(([name, rule]) => {
    const allowed = { name, lower: name.toLowerCase(), rule };
    return [
      [name, allowed],
      [allowed.lower, allowed],
    ];
  }),
);

/** Any spelling that some server in between might turn into `Impersonate-…`. */
const IMPERSONATION = /^[\t ]*impersonate[-_]/i;
/** Field values (RFC 9110 §5.5). A character above 0xff would be cut down to some other one. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const DIGITS = /^[0-9]{1,16}$/;
/**
 * What a client may not call hop-by-hop: these decide who it is and where the request ends. The
 * names of RFC 9110 §7.6.1 that are hop-by-hop anyway are dropped without a word.
 */
const NOT_HOP_BY_HOP: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'host',
  'expect',
  'sec-websocket-protocol',
]);

/**
 * Reads the headers of a request.
 *
 * @param raw names and values in turn, as they came, with HTTP/2's pseudo-headers
 * @throws SallyportError request.impersonation_refused, request.header_invalid
 */
export function readHeaders(raw: readonly string[]): RequestHeaders {
  const authorization: string[] = [];
  const passed: Allowed[] = [];
  const values: string[] = [];
  let protocols: string[] = [];
  let connection: string[] = [];
  let contentLength: number | undefined;
  let host: string | undefined;
  let authority: string | undefined;
  let upgrade: string | undefined;
  let userAgent: string | undefined;
  let chunked = false;
  let expectsContinue = false;

  for (let i = 0; i < raw.length; i += 2) {
    const written = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const allowed = RULES.get(written) ?? RULES.get(written.toLowerCase());
    if (allowed === undefined) {
      refuseImpersonation(written);
      continue;
    }
    if (!VALUE.test(value)) throw invalid(`${allowed.name} holds a character that none may hold`);
    if (allowed.rule !== 'read') {
      if (allowed.lower === 'user-agent') userAgent = value;
      passed.push(allowed);
      values.push(value);
      continue;
    }
    switch (allowed.lower) {
      case 'authorization':
        authorization.push(value);
        break;
      case 'connection':
        connection = connection.concat(splitList(value));
        break;
      case 'content-length':
        if (contentLength !== undefined) throw invalid('Content-Length is there more than once');
        contentLength = Number(value);
        if (!DIGITS.test(value) || !Number.isSafeInteger(contentLength)) {
          throw invalid('Content-Length is not a number');
        }
        break;
      case 'expect':
        if (value.toLowerCase() !== '100-continue') {
          throw invalid('Expect asks for something other than 100-continue');
        }
        expectsContinue = true;
        break;
      case ':authority':
        authority = value;
        break;
      case 'host':
        if (host !== undefined) throw invalid('Host is there more than once');
        host = value;
        break;
      case 'sec-websocket-protocol':
        protocols = protocols.concat(splitList(value));
        break;
      case 'trailer':
        for (const name of splitList(value)) refuseImpersonation(name);
        break;
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked') {
          throw invalid('Transfer-Encoding is not "chunked", once');
        }
        chunked = true;
        break;
      case 'upgrade':
        if (upgrade !== undefined) throw invalid('Upgrade is there more than once');
        upgrade = value;
        break;
    }
  }
  if (chunked && contentLength !== undefined) {
    throw invalid('both Content-Length and Transfer-Encoding are there');
  }
  // RFC 9113 §8.3.1; neither is used here, but what disagrees with itself is not passed on.
  if (authority !== undefined && host !== undefined && authority !== host) {
    throw invalid('Host and :authority differ');
  }
  for (const protocol of protocols) refuseImpersonation(protocol);

  let upgrading = false;
  let hopByHop: Set<string> | undefined;
  for (const token of connection) {
    refuseImpersonation(token);
    const lower = token.toLowerCase();
    if (NOT_HOP_BY_HOP.has(lower)) throw invalid(`Connection names ${lower}`);
    if (lower === 'upgrade') upgrading = true;
    else if (RULES.has(lower)) hopByHop = (hopByHop ?? new Set()).add(lower);
  }

  let lines = '';
  let upgradeLines = '';
  for (let i = 0; i < passed.length; i++) {
    const allowed = passed[i];
    if (allowed === undefined || hopByHop?.has(allowed.lower)) continue;
    const line = `${allowed.name}: ${values[i]}\r\n`;
    if (allowed.rule === 'pass') lines += line;
    else upgradeLines += line;
  }
  return {
    authorization,
    protocols,
    lines,
    upgradeLines,
    contentLength,
    chunked,
    expectsContinue,
    upgrade: upgrading ? upgrade : undefined,
    userAgent,
  };
}

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query for the API server, as the client sent them. */
  readonly rest: string;
  readonly headers: RequestHeaders;
  readonly target: Target;
  readonly identity: UpstreamIdentity;
  /** Whether the API server knows `Impersonate-Uid`. */
  readonly takesUid: boolean;
  /** Becomes the `Audit-ID` and an extra, which bring the cluster's audit log and ours together. */
  readonly requestId: string;
  /** The client's address, as the listener knows it. */
  readonly address: string;
  /** How the body's end will be told; undefined: there is none. */
  readonly body: 'chunked' | number | undefined;
  /** Where an upgrade is asked for: the protocol, and the subprotocols without any token. */
  readonly upgrade: { readonly protocol: string; readonly subprotocols: string } | undefined;
}

/**
 * Writes the head of a request to an API server.
 *
 * @returns the whole head, for latin1
 * @throws SallyportError internal.error when the identity cannot be written (see `identityLines`)
 */
export function upstreamHead(request: UpstreamRequest): string {
  const { headers, target, upgrade, body } = request;
  let head = `${request.method} ${target.basePath}${request.rest} HTTP/1.1\r\n${hostLine(target)}${headers.lines}`;
  if (upgrade !== undefined) {
    head += `${headers.upgradeLines}Connection: Upgrade\r\nUpgrade: ${upgrade.protocol}\r\n`;
    if (upgrade.subprotocols !== '') {
      head += `Sec-WebSocket-Protocol: ${upgrade.subprotocols}\r\n`;
    }
  }
  if (body === 'chunked') head += 'Transfer-Encoding: chunked\r\n';
  else if (body !== undefined) head += `Content-Length: ${body}\r\n`;
  if (headers.expectsContinue && body !== undefined) head += 'Expect: 100-continue\r\n';
  // The API server writes this address into `sourceIPs` of its audit log.
  head += `X-Forwarded-For: ${request.address}\r\nAudit-ID: ${request.requestId}\r\n`;
  const identity = identityLines(request.identity, target, request.takesUid);
  return `${head}${identity}${requestIdLine(request.requestId)}\r\n`;
}

/** Writes the `Host` line. */
export function hostLine(target: Target): string {
  // Only an IPv6 address holds a colon; a URL writes it in brackets.
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return target.port === 443 ? `Host: ${host}\r\n` : `Host: ${host}:${target.port}\r\n`;
}

/** Splits a comma-separated list; empty elements do not count (RFC 9110 §5.6.1). */
function splitList(value: string): string[] {
  return value
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

function refuseImpersonation(name: string): void {
  if (IMPERSONATION.test(name)) {
    // The name is the client's own, but it is echoed into JSON and logs: only its plain part.
    const header = /^[\t ]*([\w-]{1,64})/.exec(name)?.[1] ?? 'Impersonate-…';
    throw fail('request.impersonation_refused', { header });
  }
}

function invalid(why: string) {
  return fail('request.header_invalid', { why });
}
