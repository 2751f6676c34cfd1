/**
 * An admitted request that asks for another protocol: SPDY/3.1 or WebSocket, for exec, attach,
 * port-forward, and watches of browsers. It has a connection of its own to the API server. Only
 * after a 101 do bytes pass unread; any other answer is relayed whole, and the connection behind it
 * destroyed, so that nothing can follow it there under Sallyport's name (CVE-2018-1002105).
 */
import type { Duplex } from 'node:stream';
import { type SallyportError, toStatus } from '../errors.ts';
import type { Client } from './client.ts';
import { Exchange, type Services } from './exchange.ts';
import type { Admitted } from './gate.ts';
import { switchingHeaders } from './responseHeaders.ts';
import { splice } from './splice.ts';
import type { BeginOptions, Switched, UpgradeHandler } from './upstream/connection.ts';
import { UpstreamFailure } from './upstream/failure.ts';
import type { ResponseHead } from './upstream/head.ts';
import { closeFrame, FrameBoundary } from './webSocket.ts';

/** The client's connection, from which HTTP has been taken away. */
export interface ClientSocket {
  readonly socket: Duplex;
  /** Bytes of the new protocol that came right behind the request. */
  readonly head: Buffer;
  /** Takes the socket back from the response that would have been written to it. */
  detach(): void;
}

export class UpgradeExchange extends Exchange implements UpgradeHandler {
  readonly #client: ClientSocket;
  readonly #protocol: string;
  #switching: ResponseHead | undefined;
  #spliced: Switched | undefined;
  readonly #frames: FrameBoundary | undefined;

  /** @param protocol as the client asked for it */
  constructor(
    admitted: Admitted,
    client: Client,
    services: Services,
    socket: ClientSocket,
    protocol: string,
  ) {
    super(admitted, client, services);
    this.#client = socket;
    this.#protocol = protocol;
    this.#frames = protocol.toLowerCase() === 'websocket' ? new FrameBoundary() : undefined;
  }

  override acquire(): void {
    super.acquire(true);
  }

  override get options(): BeginOptions {
    return { toHead: false, upgrade: true };
  }

  override get upgrade() {
    return { protocol: this.#protocol, subprotocols: this.admitted.subprotocols };
  }

  override onHead(head: ResponseHead): void {
    if (head.status === 101) this.#switching = head;
    else super.onHead(head);
  }

  override onComplete(trailers: readonly string[]): void {
    this.connection?.destroy();
    super.onComplete(trailers);
  }

  onSwitched(switched: Switched): void {
    const { socket: upstream, rest } = switched;
    const { socket, head } = this.#client;
    const fields = this.#switching?.fields ?? [];
    // Its errors were the connection's to hear; from here on they are the splice's.
    if (this.over || socket.destroyed) {
      upstream.destroy();
      this.finish(null, true);
      return;
    }
    if (!agrees(fields, this.#protocol)) {
      upstream.destroy();
      this.onFailed(new UpstreamFailure('broken', 'it switched to a protocol nobody asked for'));
      return;
    }
    this.#spliced = switched;
    this.#client.detach();
    this.begun(101);
    socket.write(
      switchingHead(switchingHeaders(fields, this.admitted.incoming.requestId)),
      'latin1',
    );
    splice(socket, upstream, {
      fromClient: (chunk) => {
        this.bytesFromClient += chunk.length;
      },
      toClient: (chunk) => this.#toClient(chunk),
      onClose: () => this.finish(null, false),
    });
    if (rest.length > 0) {
      this.#toClient(rest);
      socket.write(rest);
    }
    if (head.length > 0) {
      this.bytesFromClient += head.length;
      upstream.write(head);
    }
  }

  #toClient(chunk: Buffer): void {
    this.bytesToClient += chunk.length;
    this.#frames?.push(chunk);
  }

  override end(error: SallyportError): void {
    if (this.#spliced === undefined) {
      super.end(error);
      return;
    }
    if (this.over) return;
    this.finish(error, false);
    const { socket } = this.#client;
    // Where no frame can follow, a cut is all that the client can be told.
    if (this.#frames?.open) socket.end(closeFrame(toStatus(error).message));
    else socket.destroy();
    // The splice gives the last words their time, and then closes the client's socket too.
    this.#spliced.socket.destroy();
  }
}

/** RFC 9110 §7.8: a server may only switch to what was asked for. */
function agrees(fields: readonly string[], protocol: string): boolean {
  const index = fields.findIndex((field, i) => i % 2 === 0 && field === 'upgrade');
  return fields[index + 1]?.toLowerCase() === protocol.toLowerCase() && index !== -1;
}

/** Some clients compare the names of these headers as they are usually written. */
function switchingHead(headers: readonly string[]): string {
  let head = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
    head += `${name}: ${headers[i + 1]}\r\n`;
  }
  return `${head}\r\n`;
}
