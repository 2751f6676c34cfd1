/** The proxy, put together: what it needs of the other rooms, and what the listener gives it. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fail, type SallyportError } from '../errors.ts';
import { refusalOf } from './audit.ts';
import { type Client, Http1Client } from './client.ts';
import type { ConnectionInfo, ProxyDependencies } from './dependencies.ts';
import type { Services } from './exchange.ts';
import { createExchange } from './exchanges.ts';
import { createGate, type Incoming, type Known, newRequestId } from './gate.ts';
import { createLimits, DEFAULT_LIMITS } from './limits.ts';
import { ownsTarget } from './requestTarget.ts';
import { SocketClient, type Turn } from './socketClient.ts';
import { sendError } from './status.ts';
import { type ClientStream, StreamClient } from './streamClient.ts';
import { createStreams, type StreamInfo } from './streams.ts';
import { createTroubleLog } from './troubleLog.ts';
import { UpgradeExchange } from './upgrade.ts';
import { createPool } from './upstream/pool.ts';

export type { ConnectionInfo, Passage, ProxyDependencies, ProxyLogger } from './dependencies.ts';
export type { ProxyEvent } from './events.ts';
export type { UpstreamIdentity } from './identity.ts';
export type { ProxyLimits } from './limits.ts';
export type { StreamInfo } from './streams.ts';

export interface KubernetesProxy {
  /** Whether a raw request target is the proxy's; on a connection named for an environment all are. */
  owns(target: string, environmentId?: number): boolean;
  /** Takes an HTTP/1.1 request, from the events `request` and `checkContinue` alike. */
  handle(req: IncomingMessage, res: ServerResponse, info: ConnectionInfo): void;
  /**
   * Takes an HTTP/1.1 request that has no body, as the listener read it.
   *
   * @param request `rawHeaders` is the same array as long as its connection's fields are the same
   */
  handlePlain(
    request: Pick<Incoming, 'method' | 'target' | 'rawHeaders'>,
    turn: Turn,
    info: ConnectionInfo,
  ): void;
  /**
   * Takes a request over HTTP/2, as the listener read it.
   *
   * @param request `rawHeaders` is the same array as long as its connection's fields are the same
   */
  handleHttp2(
    request: Pick<Incoming, 'method' | 'target' | 'rawHeaders'>,
    stream: ClientStream,
    info: ConnectionInfo,
  ): void;
  /** Takes a request from the event `upgrade`. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, info: ConnectionInfo): void;
  /** Asks anew for all that is open whether it may be; to be called when grants or the like change. */
  recheck(): Promise<void>;
  /** The open streams. */
  streams(): StreamInfo[];
  /** How many connections to API servers there are. */
  connections(): { readonly open: number; readonly idle: number };
  /** Ends a stream and says why, as far as its protocol lets. @returns whether it was open here */
  endStream(requestId: string, error: SallyportError): boolean;
  /**
   * Refuses new requests, lets short ones end, and ends what is still open after a time.
   *
   * @param graceMs milliseconds
   */
  close(graceMs: number): Promise<void>;
}

/** Milliseconds that a client has to close its side after a refused upgrade. */
const LINGER = 1_000;

export function createProxy(deps: ProxyDependencies): KubernetesProxy {
  const now = () => deps.now?.() ?? Date.now();
  const limits = createLimits({ ...DEFAULT_LIMITS, ...deps.limits }, deps.others);
  const pool = createPool();
  const streams = createStreams(deps, now);
  const trouble = createTroubleLog(deps.logger, now);
  const services: Services = { deps, pool, streams, limits, trouble, now };
  let stopping = false;
  const gate = createGate(deps, limits, () => stopping);

  function refuse(client: Client, incoming: Incoming, error: SallyportError, known: Known): void {
    if (incoming.method === 'CONNECT' || stopping) client.closeAfter();
    sendError(client, error, incoming.requestId, known.info);
    deps.audit?.(refusalOf(client, incoming, error, known, now()));
  }

  function incomingOf(req: IncomingMessage, connection: ConnectionInfo): Incoming {
    return {
      method: req.method ?? '',
      target: req.url ?? '',
      rawHeaders: req.rawHeaders,
      connection,
      requestId: newRequestId(),
      receivedAt: now(),
    };
  }

  /** A request that the listener has read by itself. */
  function read(
    { method, target, rawHeaders }: Pick<Incoming, 'method' | 'target' | 'rawHeaders'>,
    connection: ConnectionInfo,
  ): Incoming {
    return {
      method,
      target,
      rawHeaders,
      repeats: true,
      connection,
      requestId: newRequestId(),
      receivedAt: now(),
    };
  }

  function forward(client: Client, incoming: Incoming): void {
    gate.pass(incoming, false, {
      onAdmitted: (admitted) => createExchange(admitted, client, services).start(),
      onRefused: (error, known) => refuse(client, incoming, error, known),
    });
  }

  return {
    owns: ownsTarget,
    handle(req, res, connection) {
      forward(new Http1Client(req, res, hasBody(req.rawHeaders)), incomingOf(req, connection));
    },
    handlePlain(request, turn, connection) {
      forward(new SocketClient(turn, request.method), read(request, connection));
    },
    handleHttp2(request, stream, connection) {
      forward(new StreamClient(stream), read(request, connection));
    },
    upgrade(req, socket, head, connection) {
      const incoming = incomingOf(req, connection);
      const { client, detach } = takeOver(req, socket);
      gate.pass(incoming, true, {
        onAdmitted(admitted) {
          const protocol = admitted.headers.upgrade ?? '';
          const clientSocket = { socket, head, detach };
          new UpgradeExchange(admitted, client, services, clientSocket, protocol).start();
        },
        onRefused: (error, known) => refuse(client, incoming, error, known),
      });
    },
    recheck: () => streams.recheck(),
    streams: () => streams.list(),
    connections: () => pool.size(),
    endStream: (requestId, error) => streams.end(requestId, error),
    async close(graceMs) {
      stopping = true;
      const timer = setTimeout(() => streams.endAll(fail('proxy.stopping'), () => true), graceMs);
      await streams.whenEmpty();
      clearTimeout(timer);
      streams.close();
      limits.close();
      pool.close();
    },
  };
}

/**
 * Node hands over an upgrade's bare socket. As long as it is not upgraded, answers are written to it
 * as HTTP, each the last one on its connection.
 */
function takeOver(req: IncomingMessage, socket: Duplex) {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  // `assignSocket` needs no more of a socket than a Duplex has.
  res.assignSocket(socket as Socket);
  socket.on('error', () => {});
  const detach = () => res.detachSocket(socket as Socket);
  res.once('finish', () => {
    detach();
    res.emit('close');
    socket.end();
    // What the client has sent on is read and dropped: closing over it would lose the answer.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  });
  return { client: new Http1Client(req, res, false), detach };
}

/** RFC 9112 §6.3: a request has a body when one of the two says so. */
function hasBody(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const length = rawHeaders[i]?.length;
    if (length !== 14 && length !== 17) continue;
    const name = rawHeaders[i]?.toLowerCase();
    if (name === 'transfer-encoding') return true;
    if (name === 'content-length') return rawHeaders[i + 1] !== '0';
  }
  return false;
}
