/**
 * The yardstick that Sallyport's own client of API servers is measured with: the same way of a
 * request, HTTP/1.1 over TLS on both hops, with undici in its place and nothing else around it.
 *
 *   node bench/node/undiciProxy.ts --cert FILE --key FILE --ca FILE --upstream URL
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { type Dispatcher, Pool } from 'undici';

const { values } = parseArgs({
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    ca: { type: 'string' },
    upstream: { type: 'string' },
  },
});
const { cert = '', key = '', ca = '', upstream = '' } = values;

const pool = new Pool(upstream, {
  // By itself it would put all clients on one HTTP/2 connection.
  allowH2: false,
  connect: { ca: readFileSync(ca) },
  connections: 1_000,
  bodyTimeout: 0,
});

class Relay implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#res.once('close', () => {
      if (!this.#res.writableFinished) controller.abort(new Error('the client is gone'));
    });
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const { connection, 'transfer-encoding': encoding, ...passed } = headers;
    this.#res.writeHead(status, passed as Record<string, string | string[]>);
    // A watch's first event may be long in coming.
    if (passed['content-length'] === undefined) this.#res.flushHeaders();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#res.write(chunk)) return;
    controller.pause();
    this.#res.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#res.end();
  }

  onResponseError(): void {
    this.#res.destroy();
  }
}

function forward(req: IncomingMessage, res: ServerResponse): void {
  const { url = '/', method = 'GET' } = req;
  const headers = { 'user-agent': req.headers['user-agent'] ?? '', accept: '*/*' };
  pool.dispatch({ path: url, method: method as Dispatcher.HttpMethod, headers }, new Relay(res));
}

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, forward);
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
