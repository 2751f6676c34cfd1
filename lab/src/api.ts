import { request } from 'node:https';

/** How to reach an API server, and as whom. */
export interface ApiAccess {
  server: string;
  caData: string;
  cert: string;
  key: string;
}

/** An answer of an API server: the body parsed where it is JSON, else its text. */
export interface ApiAnswer {
  status: number;
  body: unknown;
}

/**
 * One request to an API server, on a connection of its own.
 * @param timeoutMs for the whole request
 * @throws Error where no answer comes
 */
export function callApi(
  access: ApiAccess,
  method: string,
  path: string,
  body?: unknown,
  timeoutMs = 10_000,
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const call = request(
      new URL(path, access.server),
      {
        method,
        ca: access.caData,
        cert: access.cert,
        key: access.key,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: 'application/json',
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: parse(answer) });
        });
      },
    );
    call.once('error', reject);
    call.end(text);
  });
}

/**
 * Like callApi, but an answer other than 2xx is an error.
 * @param allowed further statuses that are fine, e.g. 409 where the object may exist
 */
export async function mustCall(
  access: ApiAccess,
  method: string,
  path: string,
  body?: unknown,
  allowed: number[] = [],
): Promise<unknown> {
  const answer = await callApi(access, method, path, body);
  if ((answer.status >= 200 && answer.status < 300) || allowed.includes(answer.status)) {
    return answer.body;
  }
  const { message } = (answer.body ?? {}) as { message?: string };
  throw new Error(`${method} ${path}: ${answer.status} ${message ?? String(answer.body)}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
