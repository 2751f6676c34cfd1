import { createHash } from 'node:crypto';
import { clusterRoleOf, type DesiredBinding, groupFor } from '../policy.ts';
import { isCustomKey } from '../roleKey.ts';

export const API_GROUP = 'rbac.authorization.k8s.io';
export const API_VERSION = `${API_GROUP}/v1`;
/** By which name the cluster's `managedFields` know who wrote an object; goes into the query. */
export const WRITER = 'fieldManager=sallyport';
const MANAGED_BY = 'app.kubernetes.io/managed-by';
const INSTANCE = 'app.kubernetes.io/instance';

/** A ClusterRoleBinding, or with a namespace a RoleBinding, as far as Sallyport writes it. */
export interface Binding {
  readonly apiVersion: string;
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Given by the cluster. */
    readonly uid?: string;
    /** Given by the cluster; sent along, a change fails where the object was changed meanwhile. */
    readonly resourceVersion?: string;
  };
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: ReadonlyArray<{
    readonly apiGroup?: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }>;
}

/**
 * Whose bindings these are, as the value of a label: one environment of one Sallyport. Two
 * Sallyports that manage one cluster, or one that has it registered twice, each see only their own,
 * so none removes what the other needs. Their groups are the same on purpose: see
 * {@link groupFor}.
 *
 * @param instanceId a UUID
 */
export function ownerOf(instanceId: string, environmentId: number): string {
  return `${instanceId}-${environmentId}`;
}

/** A label selector for the bindings of an owner. */
export function selectorOf(owner: string): string {
  return `${MANAGED_BY}=sallyport,${INSTANCE}=${owner}`;
}

/** The labels of what an owner made. */
export function ownerLabels(owner: string): Readonly<Record<string, string>> {
  return { [MANAGED_BY]: 'sallyport', [INSTANCE]: owner };
}

/** Ends the names of an owner's objects, so that owners do not collide. */
export function nameHash(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, 8);
}

/** Whether an object bears the labels of an owner. */
export function isOwnedBy(
  object: { readonly metadata: Pick<Binding['metadata'], 'labels'> },
  owner: string,
): boolean {
  const { labels } = object.metadata;
  return labels?.[MANAGED_BY] === 'sallyport' && labels[INSTANCE] === owner;
}

/**
 * The object that gives a role in a scope to the group that carries it.
 *
 * @param owner of {@link ownerOf}
 */
export function bindingFor({ roleKey, namespace }: DesiredBinding, owner: string): Binding {
  return {
    apiVersion: API_VERSION,
    kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      name: `${groupFor(roleKey, null)}:${nameHash(owner)}`,
      ...(namespace === null ? {} : { namespace }),
      labels: ownerLabels(owner),
    },
    roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name: boundRole(roleKey, owner) },
    subjects: [{ apiGroup: API_GROUP, kind: 'Group', name: groupFor(roleKey, namespace) }],
  };
}

/**
 * The name of the ClusterRole that an owner's bindings of a role refer to. Of a custom role each
 * owner keeps its own, so that none is removed under another's feet.
 */
export function boundRole(roleKey: string, owner: string): string {
  const name = clusterRoleOf(roleKey);
  return isCustomKey(roleKey) ? `${name}:${nameHash(owner)}` : name;
}

/** The API server's path of the collection that a binding stands in. */
export function collectionPath({ kind, metadata }: Pick<Binding, 'kind' | 'metadata'>): string {
  return kind === 'ClusterRoleBinding'
    ? `/apis/${API_VERSION}/clusterrolebindings`
    : `/apis/${API_VERSION}/namespaces/${encodeURIComponent(metadata.namespace ?? '')}/rolebindings`;
}

/** The API server's path of a binding. */
export function objectPath(binding: Pick<Binding, 'kind' | 'metadata'>): string {
  return `${collectionPath(binding)}/${encodeURIComponent(binding.metadata.name)}`;
}
