import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newAuthority, newLeaf } from '../lab/src/pki.ts';

/** Paths of PEM files. One certificate serves every contender but Sallyport, which makes its own. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes a CA and a server certificate for the loopback: ECDSA P-256, as Sallyport's own. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const authority = await newAuthority('bench CA');
  const leaf = await newLeaf(authority, {
    commonName: 'localhost',
    usage: ['server'],
    // nginx holds a certificate against names only, so the loopback address is not enough.
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const paths = {
    ca: join(folder, 'ca.crt'),
    cert: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };
  writeFileSync(paths.ca, authority.cert);
  writeFileSync(paths.cert, leaf.cert);
  writeFileSync(paths.key, leaf.key, { mode: 0o600 });
  return paths;
}
