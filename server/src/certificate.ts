import type { TlsInfo } from '@sallyport/contract';
import { createGather, type GatherOptions } from './gather.ts';
import type { Tls, Upload } from './tls/tls.ts';

export interface CertificateOptions {
  readonly tls: Tls;
  /** `https://host[:port]`, where it is configured. */
  readonly publicUrl: string | undefined;
  readonly httpPort: number | undefined;
  readonly openChannel: GatherOptions<never, never>['openChannel'];
  /** How many other processes of this machine serve the same port. */
  readonly others: number;
}

export type Certificate = ReturnType<typeof createCertificate>;

/** The server certificate as admins see and change it, for all processes of this machine. */
export function createCertificate({ tls, publicUrl, httpPort, ...link }: CertificateOptions) {
  /**
   * Each process has the new certificate before whoever uploaded it hears that it is there. One
   * that is too busy to answer in time takes it as soon as it hears.
   */
  const everywhere = createGather<null, null>({
    ...link,
    name: 'certificate-reread',
    answer() {
      tls.reread();
      return null;
    },
  });

  function describe(): TlsInfo {
    const { notBefore, notAfter, covers, names, ...rest } = tls.describe();
    return {
      ...rest,
      names: [...names],
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      coversPublicUrl: publicUrl === undefined ? null : covers(hostOf(publicUrl)),
      embedded: tls.caData() !== undefined,
      httpPort: httpPort ?? null,
      publicUrl: publicUrl ?? null,
    };
  }

  return {
    describe,

    /** Whether the certificate in use is for a host name. */
    covers: (host: string): boolean => tls.describe().covers(host),

    /**
     * Serves with another certificate from now on.
     *
     * @param url where people reach Sallyport; undefined: the certificate may be for any name
     * @throws as {@link Tls.upload} does
     */
    async upload(upload: Omit<Upload, 'host'>, url: string | undefined): Promise<TlsInfo> {
      tls.upload({ ...upload, host: url === undefined ? undefined : hostOf(url) });
      await everywhere(null);
      return describe();
    },

    /** Goes back to the own certificate. @throws as {@link Tls.dropUpload} does */
    async reset(): Promise<TlsInfo> {
      tls.dropUpload();
      await everywhere(null);
      return describe();
    },
  };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}
