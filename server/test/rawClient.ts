/** Requests with a kubeconfig's token as they are written, over HTTP/1.1 or HTTP/2. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

export type Protocol = 'HTTP/1.1' | 'HTTP/2';

export interface RawOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer whose head is there. */
export interface RawAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  /** Settles when nothing more comes: with the body, or what there was of it. */
  readonly text: Promise<string>;
  /** Goes away before the end. */
  readonly cancel: () => void;
}

export interface RawClient {
  /** Resolves once the head of the answer is there. @param path below the environment's */
  readonly open: (method: string, path: string, options?: RawOptions) => Promise<RawAnswer>;
  /** Begins a create with a body, and goes away when the API server asks for the body. */
  readonly leaveBeforeBody: (path: string) => Promise<void>;
  readonly close: () => void;
}

/**
 * @param kubeconfig YAML, as downloaded
 * @param ca PEM
 */
export function createRawClient(kubeconfig: string, ca: string, protocol: Protocol): RawClient {
  const file = parse(kubeconfig);
  const server = new URL(file.clusters[0].cluster.server);
  const authorization = `Bearer ${file.users[0].user.token}`;
  const agent = new Agent({ ca, keepAlive: true });
  const session = protocol === 'HTTP/2' ? connect(server.origin, { ca }) : undefined;

  const headersOf = (headers: RawOptions['headers']) => ({
    authorization,
    'user-agent': `raw/${protocol}`,
    ...headers,
  });

  function http1(method: string, path: string, headers: RawOptions['headers']) {
    return request({
      ...{ agent, method, host: server.hostname, port: server.port },
      path: server.pathname + path,
      headers: headersOf(headers),
    });
  }

  async function openHttp1(method: string, path: string, { headers, body }: RawOptions) {
    const call = http1(method, path, headers);
    call.end(body);
    const [response]: IncomingMessage[] = await once(call, 'response');
    if (response === undefined) throw new Error('no answer');
    return {
      ...{ method, path, status: response.statusCode ?? 0 },
      requestId: String(response.headers['x-request-id']),
      text: collect(response),
      cancel: () => call.destroy(),
    };
  }

  async function openHttp2(method: string, path: string, { headers, body }: RawOptions) {
    if (session === undefined) throw new Error('no HTTP/2 here');
    const stream: ClientHttp2Stream = session.request(
      { ':method': method, ':path': server.pathname + path, ...headersOf(headers) },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    const [head] = await once(stream, 'response');
    return {
      ...{ method, path, status: Number(head[':status']) },
      requestId: String(head['x-request-id']),
      text: collect(stream),
      cancel: () => stream.close(8),
    };
  }

  return {
    open: (method, path, options = {}) => (session ? openHttp2 : openHttp1)(method, path, options),

    leaveBeforeBody: async (path) => {
      const type = { 'content-type': 'application/json', 'content-length': '1000' };
      const call = http1('POST', path, { ...type, expect: '100-continue' });
      const asked = once(call, 'continue');
      const answered = once(call, 'response').then(() => {
        throw new Error(`POST ${path} was answered before its body came`);
      });
      call.flushHeaders();
      await Promise.race([asked, answered]);
      answered.catch(() => undefined);
      call.on('error', () => undefined);
      call.destroy();
    },

    close: () => {
      agent.destroy();
      session?.close();
    },
  };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => undefined);
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks).toString();
}
