import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAccess, mustCall } from './api.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { type KeyPair, newLeaf } from './pki.ts';

/** What a ServiceAccount of the lab may do, and for how long its token is good. */
export interface ServiceAccountOptions {
  /** Default: `default`. Made where it is missing. */
  namespace?: string;
  /** A ClusterRole to be bound cluster-wide; none gives an account without rights. */
  clusterRole?: string;
  /** At least 600, the API server's own minimum. Default: one day. */
  expirationSeconds?: number;
}

/**
 * Makes a ServiceAccount (where there is none of that name), binds it, and mints a token for it. The
 * binding is in force then.
 * @returns the bearer token
 */
export async function mintServiceAccountToken(
  access: ApiAccess,
  name: string,
  options: ServiceAccountOptions = {},
): Promise<string> {
  const namespace = options.namespace ?? 'default';
  const core = '/api/v1/namespaces';
  // The API server makes the namespace `default` a moment after it is ready; so make it here too.
  await mustCall(access, 'POST', core, { metadata: { name: namespace } }, [409]);
  const accounts = `${core}/${namespace}/serviceaccounts`;
  await mustCall(access, 'POST', accounts, { metadata: { name } }, [409]);
  if (options.clusterRole) {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
    const binding = {
      metadata: { name: `lab:${namespace}:${name}:${options.clusterRole}` },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: options.clusterRole,
      },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    };
    await mustCall(access, 'POST', rbac, binding, [409]);
    await waitInForce(access, `system:serviceaccount:${namespace}:${name}`, options.clusterRole);
  }
  const token = (await mustCall(access, 'POST', `${accounts}/${name}/token`, {
    spec: { expirationSeconds: options.expirationSeconds ?? 86_400 },
  })) as { status: { token: string } };
  return token.status.token;
}

/** How long the API server may take to go by a binding, on a machine that has other work. */
const IN_FORCE_MS = 60_000;

/** What of a ClusterRole's rule is asked about. */
interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Waits until the API server lets a user do what a role allows: it learns of both a moment later. */
async function waitInForce(access: ApiAccess, user: string, clusterRole: string): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${clusterRole}`;
  const { rules } = (await mustCall(access, 'GET', path, undefined, [404])) as { rules?: Rule[] };
  const rule = rules?.find(({ resources }) => resources !== undefined);
  if (rule === undefined) return;
  const [resource, subresource] = (rule.resources?.[0] ?? '').split('/', 2);
  const resourceAttributes = {
    ...{ verb: rule.verbs[0], group: rule.apiGroups?.[0], resource, subresource },
    name: rule.resourceNames?.[0],
  };
  const review = { spec: { user, resourceAttributes } };
  const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  for (const end = Date.now() + IN_FORCE_MS; Date.now() < end; await sleep(20)) {
    const { status } = (await mustCall(access, 'POST', reviews, review)) as {
      status: { allowed: boolean };
    };
    if (status.allowed) return;
  }
  throw new Error(`the binding of ${user} to ${clusterRole} did not come into force`);
}

/** What a client certificate of the lab says. */
export interface ClientCertificateOptions {
  groups?: string[];
  /** A certificate whose time was over an hour ago. */
  expired?: boolean;
}

/**
 * Makes a client certificate for `username`, signed by the lab's own authority.
 * @returns it, and a kubeconfig (YAML text) that signs in with it
 */
export async function mintClientCertificate(
  authority: KeyPair,
  server: string,
  username: string,
  options: ClientCertificateOptions = {},
): Promise<KeyPair & { kubeconfig: string }> {
  const hour = 3_600_000;
  const pair = await newLeaf(authority, {
    commonName: username,
    organizations: options.groups ?? [],
    usage: ['client'],
    ...(options.expired
      ? { notBefore: new Date(Date.now() - 3 * hour), notAfter: new Date(Date.now() - hour) }
      : {}),
  });
  return { ...pair, kubeconfig: renderKubeconfig(username, server, authority.cert, pair) };
}
