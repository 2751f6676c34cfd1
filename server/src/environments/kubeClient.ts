import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { Pool } from 'undici';
import { reachOf } from './reach.ts';
import type { Target } from './target.ts';

/** Whom a request is made for: the headers of Kubernetes' user impersonation. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root of the API server, with its query; what it holds of names is escaped. */
  readonly path: string;
  /** Default: `application/json`. */
  readonly accept?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** For the request as a whole; default 10,000. */
  readonly timeoutMs?: number;
  /** Absent: the request is Sallyport's own. */
  readonly as?: Impersonation;
  /** Ends the request early. */
  readonly signal?: AbortSignal;
}

export interface KubeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed where it is JSON, else text. */
  readonly body: unknown;
}

/** An answer that comes line by line. */
export interface KubeLines extends KubeResponse {
  /** Parsed; none where the status is not 200. */
  readonly lines: AsyncIterable<unknown>;
}

/** Sallyport's own requests to one API server. What people send goes another way (proxy/). */
export interface KubeClient {
  readonly target: Target;
  /**
   * Sends a request; an answer of any status is returned.
   *
   * @throws whatever the connection fails with; {@link connectionProblem} puts it into words
   */
  request(request: KubeRequest): Promise<KubeResponse>;
  /**
   * Sends a request whose answer is one JSON object a line, for as long as it lasts, as a watch is.
   * The object of an answer that is no success is its `body`, as {@link request} gives it.
   *
   * @throws whatever the connection fails with, while the lines are read as well
   */
  lines(request: KubeRequest): Promise<KubeLines>;
  /** Ends the connections once the requests under way are answered. */
  close(): Promise<void>;
}

/** A list of bindings is some kilobytes; what answers with more is not what it should be. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;

/** An answer that is longer than any we ask for. */
export class ResponseTooLarge extends Error {
  constructor() {
    super(`the answer is larger than ${MAX_RESPONSE_BYTES} bytes`);
    this.name = 'ResponseTooLarge';
  }
}

/** Makes a client with a few connections of its own, opened when they are needed. */
export function createKubeClient(target: Target): KubeClient {
  const { ca, clientCertificate, servername } = target;
  const { host, port, lookup } = reachOf(target);
  const pool = new Pool(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`, {
    connections: 8,
    // One HTTP/2 connection for everything stalls as a whole when one packet is lost.
    allowH2: false,
    // Shorter than the minute after which load balancers drop an idle connection.
    keepAliveTimeout: 45_000,
    connect: {
      ca,
      ...(lookup ? { lookup } : {}),
      ...clientCertificate,
      timeout: DEFAULT_TIMEOUT_MS,
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says, which somebody may have set for something else.
      rejectUnauthorized: true,
      // RFC 6066, section 3: an address is no name to ask for.
      servername: isIP(servername) ? undefined : servername,
      checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate),
    },
  });

  async function send(wanted: KubeRequest) {
    const { method, path, body, as } = wanted;
    const timeout = AbortSignal.timeout(wanted.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    return pool.request({
      method,
      path: target.basePath + path,
      signal: wanted.signal ? AbortSignal.any([timeout, wanted.signal]) : timeout,
      headers: {
        accept: wanted.accept ?? 'application/json',
        'user-agent': 'sallyport',
        ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
        ...(body === undefined ? {} : { 'content-type': wanted.contentType ?? 'application/json' }),
        ...(as === undefined ? {} : impersonationHeaders(as)),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  async function request(wanted: KubeRequest): Promise<KubeResponse> {
    const { statusCode: status, headers, body } = await send(wanted);
    return { status, headers, body: parseBody(await readText(body), headers['content-type']) };
  }

  async function lines(wanted: KubeRequest): Promise<KubeLines> {
    const { statusCode: status, headers, body } = await send(wanted);
    if (status === 200) return { status, headers, body: undefined, lines: readLines(body) };
    const refusal = parseBody(await readText(body), headers['content-type']);
    return { status, headers, body: refusal, lines: (async function* () {})() };
  }

  return { target, request, lines, close: () => pool.close() };
}

/** The same client, whose requests end when `signal` does: a stop need not wait for a dead cluster. */
export function withSignal(kube: KubeClient, signal: AbortSignal): KubeClient {
  return {
    ...kube,
    request: (request) => kube.request({ ...request, signal }),
    lines: (request) => kube.lines({ ...request, signal }),
  };
}

function impersonationHeaders(as: Impersonation): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'impersonate-user': as.user };
  if (as.uid !== undefined) headers['impersonate-uid'] = as.uid;
  if (as.groups !== undefined) headers['impersonate-group'] = [...as.groups];
  for (const [key, values] of Object.entries(as.extra ?? {})) {
    // A header's name has no slash; the API server takes keys percent-encoded.
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = [...values];
  }
  return headers;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the body, and with it the connection.
    if (size > MAX_RESPONSE_BYTES) throw new ResponseTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws SyntaxError where a line is no JSON; ResponseTooLarge where one has no end */
async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  /** Pieces of a line that has not ended: searched once, and joined once. */
  let begun: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    begun.push(first);
    length += first.length;
    for (const next of others) {
      const line = begun.join('');
      begun = [next];
      length = next.length;
      if (line.trim() !== '') yield JSON.parse(line);
    }
    if (length > MAX_RESPONSE_BYTES) throw new ResponseTooLarge();
  }
  const rest = begun.join('');
  if (rest.trim() !== '') yield JSON.parse(rest);
}

function parseBody(text: string, contentType: string | string[] | undefined): unknown {
  if (!String(contentType).startsWith('application/json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
