import { KUBECONFIG_EXTRA } from '../environments/impersonated.ts';
import type { Access } from './access.ts';
import { teamGroup, userName } from './policy.ts';

/** Who a request is made for, as an API server is told. */
export interface UpstreamIdentity {
  readonly user: string;
  /** Empty: none is sent. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What is known of the person behind a request. */
export interface Person {
  readonly username: string;
  /** A UUID that outlives a rename. */
  readonly uid: string;
  readonly teams: readonly string[];
  readonly kubeconfigId: number;
}

/**
 * The identity that a person has in a cluster: the prefixed name, the groups of the teams, and the
 * groups that carry the grants. `system:authenticated` is added by the API server itself, and the
 * id of each request by the proxy as one more extra.
 */
export function identityOf(person: Person, access: Access): UpstreamIdentity {
  return {
    user: userName(person.username),
    uid: person.uid,
    groups: [...person.teams.map(teamGroup), ...access.groups],
    extra: { [KUBECONFIG_EXTRA]: [String(person.kubeconfigId)] },
  };
}
