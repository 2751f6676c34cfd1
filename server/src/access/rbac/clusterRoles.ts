import type { RoleRule } from '@sallyport/contract';
import type { KubeClient, KubeResponse } from '../../environments/kubeClient.ts';
import { statusMessage } from '../../environments/permissions.ts';
import { canonicalRules } from '../roleKey.ts';
import { type ProbeQuestion, probeFor } from '../rules/probe.ts';
import { Refused, refused } from './cluster.ts';
import { API_VERSION, isOwnedBy, selectorOf, WRITER } from './manifests.ts';
import { type ClusterRole, type DesiredRole, managedRole, ROLE_NAME } from './roleManifests.ts';

const COLLECTION = `/apis/${API_VERSION}/clusterroles`;

/** What came of keeping the ClusterRoles of custom roles. */
export interface RolesResult {
  /** By role key, why its ClusterRole is not there or not as it should be. */
  readonly problems: ReadonlyMap<string, string>;
  /** There is something to clean. */
  readonly needless: boolean;
  /**
   * Removes what no grant needs; to be called once the bindings to it are gone.
   *
   * @param needed what has come to be needed meanwhile
   */
  readonly clean: (needed: readonly DesiredRole[]) => Promise<readonly string[]>;
}

/**
 * Makes and repairs the ClusterRoles that custom roles need, and finds those that none needs.
 * Nothing that does not bear the owner's labels is touched.
 *
 * @throws what the connection fails with
 */
export async function bringRoles(
  kube: KubeClient,
  owner: string,
  desired: readonly DesiredRole[],
): Promise<RolesResult> {
  const problems = new Map<string, string>();
  let actual: ClusterRole[];
  try {
    actual = await listRoles(kube, owner);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // Whoever gives no right to keep ClusterRoles has no custom roles here, and nothing to clean.
    for (const { roleKey } of desired) problems.set(roleKey, needed(error.message));
    return { problems, needless: false, clean: async () => [] };
  }
  const mine = new Map(
    actual.filter((role) => isOwnedBy(role, owner)).map((role) => [role.metadata.name, role]),
  );
  await Promise.all(
    desired.map(async (wanted) => {
      const role = managedRole(wanted, owner);
      const found = mine.get(role.metadata.name);
      mine.delete(role.metadata.name);
      try {
        if (!found) await create(kube, role, owner);
        else if (!same(found, role)) await update(kube, role, found);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        problems.set(wanted.roleKey, error.message);
      }
    }),
  );
  return {
    problems,
    needless: mine.size > 0,
    clean: (needed) => {
      for (const role of needed) mine.delete(managedRole(role, owner).metadata.name);
      return removeAll(kube, [...mine.values()]);
    },
  };
}

/** What to ask a cluster about a role's group to see whether a binding is in force. */
export function probesOf(
  roles: readonly DesiredRole[],
): ReadonlyMap<string, ProbeQuestion | undefined> {
  return new Map(roles.map(({ roleKey, rules }) => [roleKey, probeFor(rules)]));
}

async function listRoles(kube: KubeClient, owner: string): Promise<ClusterRole[]> {
  const selector = encodeURIComponent(selectorOf(owner));
  const path = `${COLLECTION}?labelSelector=${selector}`;
  const response = await kube.request({ method: 'GET', path });
  if (response.status !== 200) throw refused(response, 'list clusterroles');
  const { items } = response.body as { items?: ClusterRole[] | null };
  return items ?? [];
}

async function create(kube: KubeClient, role: ClusterRole, owner: string): Promise<void> {
  const { name } = role.metadata;
  const path = `${COLLECTION}?${WRITER}`;
  const response = await kube.request({ method: 'POST', path, body: role });
  if (response.status === 201) return;
  if (response.status !== 409) throw refusedRole(response, 'create');
  const existing = await kube.request({ method: 'GET', path: pathOf(name) });
  if (existing.status !== 200) throw new Refused(409, `ClusterRole ${name} was there and is gone`);
  const found = existing.body as ClusterRole;
  if (!isOwnedBy(found, owner)) {
    throw new Refused(
      409,
      `there is a ClusterRole ${name} without Sallyport's labels, which is left alone; remove or rename it`,
    );
  }
  if (!same(found, role)) await update(kube, role, found);
}

/** Written over as a whole: what somebody added to it (rules, an aggregation) must not stay. */
async function update(kube: KubeClient, role: ClusterRole, found: ClusterRole): Promise<void> {
  const { resourceVersion } = found.metadata;
  const body = {
    ...role,
    metadata: { ...role.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
  };
  const path = `${pathOf(role.metadata.name)}?${WRITER}`;
  const response = await kube.request({ method: 'PUT', path, body });
  if (response.status !== 200) throw refusedRole(response, 'update');
}

async function removeAll(kube: KubeClient, roles: readonly ClusterRole[]): Promise<string[]> {
  const left: string[] = [];
  for (const { metadata } of roles) {
    const { uid, resourceVersion } = metadata;
    const response = await kube.request({
      method: 'DELETE',
      path: pathOf(metadata.name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
    });
    if (response.status === 200 || response.status === 404) continue;
    left.push(refused(response, 'delete clusterroles').message);
  }
  return left;
}

function same(found: ClusterRole, wanted: ClusterRole): boolean {
  const rules = (role: ClusterRole) =>
    JSON.stringify(canonicalRules((role.rules ?? []) as RoleRule[]));
  const named = ({ metadata }: ClusterRole) => metadata.annotations?.[ROLE_NAME];
  return (
    found.aggregationRule === undefined &&
    rules(found) === rules(wanted) &&
    named(found) === named(wanted)
  );
}

/**
 * Why a ClusterRole could not be written. Nobody may write a role with rights that they lack, unless
 * they have the verb `escalate` (Kubernetes documentation, "Using RBAC Authorization").
 */
function refusedRole(response: KubeResponse, verb: 'create' | 'update'): Refused {
  const { status } = response;
  const said = statusMessage(response);
  if (status === 403 && /not currently held|attempt(?:ing)? to grant/.test(said)) {
    return new Refused(
      status,
      "Sallyport's credential lacks the verb escalate on clusterroles, and has not all rights of the role itself. Apply the manifest for custom roles to its ServiceAccount, or give it these rights",
    );
  }
  if (status === 403)
    return new Refused(status, needed(refused(response, `${verb} clusterroles`).message));
  return refused(response, `${verb} clusterroles`);
}

function needed(message: string): string {
  return `${message}. Custom roles need the manifest for custom roles applied to Sallyport's ServiceAccount`;
}

function pathOf(name: string): string {
  return `${COLLECTION}/${encodeURIComponent(name)}`;
}
