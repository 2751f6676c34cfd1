/**
 * For tests: a TLS server that plays an API server byte by byte, the real listener in front,
 * and a proxy between them whose callers and passages a test can change.
 */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Target } from '../environments/target.ts';
import { fail, type SallyportError } from '../errors.ts';
import type { Caller } from '../kubeconfigs/caller.ts';
import { createListener } from '../listener.ts';
import { createLogger } from '../log.ts';
import { type Issued, issueForTest } from '../tls/fixtures.ts';
import type { ConnectionInfo, Passage, ProxyDependencies } from './dependencies.ts';
import type { ProxyEvent } from './events.ts';
import { createProxy, type KubernetesProxy } from './proxy.ts';

export const TOKEN = 'sp_a-token';
export const PREFIX = '/api/endpoints/1/kubernetes';

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The head as it came, without the empty line. */
  readonly head: string;
  readonly body: string;
}

export interface Upstream {
  readonly port: number;
  readonly ca: Issued;
  /** All bytes that came, of all connections. */
  readonly received: () => string;
  readonly connections: () => number;
  readonly sockets: ReadonlySet<TLSSocket>;
  readonly requests: readonly SeenRequest[];
  /** Called for each whole request; writes the answer. */
  respond: (request: SeenRequest, socket: TLSSocket) => void;
  /** Called for all bytes as they come, in place of `respond`. */
  onBytes: ((chunk: Buffer, socket: TLSSocket) => void) | undefined;
  close(): Promise<void>;
}

let pki: Promise<{ ca: Issued; api: Issued; front: Issued }> | undefined;

/** One CA and two certificates for a test process. */
export function testPki() {
  pki ??= (async () => {
    const ca = await issueForTest('test-ca', undefined, { ca: true });
    return {
      ca,
      api: await issueForTest('api.test', ca),
      front: await issueForTest('front.test', ca),
    };
  })();
  return pki;
}

/** An answer with a length. */
export function reply(body: string, status = '200 OK', headers = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export async function startUpstream(certificate?: Issued): Promise<Upstream> {
  const { ca, api } = await testPki();
  const { cert, key } = certificate ?? api;
  const sockets = new Set<TLSSocket>();
  const requests: SeenRequest[] = [];
  let received = '';
  let connections = 0;

  const server = createTlsServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (socket) => {
    connections++;
    sockets.add(socket);
    let pending = '';
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (upstream.onBytes !== undefined) {
        upstream.onBytes(chunk, socket);
        return;
      }
      pending += chunk.toString('latin1');
      for (;;) {
        const whole = takeRequest(pending);
        if (whole === undefined) return;
        pending = whole.rest;
        requests.push(whole.request);
        upstream.respond(whole.request, socket);
      }
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const upstream: Upstream = {
    port: (server.address() as AddressInfo).port,
    ca,
    received: () => received,
    connections: () => connections,
    sockets,
    requests,
    respond: (_, socket) => socket.write(reply('{}')),
    onBytes: undefined,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return upstream;
}

function takeRequest(text: string): { request: SeenRequest; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const [line = '', ...fields] = head.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), field.slice(colon + 1).trim()]);
  }
  const [method = '', target = ''] = line.split(' ');
  let body = '';
  let at = end + 4;
  if (headers.has('transfer-encoding')) {
    for (;;) {
      const lineEnd = text.indexOf('\r\n', at);
      if (lineEnd === -1) return undefined;
      const size = Number.parseInt(text.slice(at, lineEnd), 16);
      const next = lineEnd + 2 + size + 2;
      if (text.length < next) return undefined;
      body += text.slice(lineEnd + 2, next - 2);
      at = next;
      if (size === 0) break;
    }
  } else {
    const length = Number(headers.get('content-length')?.[0] ?? 0);
    if (text.length < at + length) return undefined;
    body = text.slice(at, at + length);
    at += length;
  }
  return { request: { method, target, headers, head, body }, rest: text.slice(at) };
}

export interface House {
  readonly proxy: KubernetesProxy;
  readonly port: number;
  readonly upstream: Upstream;
  readonly ca: string;
  readonly events: ProxyEvent[];
  readonly logged: string[];
  /** Replaced by a test to change who may do what. */
  caller: Caller;
  passage: Passage;
  /** Thrown by `authenticate` where it is set. */
  refusal: SallyportError | undefined;
  /** What the proxy is told of each connection. */
  connection: ConnectionInfo;
  close(): Promise<void>;
}

export function testTarget(upstream: Upstream, over: Partial<Target> = {}): Target {
  return {
    environmentId: 1,
    environmentName: 'north',
    host: '127.0.0.1',
    port: upstream.port,
    servername: 'api.test',
    basePath: '',
    ca: upstream.ca.cert,
    clientCertificate: undefined,
    authorization: 'Bearer cluster-credential',
    generation: '1',
    ...over,
  };
}

