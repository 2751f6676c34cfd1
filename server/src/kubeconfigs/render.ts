import { stringify } from 'yaml';
import { type NamedEnvironment, uniqueNames } from './names.ts';

/** What goes into one kubeconfig. */
export interface KubeconfigContent {
  readonly username: string;
  readonly token: string;
  /** Where Sallyport is reached, `https://host[:port]`, without a slash at the end. */
  readonly publicUrl: string;
  readonly environments: readonly NamedEnvironment[];
  /** The environment of `current-context`; the first where absent. */
  readonly currentEnvironmentId?: number | undefined;
  /** The name of an environment in TLS; undefined: environments have none. */
  readonly serverNameOf?: ((environmentId: number) => string) | undefined;
  readonly trust:
    | { readonly kind: 'embedded'; readonly caPem: string }
    | { readonly kind: 'system' }
    | { readonly kind: 'insecure' };
}

/** A kubeconfig (client-go, `tools/clientcmd/api/v1`), as far as Sallyport fills it. */
export interface KubeconfigFile {
  readonly apiVersion: 'v1';
  readonly clusters: ReadonlyArray<{
    readonly cluster: {
      readonly 'certificate-authority-data'?: string;
      readonly 'insecure-skip-tls-verify'?: true;
      readonly server: string;
      readonly 'tls-server-name'?: string;
    };
    readonly name: string;
  }>;
  readonly contexts: ReadonlyArray<{
    readonly context: { readonly cluster: string; readonly user: string };
    readonly name: string;
  }>;
  readonly 'current-context': string;
  readonly kind: 'Config';
  readonly preferences: Record<string, never>;
  readonly users: ReadonlyArray<{
    readonly name: string;
    readonly user: { readonly token: string };
  }>;
}

/**
 * Builds the file: one cluster and one context for each environment, one user for all of them.
 *
 * @param content at least one environment, each at most once
 * @returns the kubeconfig as an object, its keys in the order in which kubectl writes them
 */
export function buildKubeconfig(content: KubeconfigContent): KubeconfigFile {
  const names = uniqueNames(content.environments);
  const user = `sallyport-${content.username}`;
  const tls =
    content.trust.kind === 'embedded'
      ? { 'certificate-authority-data': Buffer.from(content.trust.caPem).toString('base64') }
      : content.trust.kind === 'insecure'
        ? ({ 'insecure-skip-tls-verify': true } as const)
        : {};
  const current = content.environments.findIndex(({ id }) => id === content.currentEnvironmentId);
  return {
    apiVersion: 'v1',
    clusters: content.environments.map(({ id }, index) => ({
      cluster: {
        ...tls,
        server: `${content.publicUrl}/api/endpoints/${id}/kubernetes`,
        ...(content.serverNameOf && { 'tls-server-name': content.serverNameOf(id) }),
      },
      name: `sallyport-cluster-${names[index]}`,
    })),
    contexts: names.map((name) => ({
      context: { cluster: `sallyport-cluster-${name}`, user },
      name: `sallyport-ctx-${name}`,
    })),
    'current-context': `sallyport-ctx-${names[Math.max(current, 0)]}`,
    kind: 'Config',
    preferences: {},
    users: [{ name: user, user: { token: content.token } }],
  };
}

/** Writes a kubeconfig as YAML, long base64 on one line as kubectl does. */
export function toYaml(file: KubeconfigFile): string {
  return stringify(file, { lineWidth: 0 });
}
