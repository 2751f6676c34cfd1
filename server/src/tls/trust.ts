import type { X509Certificate } from 'node:crypto';

export interface Trust {
  /** Whether the chain leads to one of the public roots. */
  readonly public: boolean;
  /** The last certificate of the chain that could be reached: the one to trust. */
  readonly anchor: X509Certificate;
}

/**
 * Finds out whom a client must trust to accept a server's certificate. From the certificate it
 * goes to the one that issued it, and on, until a public root has been reached or the file holds
 * no further one.
 *
 * Where the file leaves out the root, as it may (RFC 8446, 4.4.2), the anchor is an intermediate.
 * Go, and so kubectl, accepts any certificate as an anchor. Other clients want a root, so whoever
 * has a private CA should put it at the end of the file.
 *
 * @param chain the server's certificate, then the others in any order
 * @param roots the public roots
 */
export function findTrust(
  chain: readonly [X509Certificate, ...X509Certificate[]],
  roots: readonly X509Certificate[],
): Trust {
  let [current, ...rest]: X509Certificate[] & { 0: X509Certificate } = [...chain];
  for (;;) {
    const here = current;
    const isRoot = roots.some((root) => root.fingerprint256 === here.fingerprint256);
    if (isRoot || roots.some((root) => issued(root, here))) return { public: true, anchor: here };
    const issuer = rest.find((candidate) => issued(candidate, here));
    if (!issuer) return { public: false, anchor: here };
    rest = rest.filter((candidate) => candidate !== issuer);
    current = issuer;
  }
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return (
    issuer.fingerprint256 !== certificate.fingerprint256 &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey)
  );
}
