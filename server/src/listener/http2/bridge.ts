/**
 * A stream of HTTP/2 in the shape of node:http, for the REST API and the page: what takes one request at
 * a time and streams both ways takes both protocols, and knows nothing of either.
 */
import { IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { type Readable, Writable } from 'node:stream';
import { CODE } from '../../http2/frames.ts';
import { namesOf } from '../forwarded.ts';
import type { Http2Request, Http2Stream } from './exchange.ts';

const ignore = (): void => {};

/** As node:http says it to whoever reads a request whose client is gone. */
function brokenOff(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

/** The request. */
export class StreamRequest extends IncomingMessage {
  readonly #body: Readable | undefined;

  constructor({ method, target, rawHeaders }: Http2Request, stream: Http2Stream) {
    // It is never connected: node:http wants one, and asks it for nothing that is needed here.
    super(new Socket());
    // With a request that breaks off it is destroyed, and says why.
    this.socket.on('error', ignore);
    this.method = method;
    this.url = target;
    this.httpVersion = '2.0';
    this.httpVersionMajor = 2;
    this.httpVersionMinor = 0;
    this.rawHeaders = withHost(rawHeaders);
    this.headers = headersOf(this.rawHeaders);
    this.#body = stream.body;
    const body = this.#body;
    if (body === undefined) {
      this.complete = true;
      this.push(null);
      return;
    }
    body.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) body.pause();
    });
    body.on('end', () => {
      this.complete = true;
      this.push(null);
    });
    body.on('close', () => {
      if (!this.complete) this.destroy(brokenOff());
    });
    body.pause();
  }

  override _read(): void {
    this.#body?.resume();
  }
}

/** HTTP/1.1 calls `:authority` by its own name (RFC 9113 §8.3.1). */
function withHost(raw: readonly string[]): string[] {
  if (raw[0] !== ':authority') return [...raw];
  const rest = raw.slice(2);
  return rest.some((name, i) => i % 2 === 0 && name === 'host')
    ? rest
    : ['host', raw[1] ?? '', ...rest];
}

/** As node:http reads them: the first of some names counts, cookies are one, others are a list. */
function headersOf(raw: readonly string[]): Record<string, string> {
  const names = namesOf(raw);
  const firsts: Record<string, string> = {};
  const cookies: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name === 'cookie') cookies.push(raw[i + 1] ?? '');
    else if (SINGLE.has(name)) firsts[name] ??= raw[i + 1] ?? '';
  }
  // RFC 9113 §8.2.3.
  if (cookies.length > 0) firsts.cookie = cookies.join('; ');
  return { ...names, ...firsts };
}

/** Of these node:http keeps the first. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-type',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'user-agent',
]);

/** What an answer in HTTP/2 has no place for, and says otherwise (RFC 9113 §8.2.2). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Field values (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The answer: as much of node:http's `ServerResponse` as whoever answers may use. */
export class StreamResponse extends Writable {
  statusCode = 200;
  statusMessage = '';
  headersSent = false;
  sendDate = true;
  readonly req: StreamRequest;
  readonly #stream: Http2Stream;
  /** Names in lower case. */
  readonly #headers = new Map<string, OutgoingHttpHeader>();

  constructor(req: StreamRequest, stream: Http2Stream) {
    super({ decodeStrings: true });
    this.req = req;
    this.#stream = stream;
    stream.onGone = () => this.destroy();
    // Without a listener an error of a handler's pipe would end the process.
    this.on('error', ignore);
  }

  /** As node:http calls the end of its writing. */
  get finished(): boolean {
    return this.writableEnded;
  }

  get socket(): Socket {
    return this.req.socket;
  }

  get connection(): Socket {
    return this.req.socket;
  }

  setHeader(name: string, value: OutgoingHttpHeader): this {
    if (this.headersSent) throw new Error('the head of the answer has been sent');
    const lower = name.toLowerCase();
    if (!NAME.test(lower)) throw new TypeError(`${name} is no name of a field`);
    for (const text of textsOf(value)) {
      if (!VALUE.test(text)) throw new TypeError(`a value of ${name} cannot be written`);
    }
    this.#headers.set(lower, value);
    return this;
  }

  appendHeader(name: string, value: string | readonly string[]): this {
    const before = this.getHeader(name);
    return this.setHeader(
      name,
      before === undefined ? [...textsOf(value)] : [...textsOf(before), ...textsOf(value)],
    );
  }

  getHeader(name: string): OutgoingHttpHeader | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  getHeaders(): OutgoingHttpHeaders {
    return Object.fromEntries(this.#headers);
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  writeHead(
    status: number,
    reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    this.statusCode = status;
    const given = headers ?? (typeof reason === 'string' ? undefined : reason);
    if (Array.isArray(given)) {
      for (let i = 0; i < given.length; i += 2)
        this.setHeader(String(given[i]), given[i + 1] ?? '');
    } else {
      for (const [name, value] of Object.entries(given ?? {})) {
        if (value !== undefined) this.setHeader(name, value);
      }
    }
    this.#begin();
    return this;
  }

  writeContinue(): void {
    this.#stream.informational(100);
  }

  flushHeaders(): void {
    this.#begin();
    this.#stream.flush();
  }

  override _write(
    chunk: Buffer,
    _: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#begin();
    const more = this.#stream.write(chunk);
    this.#stream.flushSoon();
    if (more) {
      callback();
      return;
    }
    this.#stream.onDrain = () => {
      this.#stream.onDrain = undefined;
      callback();
    };
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#begin();
    this.#stream.end([]);
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stream.onGone = undefined;
    // What is not whole must not look whole.
    if (!this.writableFinished) this.#stream.reset(CODE.INTERNAL_ERROR);
    if (!this.req.complete) this.req.destroy(brokenOff());
    else if (!this.req.readableEnded) this.req.resume();
    callback(error);
  }

  #begin(): void {
    if (this.headersSent) return;
    this.headersSent = true;
    const headers: string[] = [];
    for (const [name, value] of this.#headers) {
      if (OF_CONNECTION.has(name)) continue;
      for (const text of textsOf(value)) headers.push(name, text);
    }
    if (this.sendDate && !this.#headers.has('date')) headers.push('date', new Date().toUTCString());
    this.#stream.head(this.statusCode, headers);
  }
}

function textsOf(value: OutgoingHttpHeader | readonly string[]): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}
