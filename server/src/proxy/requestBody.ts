/** The body of a request on its way to an API server, with back-pressure. */
import type { Client } from './client.ts';
import type { Connection } from './upstream/connection.ts';

export interface RequestBodyWatcher {
  /** Bytes have come. */
  onBodyBytes(count: number): void;
  /** The API server takes no more for now; `resume` is to be called when it does. */
  onBodyHeld(): void;
  /** All of it has been sent. */
  onBodySent(): void;
  /** It ended before it was whole; nothing that makes it look whole has been sent. */
  onBodyCut(): void;
}

export class RequestBody {
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #contentLength: number | undefined;
  readonly #watcher: RequestBodyWatcher;
  #bytes = 0;
  #started = false;
  #stopped = false;
  #held = false;

  /** @param contentLength as announced to the API server; undefined: it goes in chunks */
  constructor(
    client: Client,
    connection: Connection,
    contentLength: number | undefined,
    watcher: RequestBodyWatcher,
  ) {
    this.#client = client;
    this.#connection = connection;
    this.#contentLength = contentLength;
    this.#watcher = watcher;
  }

  get started(): boolean {
    return this.#started;
  }

  /** Begins to send what comes; does nothing the second time. */
  start(): void {
    const { body } = this.#client;
    if (this.#started || body === undefined) return;
    this.#started = true;
    body.on('data', this.#onData);
    body.on('end', this.#onEnd);
    body.resume();
  }

  /** The API server takes more again. @returns whether that was waited for */
  resume(): boolean {
    if (!this.#held || this.#stopped) return false;
    this.#held = false;
    this.#client.body?.resume();
    return true;
  }

  /** Sends no more; what still comes is somebody else's. */
  stop(): void {
    this.#stopped = true;
    this.#client.body?.removeListener('data', this.#onData);
    this.#client.body?.removeListener('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#stopped || chunk.length === 0) return;
    this.#bytes += chunk.length;
    this.#watcher.onBodyBytes(chunk.length);
    if (this.#send(chunk)) return;
    this.#held = true;
    this.#client.body?.pause();
    this.#watcher.onBodyHeld();
  };

  #send(chunk: Buffer): boolean {
    const connection = this.#connection;
    if (this.#contentLength !== undefined) return connection.write(chunk);
    connection.socket.cork();
    connection.write(`${chunk.length.toString(16)}\r\n`);
    connection.write(chunk);
    const more = connection.write('\r\n');
    connection.socket.uncork();
    return more;
  }

  readonly #onEnd = (): void => {
    if (this.#stopped) return;
    const short = this.#contentLength !== undefined && this.#contentLength !== this.#bytes;
    if (short || !this.#client.bodyWhole) {
      this.#watcher.onBodyCut();
      return;
    }
    if (this.#contentLength === undefined) this.#connection.write('0\r\n\r\n');
    this.#watcher.onBodySent();
  };
}
