/** The client's side of a request: HTTP/1.1 and HTTP/2 under one face. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';

export interface Client {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** The request's body; undefined: it has none. */
  readonly body: Readable | undefined;
  /** Whether the end of `body` is the end that the client meant, and not that of its connection. */
  readonly bodyWhole: boolean;
  /** Sends a 100. */
  continue(): void;
  /**
   * @param headers names in lower case and values, in turn
   * @param trailers whether `end` may bring trailers
   */
  head(status: number, headers: string[], trailers: boolean): void;
  /** Lets go of a head that waits for the first bytes of the body. */
  flush(): void;
  /** @returns false when `onDrain` should be waited for */
  write(chunk: Buffer | string): boolean;
  /** @param trailers names in lower case and values, in turn */
  end(trailers: readonly string[]): void;
  /** Cuts the response so that nobody can take it for whole. */
  abort(): void;
  /** Before `head`: the connection shall end after this response. */
  closeAfter(): void;
  onDrain(listener: () => void): void;
  /** Called once the response is over, one way or the other. */
  onClose(listener: () => void): void;
}

/**
 * What is left of a request when its response is over is read and dropped, so that the connection
 * can go on and the response is not lost to a reset; but not more bytes than this …
 */
const MAX_LEFTOVER = 1024 * 1024;
/** … and not for more milliseconds than this. */
const MAX_LEFTOVER_TIME = 5_000;

/** @param hasBody whether the request has a body, as its headers say */
export function http1Client(req: IncomingMessage, res: ServerResponse, hasBody: boolean): Client {
  let waiting = false;
  // Without a listener an error of the socket would end the process.
  res.on('error', () => {});
  return {
    protocol: 'HTTP/1.1',
    body: hasBody ? req : undefined,
    get bodyWhole() {
      return req.complete;
    },
    continue() {
      res.writeContinue();
    },
    head(status, headers) {
      res.writeHead(status, headers);
      waiting = true;
    },
    flush() {
      if (!waiting) return;
      waiting = false;
      res.flushHeaders();
    },
    write(chunk) {
      waiting = false;
      return res.write(chunk);
    },
    end(trailers) {
      waiting = false;
      if (trailers.length > 0) res.addTrailers(inPairs(trailers));
      res.end();
      if (hasBody && !req.complete) drop(req);
    },
    abort() {
      res.destroy();
    },
    closeAfter() {
      res.shouldKeepAlive = false;
    },
    onDrain(listener) {
      res.on('drain', listener);
    },
    onClose(listener) {
      res.on('close', listener);
    },
  };
}

export function http2Client(stream: ServerHttp2Stream): Client {
  const hasBody = !stream.endAfterHeaders;
  // Without a listener a reset by the client would end the process.
  stream.on('error', () => {});
  return {
    protocol: 'HTTP/2',
    body: hasBody ? stream : undefined,
    get bodyWhole() {
      // A reset also ends the readable side; only an open stream has ended because it was whole.
      return !stream.closed;
    },
    continue() {
      if (!stream.destroyed) stream.additionalHeaders({ ':status': 100 });
    },
    head(status, headers, trailers) {
      if (stream.destroyed || stream.closed) return;
      const fields: Record<string, string | string[] | number> = { ':status': status };
      for (let i = 0; i < headers.length; i += 2) {
        const name = headers[i] ?? '';
        const value = headers[i + 1] ?? '';
        const before = fields[name];
        if (before === undefined) fields[name] = value;
        else if (Array.isArray(before)) before.push(value);
        else fields[name] = [String(before), value];
      }
      stream.respond(fields, { waitForTrailers: trailers });
    },
    flush() {},
    write(chunk) {
      return stream.destroyed || stream.closed || stream.write(chunk);
    },
    end(trailers) {
      if (stream.destroyed || stream.closed) return;
      stream.once('wantTrailers', () => stream.sendTrailers(inPairs(trailers)));
      stream.end();
      // RFC 9113 §8.1: the rest of the request is not wanted, and that is no error.
      if (hasBody && !stream.readableEnded) {
        stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
      }
    },
    abort() {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    },
    closeAfter() {},
    onDrain(listener) {
      stream.on('drain', listener);
    },
    onClose(listener) {
      stream.on('close', listener);
    },
  };
}

function drop(req: IncomingMessage): void {
  let left = MAX_LEFTOVER;
  const timer = setTimeout(() => req.socket.destroy(), MAX_LEFTOVER_TIME);
  timer.unref();
  req.once('end', () => clearTimeout(timer));
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.socket.destroy();
  });
  req.resume();
}

function inPairs(fields: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) pairs[fields[i] ?? ''] = fields[i + 1] ?? '';
  return pairs;
}
