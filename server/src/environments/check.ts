import { randomUUID, X509Certificate } from 'node:crypto';
import type { EnvironmentCheck, Finding } from '@sallyport/contract';
import { fail } from '../errors.ts';
import { capacityFindings } from './capacity.ts';
import { time } from './certificates.ts';
import { explainConnection } from './connectionProblem.ts';
import { EXTRA_KEYS, PROBE, REQUEST_EXTRA } from './impersonated.ts';
import type { KubeClient, KubeRequest, KubeResponse } from './kubeClient.ts';
import { customRoleFindings, narrowerFindings } from './leastRights.ts';
import { mayDo, type Permission, reviewAccess, statusMessage, whoAmI } from './permissions.ts';
import type { Target } from './target.ts';

/** The ClusterRoles that grants name, which `managed` mode binds. */
const BOUND_ROLES = ['view', 'edit', 'admin', 'cluster-admin'] as const;
const RBAC = 'rbac.authorization.k8s.io';
const SOON_MS = 7 * 24 * 3_600_000;
/** The last second that a JavaScript Date can hold. */
const MAX_DATE_S = 8_640_000_000_000;

const IMPERSONATE: ReadonlyArray<Permission & { readonly words: string }> = [
  { verb: 'impersonate', group: '', resource: 'users', words: 'users' },
  { verb: 'impersonate', group: '', resource: 'groups', words: 'groups' },
  { verb: 'impersonate', group: 'authentication.k8s.io', resource: 'uids', words: 'uids' },
  ...EXTRA_KEYS.map((subresource) => ({
    verb: 'impersonate',
    group: 'authentication.k8s.io',
    resource: 'userextras',
    subresource,
    words: `userextras/${subresource}`,
  })),
];

/**
 * Tests a connection: can the API server be reached, does it prove who it is, does it accept the
 * credential, and may the credential do what Sallyport needs. Works from Kubernetes 1.20 on.
 *
 * @param rbac the environment's RBAC mode: `managed` needs more rights than `external`
 * @returns its version, and what the credential may not do: an `error` where nobody could be let
 *   through, a `warning` where something is limited, an `info` where something is not
 *   shown or not possible, or where it may do more than is needed
 * @throws environment.address_refused, environment.unreachable, environment.tls_failed,
 *   environment.credential_refused, environment.not_kubernetes
 */
export async function checkConnection(
  kube: KubeClient,
  rbac: 'managed' | 'external',
  now = Date.now(),
): Promise<EnvironmentCheck> {
  const version = await readVersion(kube);
  const account = (await reach(kube, () => whoAmI(kube))) ?? 'its account';
  const findings = await reach(kube, async () => [
    ...(await impersonationFindings(kube, account)),
    ...(rbac === 'managed' ? await bindingFindings(kube, account) : []),
    ...(await namespaceFindings(kube, account)),
    ...expiryFindings(kube.target, now),
    ...(await capacityFindings(kube, account)),
    ...(rbac === 'managed' ? await customRoleFindings(kube, account) : []),
    ...(await narrowerFindings(kube, version)),
  ]);
  return { version, findings };
}

/**
 * Asks an API server for its version, which at the same time shows that it can be reached, that it
 * is one, and that it accepts the credential.
 *
 * @returns such as `v1.36.2`; null where the credential may not ask
 * @throws as {@link checkConnection}
 */
export async function readVersion(kube: KubeClient, timeoutMs?: number): Promise<string | null> {
  const server = serverOf(kube.target);
  const request: KubeRequest = { method: 'GET', path: '/version' };
  const response = await reach(kube, () =>
    kube.request(timeoutMs === undefined ? request : { ...request, timeoutMs }),
  );
  const { status, body } = response;
  if (status === 401) {
    throw fail('environment.credential_refused', { server, why: refusal(kube.target) });
  }
  if (status === 403) return null;
  if (status === 429 || status >= 500) {
    throw fail('environment.unreachable', { server, why: `it answers HTTP ${status}` });
  }
  const version = (body as { gitVersion?: unknown } | null)?.gitVersion;
  if (status === 200 && typeof version === 'string') return version.slice(0, 100);
  throw fail('environment.not_kubernetes', { server, why: unlikeKubernetes(response) });
}

/** The server's URL as people know it. */
export function serverOf({ host, port, basePath }: Target): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `https://${name}${port === 443 ? '' : `:${port}`}${basePath}`;
}

const CODES = {
  refused: 'environment.address_refused',
  tls: 'environment.tls_failed',
  broken: 'environment.not_kubernetes',
  unreachable: 'environment.unreachable',
} as const;

/** Runs requests; where the connection fails, throws the error of the registry that says how. */
async function reach<T>(kube: KubeClient, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { kind, why } = await explainConnection(error, kube.target);
    throw fail(CODES[kind], { server: serverOf(kube.target), why }, error);
  }
}

function unlikeKubernetes({ status, headers }: KubeResponse): string {
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    return `/version redirects to ${String(location).slice(0, 200)}`;
  }
  const type = String(headers['content-type'] ?? 'no type').split(';')[0];
  return `/version gives HTTP ${status} with ${type}`;
}

