import { stringify } from 'yaml';

/** How a kubeconfig of the lab signs in: with a client certificate or with a bearer token. */
export type KubeconfigUser = { cert: string; key: string } | { token: string };

/**
 * Renders a kubeconfig with one cluster, one user and one context.
 * @param name of cluster, user and context
 * @param server the API server's URL
 * @param caData the authority that signed its certificate, PEM
 */
export function renderKubeconfig(
  name: string,
  server: string,
  caData: string,
  user: KubeconfigUser,
): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caData) } }],
    users: [
      {
        name,
        user:
          'token' in user
            ? { token: user.token }
            : {
                'client-certificate-data': base64(user.cert),
                'client-key-data': base64(user.key),
              },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
