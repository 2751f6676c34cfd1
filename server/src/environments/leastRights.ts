import type { Finding } from '@sallyport/contract';
import type { KubeClient } from './kubeClient.ts';
import { mayDo } from './permissions.ts';
import { isSince } from './versions.ts';

const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' };
const KEEP = ['list', 'create', 'update', 'delete', 'escalate', 'bind'];

/**
 * What a check says where the credential may impersonate more than people: that is more than
 * Sallyport needs, and nothing of Sallyport's, in the hands of whoever steals it.
 *
 * @param version as the API server gives it; null: not known
 */
export async function narrowerFindings(
  kube: KubeClient,
  version: string | null,
): Promise<Finding[]> {
  const masters = { verb: 'impersonate', group: '', resource: 'groups', name: 'system:masters' };
  if (!(await mayDo(kube, masters))) return [];
  return [
    {
      level: 'info',
      message: 'The credential may act as anybody in the cluster, as system:masters too.',
      remedy: isSince(version, 'constrainedImpersonation')
        ? 'Constrained impersonation is on by default in this version: the ServiceAccount that the onboarding command makes can act as people only.'
        : 'Kubernetes has constrained impersonation on from 1.36. Before that, impersonation can be limited to the names of those who exist (named=true of GET /api/environments/onboarding).',
    },
  ];
}

/** What a check says where grants of custom roles would stay pending. */
export async function customRoleFindings(kube: KubeClient, account: string): Promise<Finding[]> {
  const answers = await Promise.all(KEEP.map((verb) => mayDo(kube, { verb, ...CLUSTER_ROLES })));
  const missing = KEEP.filter((_, index) => !answers[index]);
  if (missing.length === 0) return [];
  return [
    {
      level: 'info',
      message: `The credential may not ${missing.join(', ')} clusterroles, so grants of custom roles stay pending here. All others work.`,
      remedy: `If custom roles are wanted here, give ${account} the ClusterRole of the manifest for custom roles (customRoles=true of GET /api/environments/onboarding).`,
    },
  ];
}
