import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { CaTrial } from '@sallyport/contract';
import { time } from '../environments/certificates.ts';
import { explainConnection } from '../environments/connectionProblem.ts';
import type { Target } from '../environments/target.ts';
import { oneLine } from '../tls/pair.ts';

const LIMIT_MS = 5_000;

/**
 * Connects to an address as kubectl would with these CAs embedded, says nothing there, and tells how
 * that went. Nothing that is met is believed or kept.
 *
 * @param ca PEM; no others are trusted
 * @param url `https://host[:port]`
 */
export async function tryAuthorities(ca: string, url: string): Promise<CaTrial> {
  const target = targetOf(ca, url);
  try {
    const met = await meet(target);
    return {
      url,
      outcome: 'verified',
      message: `${url} verifies with these CAs: its certificate is signed by ${oneLine(met.issuer)} and ends at ${time(met.validToDate)}.`,
    };
  } catch (error) {
    const { kind, why } = await explainConnection(error, target);
    if (kind === 'tls')
      return {
        url,
        outcome: 'refused',
        message: `${url} does not verify with these CAs: ${why}. Kubeconfigs that embed them would not work there.`,
      };
    return {
      url,
      outcome: 'unreachable',
      message: `Sallyport itself cannot reach ${url}: ${why}. That need not mean anything to people: try “curl --cacert FILE ${url}/healthz” on a machine of theirs.`,
    };
  }
}

function meet({ host, port, servername, ca }: Target): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host, port, ca },
      ...(isIP(servername) ? {} : { servername }),
      // As Go does it, and so kubectl: any certificate that is trusted will do, not only a root.
      allowPartialTrustChain: true,
      rejectUnauthorized: true,
    });
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      LIMIT_MS,
    );
    socket.once('close', () => {
      clearTimeout(timer);
      reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate) resolve(certificate);
      socket.destroy();
    });
  });
}

function targetOf(ca: string, url: string): Target {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    ...{ environmentId: 0, environmentName: '', basePath: '', generation: '' },
    ...{ host, port: Number(port || 443), servername: host, ca },
    ...{ clientCertificate: undefined, authorization: undefined },
  };
}