/** Starts upstream, proxy and front. */
export async function startHouse(
  over: Partial<ProxyDependencies> = {},
  certificate?: Issued,
): Promise<House> {
  const { ca, front } = await testPki();
  const upstream = await startUpstream(certificate);
  const events: ProxyEvent[] = [];
  const logged: string[] = [];
  const log = (details: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(details)}`);
  };
  const proxy = createProxy({
    authenticate(token) {
      if (house.refusal !== undefined) throw house.refusal;
      if (token !== TOKEN) throw fail('proxy.credential_unknown', { url: 'https://front.test' });
      return house.caller;
    },
    enter(caller, environmentId) {
      if (environmentId !== 1) throw fail('environment.not_found', { id: environmentId });
      if (!caller.environmentIds.has(environmentId)) {
        throw fail('proxy.environment_not_in_kubeconfig', { id: environmentId, url: 'x' });
      }
      return house.passage;
    },
    logger: { error: log, warn: log },
    publicUrl: () => 'https://front.test',
    audit: (event) => events.push(event),
    ...over,
  });
  const server = await startFront(proxy, front, () => house.connection);
  const house: House = {
    proxy,
    port: server.port,
    upstream,
    ca: ca.cert,
    events,
    logged,
    caller: {
      kubeconfigId: 7,
      userId: 3,
      username: 'ada',
      uid: '6f0c7a52-5d1c-4d3c-9a55-1f1f3cf0a111',
      teams: ['crew'],
      environmentIds: new Set([1, 2]),
      createdAt: 0,
      expiresAt: null,
      idleAt: null,
      ...{ signInUntil: null, signInAt: null },
      renewedAt: null,
    },
    passage: {
      target: testTarget(upstream),
      identity: {
        user: 'sallyport:ada',
        uid: '6f0c7a52-5d1c-4d3c-9a55-1f1f3cf0a111',
        groups: ['sallyport:team:crew', 'sallyport:role:view'],
        extra: { 'sallyport.dev/kubeconfig': ['7'] },
      },
      namespaces: null,
      validUntil: null,
    },
    refusal: undefined,
    connection: { secure: true, address: '192.0.2.7', host: 'front.test' },
    async close() {
      await server.close();
      await Promise.all([proxy.close(0), upstream.close()]);
    },
  };
  return house;
}

/** The real listener in front of the proxy; what is not the proxy's is answered 404. */
async function startFront(proxy: KubernetesProxy, tls: Issued, connection: () => ConnectionInfo) {
  const listener = createListener({
    host: '127.0.0.1',
    port: 0,
    httpPort: undefined,
    tls: { secureContext: () => tls, onChange: () => () => {} },
    trustedProxies: [],
    proxyProtocol: [],
    proxy: {
      owns: (target) => proxy.owns(target),
      handle: (req, res) => proxy.handle(req, res, connection()),
      handlePlain: (request, turn) => proxy.handlePlain(request, turn, connection()),
      handleHttp2: (request, stream) => proxy.handleHttp2(request, stream, connection()),
      upgrade: (req, socket, head) => proxy.upgrade(req, socket, head, connection()),
    },
    api: {
      handle(_, res) {
        res.statusCode = 404;
        res.end();
      },
    },
    logger: createLogger('silent'),
  });
  const { port } = await listener.start();
  return { port, close: () => listener.stop(0) };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly token?: string | null;
  readonly agent?: Agent;
}

/** Asks over HTTP/1.1 and collects the answer. @param path what follows the prefix */
export async function ask(house: House, path: string, options: AskOptions = {}): Promise<Answer> {
  const { token = TOKEN, method = 'GET', body, agent = false } = options;
  const req = httpsRequest({
    host: '127.0.0.1',
    port: house.port,
    servername: 'front.test',
    ca: house.ca,
    method,
    path: `${PREFIX}${path}`,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...options.headers,
    },
    agent,
  });
  req.end(body);
  const [res] = await once(req, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of res) chunks.push(chunk);
  return {
    status: res.statusCode,
    headers: res.headers,
    trailers: res.trailers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** A raw TLS connection to the front. */
export async function dial(house: House, protocol: 'http/1.1' | 'h2' = 'http/1.1') {
  const socket = connect({
    host: '127.0.0.1',
    port: house.port,
    servername: 'front.test',
    ca: house.ca,
    ALPNProtocols: [protocol],
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** Sends bytes over a connection of its own and collects what comes until it is closed. */
export async function askRaw(house: House, bytes: string): Promise<string> {
  const socket = await dial(house);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(bytes, 'latin1');
  await closed;
  return text;
}

/** So many turns of the event loop that what this process has sent to itself has arrived. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Bytes of the heap that are in use, without garbage. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

/** Waits until something holds; fails after a minute, which is long also on a machine that is busy. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
