import type { RoleRule } from '@sallyport/contract';
import { stringify } from 'yaml';
import { clusterRoleOf } from '../policy.ts';
import { canonicalRules, customRoleKey } from '../roleKey.ts';
import { API_VERSION, boundRole, ownerLabels } from './manifests.ts';

/** The annotation in which a ClusterRole bears the name that people know its role by. */
export const ROLE_NAME = 'sallyport/role';

/** A ClusterRole that grants need in a cluster. */
export interface DesiredRole {
  readonly roleKey: string;
  /** Every role of these rules. */
  readonly names: readonly string[];
  readonly rules: readonly RoleRule[];
}

/** A ClusterRole, as far as Sallyport writes it. */
export interface ClusterRole {
  readonly apiVersion: string;
  readonly kind: 'ClusterRole';
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly rules?: readonly RoleRule[] | null;
  /** Never written: with it a controller of the cluster writes the rules. */
  readonly aggregationRule?: unknown;
}

/** The ClusterRole that Sallyport keeps for a custom role. */
export function managedRole({ roleKey, names, rules }: DesiredRole, owner: string): ClusterRole {
  const role = written(boundRole(roleKey, owner), names, rules);
  return { ...role, metadata: { ...role.metadata, labels: ownerLabels(owner) } };
}

/** The ClusterRole that a cluster's owner may apply for a custom role. */
export function portableRole({ roleKey, names, rules }: DesiredRole): ClusterRole {
  return written(clusterRoleOf(roleKey), names, rules);
}

/** What a role of these rules is in a cluster, as YAML. */
export function previewYaml(name: string, rules: readonly RoleRule[]): string {
  return stringify(portableRole({ roleKey: customRoleKey(rules), names: [name], rules }));
}

function written(name: string, names: readonly string[], rules: readonly RoleRule[]): ClusterRole {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name, annotations: { [ROLE_NAME]: names.join(', ') } },
    rules: canonicalRules(rules),
  };
}
