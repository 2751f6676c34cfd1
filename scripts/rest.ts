import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@sallyport/contract';
import { Agent, fetch as undiciFetch } from 'undici';

/** One person's use of the REST API from a program: a session cookie kept, one CA trusted. */
export interface Person {
  readonly call: ReturnType<typeof createClient>;
  /** A raw request with the person's cookie; `path` begins with `/`. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Closes the connections. */
  readonly close: () => Promise<void>;
}

/**
 * @param url where Sallyport is, such as `https://localhost:9443`
 * @param ca PEM of the CA to trust; undefined: the public ones
 */
export function createPerson(url: string, ca: string | undefined): Person {
  const dispatcher = new Agent({ allowH2: false, connect: ca === undefined ? {} : { ca } });
  const cookies = new Map<string, string>();

  async function send(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) {
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    // undici's own fetch takes the dispatcher; its types and those of the platform's differ.
    const response = (await undiciFetch(String(input), {
      ...(init as object),
      headers: [...headers],
      dispatcher,
    })) as unknown as Response;
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      if (value) cookies.set(name, value);
      else cookies.delete(name);
    }
    return response;
  }

  return {
    call: createClient({ baseUrl: url, fetch: send }),
    fetch: (path, init) => send(url + path, init),
    close: () => dispatcher.close(),
  };
}

/**
 * The certificate of the CA that Sallyport made, from the file that holds its key too.
 *
 * @returns PEM
 */
export function readAuthority(dataDir: string): string {
  const pem = readFileSync(join(dataDir, 'tls', 'ca.pem'), 'utf8');
  const [certificate] =
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(pem) ?? [];
  if (certificate === undefined)
    throw new Error(`there is no certificate in ${dataDir}/tls/ca.pem`);
  return certificate;
}
