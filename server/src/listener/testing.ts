import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { createListener, infoOf, type Listener, type ListenerOptions } from '../listener.ts';
import { createLogger } from '../log.ts';
import { createTls, type Tls } from '../tls/tls.ts';
import type { ClientInfo } from './forwarded.ts';
import type { Http2Request, Http2Stream } from './http2/exchange.ts';

/** A listener with real TLS on a free port, for tests, and clients for it. */

export const PROXY_PATH = '/api/endpoints/1/kubernetes';

/** What the rooms behind the listener do with a request; tests put in what they need. */
export interface Rooms {
  proxy(req: IncomingMessage, res: ServerResponse, info: ClientInfo): void | Promise<void>;
  stream(stream: Http2Stream, request: Http2Request, info: ClientInfo): void | Promise<void>;
  upgrade(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    info: ClientInfo,
  ): void | Promise<void>;
  api: NonNullable<ListenerOptions['api']>['handle'];
}

export interface Harness {
  readonly port: number;
  readonly httpPort: number | undefined;
  readonly rooms: Rooms;
  readonly tls: Tls;
  readonly listener: Listener;
  readonly log: readonly string[];
  /** A TLS connection. */
  dial(alpn?: string[], servername?: string): Promise<TLSSocket>;
  /** An HTTP/2 connection. */
  session(servername?: string): Promise<ClientHttp2Session>;
  close(): Promise<void>;
}

/** Starts a listener whose rooms answer with who was asked, and for whom. */
export async function startHarness(options: Partial<ListenerOptions> = {}): Promise<Harness> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-listener-'));
  const log: string[] = [];
  const logger = createLogger('debug', { write: (line) => log.push(line) });
  const tls = await createTls({
    dataDir,
    publicUrl: undefined,
    cert: undefined,
    key: undefined,
    hostnames: () => [],
    logger,
  });
  const rooms: Rooms = {
    proxy: (req, res, info) => void res.end(answer('proxy', req.url, info)),
    stream: (stream, { target }, info) => {
      stream.head(200, []);
      stream.write(Buffer.from(answer('proxy', target, info)));
      stream.end();
    },
    upgrade: (_req, socket) => void socket.destroy(),
    api: (req, res) => void res.end(answer('api', req.url, infoOf(req))),
  };
  const listener = createListener({
    host: '127.0.0.1',
    port: 0,
    httpPort: undefined,
    tls,
    trustedProxies: [],
    proxyProtocol: [],
    proxy: {
      owns: (target, named) => named !== undefined || target.startsWith('/api/endpoints/'),
      handle: (req, res, info) => rooms.proxy(req, res, info),
      handleHttp2: (request, stream, info) => rooms.stream(stream, request, info),
      upgrade: (req, socket, head, info) => rooms.upgrade(req, socket, head, info),
    },
    api: { handle: (req, res) => rooms.api(req, res) },
    logger,
    ...options,
  });
  const release = () => {
    tls.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const { port, httpPort } = await listener.start().catch((error: unknown) => {
    release();
    throw error;
  });
  const ca = tls.caData() ?? '';
  const clients: Array<{ destroy(): unknown }> = [];

  return {
    port,
    httpPort,
    rooms,
    tls,
    listener,
    log,
    async dial(alpn = ['http/1.1'], servername = '') {
      const socket = connectTls({ port, host: '127.0.0.1', ca, ALPNProtocols: alpn, servername });
      clients.push(socket);
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      return socket;
    },
    async session(servername = '') {
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername });
      clients.push(session);
      session.on('error', () => {});
      await once(session, 'connect');
      return session;
    },
    async close() {
      for (const client of clients) client.destroy();
      await listener.stop(0);
      release();
    },
  };
}

function answer(room: string, target: string | undefined, info: ClientInfo | undefined): string {
  return JSON.stringify({ room, target, info });
}

/** All that still comes over a connection, until its end. */
export async function readAll(socket: Duplex): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** Waits until what has come over a connection matches, and returns it. */
export async function readUntil(socket: Duplex, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error(`The connection closed after: ${text}`));
    const onData = (chunk: Buffer) => {
      text += chunk;
      if (!pattern.test(text)) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve(text);
    };
    socket.on('data', onData);
    socket.once('close', onClose);
  });
}

/** Sends a request over HTTP/2 and returns its answer. */
export async function request2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
): Promise<{ status: number; body: string }> {
  const stream: ClientHttp2Stream = session.request(headers);
  stream.setEncoding('utf8');
  const [response] = await once(stream, 'response');
  let body = '';
  for await (const chunk of stream) body += chunk;
  return { status: Number(response[':status']), body };
}

/**
 * Whether the kernel will ask the peer of a quiet IPv4 connection whether it is still there: the
 * timer of that kind is armed (Linux, Documentation/networking/proc_net_tcp.rst).
 *
 * @returns undefined where there is no such connection, or no Linux
 */
export function keepsAlive(localPort: number, remotePort: number): boolean | undefined {
  const port = (number: number) => number.toString(16).toUpperCase().padStart(4, '0');
  const ends = new RegExp(
    `^ *\\d+: \\w+:${port(localPort)} \\w+:${port(remotePort)} 01 \\S+ (\\d\\d):`,
  );
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const timer = ends.exec(line)?.[1];
    if (timer !== undefined) return timer === '02';
  }
  return undefined;
}