/**
 * Impersonation is tried, not asked for: a review by resource names no user, so its answer differs
 * where the rights are limited by name or by constrained impersonation (KEP-5284).
 */
async function impersonationFindings(kube: KubeClient, account: string): Promise<Finding[]> {
  // An API server remembers for ten seconds whom it let impersonate whom; a new request id is new.
  const as = { ...PROBE, extra: { ...PROBE.extra, [REQUEST_EXTRA]: [randomUUID()] } };
  const tried = await reviewAccess(kube, { verb: 'get', group: '', resource: 'pods' }, as);
  if (tried.status === 201) return [];
  const missing = await lacking(IMPERSONATE, ({ words, ...permission }) => mayDo(kube, permission));
  const what =
    missing.length > 0 ? listOf(missing.map(({ words }) => words)) : 'users as Sallyport does';
  return [
    {
      level: 'error',
      message: `The credential may not impersonate ${what}, so nobody can be let through. The cluster says: ${statusMessage(tried)}`,
      remedy: `Give ${account} a ClusterRole with the verb impersonate on users and groups (core API group), and on ${listOf(
        IMPERSONATE.filter(({ group }) => group !== '').map(({ words }) => words),
      )} (API group authentication.k8s.io).`,
    },
  ];
}

async function bindingFindings(kube: KubeClient, account: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const resource of ['clusterrolebindings', 'rolebindings']) {
    const missing = await lacking(['list', 'create', 'update', 'delete'], (verb) =>
      mayDo(kube, { verb, group: RBAC, resource }),
    );
    if (missing.length > 0) {
      const scope = resource === 'clusterrolebindings' ? 'the whole cluster' : 'single namespaces';
      findings.push({
        level: 'warning',
        message: `The credential may not ${listOf(missing)} ${resource}, so Sallyport cannot manage the bindings of grants for ${scope}.`,
        remedy: `Give ${account} the verbs list, create, update and delete on ${resource} (API group ${RBAC}) in a ClusterRole, or choose the RBAC mode external.`,
      });
    }
  }
  const unbound = await lacking(BOUND_ROLES, (role) => mayBind(kube, role));
  if (unbound.length > 0) {
    findings.push({
      level: 'warning',
      message: `The credential may not bind the ClusterRole ${listOf(unbound)}, so grants of it stay pending.`,
      remedy: `Give ${account} the verb bind on clusterroles (API group ${RBAC}), limited by resourceNames to those that may be granted.`,
    });
  }
  return findings;
}

/** What Sallyport itself looks at for people who may see some namespaces only. */
async function namespaceFindings(kube: KubeClient, account: string): Promise<Finding[]> {
  const missing = await lacking(['list', 'watch'], (verb) =>
    mayDo(kube, { verb, group: '', resource: 'namespaces' }),
  );
  if (missing.length === 0) return [];
  return [
    {
      level: 'warning',
      message: `The credential may not ${listOf(missing)} namespaces, so tools that begin with a list of them refuse people whose grants are for single namespaces.`,
      remedy: `Give ${account} the verbs list and watch on namespaces in a ClusterRole.`,
    },
  ];
}

/**
 * Whether a binding to the role would be accepted: with the verb `bind`, or where the credential
 * has every right of the role itself, which only a dry run tells (Kubernetes documentation, "Using
 * RBAC Authorization", privilege escalation prevention).
 */
async function mayBind(kube: KubeClient, role: string): Promise<boolean> {
  if (await mayDo(kube, { verb: 'bind', group: RBAC, resource: 'clusterroles', name: role })) {
    return true;
  }
  const { status } = await kube.request({
    method: 'POST',
    path: `/apis/${RBAC}/v1/clusterrolebindings?dryRun=All`,
    body: {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { generateName: 'sallyport:probe:' },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'sallyport:probe' }],
    },
  });
  return status === 201;
}

function refusal(target: Target): string {
  const ended = credentialEnd(target);
  return ended !== undefined && ended <= Date.now()
    ? `it expired at ${time(new Date(ended))}`
    : 'the API server answers 401 Unauthorized';
}

function expiryFindings(target: Target, now: number): Finding[] {
  const end = credentialEnd(target);
  if (end === undefined || end - now > SOON_MS) return [];
  return [
    {
      level: 'warning',
      message: `The credential expires at ${time(new Date(end))}; then nobody can be let through.`,
      remedy: 'Replace it before, or give one that lasts longer.',
    },
  ];
}

/** When the credential says that it ends, epoch ms: a certificate's date, or a JWT's `exp`. */
function credentialEnd({ clientCertificate, authorization }: Target): number | undefined {
  if (clientCertificate) return new X509Certificate(clientCertificate.cert).validToDate.getTime();
  const payload = authorization?.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return Number.isSafeInteger(exp) && Math.abs(exp) <= MAX_DATE_S ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** Those for which the answer is no; all are asked at once, since a cluster may be far away. */
async function lacking<T>(
  items: readonly T[],
  allowed: (item: T) => Promise<boolean>,
): Promise<T[]> {
  const answers = await Promise.all(items.map(allowed));
  return items.filter((_, index) => !answers[index]);
}

/** `a`, `a and b`, `a, b and c`. */
function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
