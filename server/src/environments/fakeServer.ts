import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { newAuthority, newLeaf } from '../../../lab/src/pki.ts';

/** What its certificate says; by default it is valid and for localhost and 127.0.0.1. */
export interface FakeServerOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly dnsNames?: string[];
  readonly ipAddresses?: string[];
}

/**
 * A small TLS server, for what a real API server cannot be brought to: an expired certificate, an
 * answer that is not Kubernetes, one too large.
 */
export async function startFakeServer(answer: RequestListener, options: FakeServerOptions = {}) {
  const authority = await newAuthority('fake authority');
  const { cert, key } = await newLeaf(authority, {
    commonName: 'fake server',
    usage: ['server'],
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    ...options,
  });
  const server = createServer({ cert, key }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    caData: authority.cert,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type FakeServer = Awaited<ReturnType<typeof startFakeServer>>;

/** Answers as a Kubernetes API server does whose credential may do everything. */
export const kubernetes: RequestListener = (request, response) => {
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  request.resume();
  if (request.url === '/version') answer(200, { gitVersion: 'v1.99.0' });
  else if (request.url === '/readyz') response.end('ok');
  else if (request.url?.endsWith('/selfsubjectaccessreviews')) {
    answer(201, { status: { allowed: true } });
  } else answer(404, { kind: 'Status', message: 'not found' });
};
