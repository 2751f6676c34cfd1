import { stringify } from 'yaml';
import type { Store } from '../../store/store.ts';
import { clusterRoleOf, groupFor, teamGroup, userName } from '../policy.ts';
import { type GrantInEnvironment, grantsInEnvironments } from '../queries.ts';
import { customRoles } from './customRoles.ts';
import { API_GROUP, API_VERSION, type Binding } from './manifests.ts';
import { portableRole } from './roleManifests.ts';

const OURS = 'app.kubernetes.io/part-of';
const NEEDED = 'sallyport/needed';
/**
 * By these an owner finds what is not in the file any more. `kubectl apply --prune` does not: it
 * passes over RBAC unless told, and over namespaces of which nothing is in the file.
 */
const LABELS = { [OURS]: 'sallyport', [NEEDED]: 'true' };

type Subject = Binding['subjects'][number];

/** One role in one scope, and who has it there. */
interface Scope {
  readonly roleKey: string;
  readonly namespace: string | null;
  readonly subjects: Map<string, Subject>;
  readonly ends: Set<number>;
}

/**
 * What the owner of an `external` cluster may apply so that the grants as they stand hold there:
 * ClusterRoles of custom roles, and bindings to users and teams by the names that the cluster sees.
 *
 * @param now epoch milliseconds; grants that have ended by then and users who are disabled are left
 *   out
 * @returns YAML; a comment for what manifests cannot say: ends, and namespaces chosen by label
 */
export async function ownersManifests(
  { db }: Pick<Store, 'db'>,
  environment: { readonly id: number; readonly name: string },
  now: number,
): Promise<string> {
  const [grants, users, teams, custom] = await Promise.all([
    grantsInEnvironments(db, environment.id),
    db.selectFrom('users').select(['id', 'username']).where('disabled', '=', 0).execute(),
    db.selectFrom('teams').select(['id', 'name']).execute(),
    customRoles(db),
  ]);
  const usernames = new Map(users.map(({ id, username }) => [id, userName(username)]));
  const teamNames = new Map(teams.map(({ id, name }) => [id, teamGroup(name)]));
  const scopes = new Map<string, Scope>();
  const byLabel = new Set<string>();
  const roleKeys = new Set<string>();
  for (const grant of grants) {
    const subject = subjectOf(grant, usernames, teamNames);
    if (!subject || (grant.expiresAt !== null && grant.expiresAt <= now)) continue;
    roleKeys.add(grant.roleKey);
    if (grant.namespaceSelector !== undefined) {
      byLabel.add(
        `${subject.name}: ClusterRole ${clusterRoleOf(grant.roleKey)} in namespaces with ${grant.namespaceSelector}`,
      );
      continue;
    }
    for (const namespace of grant.namespaces ?? [null]) {
      const key = groupFor(grant.roleKey, namespace);
      const scope = scopes.get(key) ?? {
        ...{ roleKey: grant.roleKey, namespace },
        ...{ subjects: new Map(), ends: new Set<number>() },
      };
      scopes.set(key, scope);
      scope.subjects.set(`${subject.kind} ${subject.name}`, subject);
      if (grant.expiresAt !== null) scope.ends.add(grant.expiresAt);
    }
  }
  const roles = [...roleKeys]
    .sort()
    .flatMap((key) => custom.get(key) ?? [])
    .map((role) => {
      const { metadata, ...rest } = portableRole(role);
      return stringify({ ...rest, metadata: { ...metadata, labels: LABELS } });
    });
  const bindings = [...scopes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, scope]) => `${endsComment(scope.ends)}${stringify(bindingOf(scope))}`);
  const header = headerOf(environment.name, now, [...byLabel].sort());
  return [header, ...roles, ...bindings].join('---\n');
}

function subjectOf(
  { userId, teamId }: GrantInEnvironment,
  users: ReadonlyMap<number, string>,
  teams: ReadonlyMap<number, string>,
): Subject | undefined {
  const user = userId === null ? undefined : users.get(userId);
  if (user !== undefined) return { apiGroup: API_GROUP, kind: 'User', name: user };
  const team = teamId === null ? undefined : teams.get(teamId);
  return team === undefined ? undefined : { apiGroup: API_GROUP, kind: 'Group', name: team };
}

function bindingOf({ roleKey, namespace, subjects }: Scope): Binding {
  return {
    apiVersion: API_VERSION,
    kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      name: groupFor(roleKey, null),
      ...(namespace === null ? {} : { namespace }),
      labels: LABELS,
    },
    roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name: clusterRoleOf(roleKey) },
    subjects: [...subjects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subject]) => subject),
  };
}

function endsComment(ends: ReadonlySet<number>): string {
  if (ends.size === 0) return '';
  const times = [...ends].sort((a, b) => a - b).map((end) => new Date(end).toISOString());
  return `# Holds a grant that ends at ${times.join(', ')}: apply anew then.\n`;
}

/** Marks everything, applies the file, which takes the mark off, and deletes what still has it. */
function applyCommands(): string[] {
  const all = `clusterroles,clusterrolebindings,rolebindings -A -l ${OURS}=sallyport`;
  return [
    `  kubectl label ${all} ${NEEDED}=false --overwrite`,
    '  kubectl apply -f <this file>',
    `  kubectl delete ${all},${NEEDED}=false`,
  ];
}

/** @param name of an environment, which holds no line break (the contract's EnvironmentName) */
function headerOf(name: string, now: number, byLabel: readonly string[]): string {
  const lines = [
    `What the grants of ${name} need in its cluster, as they stood at ${new Date(now).toISOString()}.`,
    'Sallyport changes nothing there: apply this anew when grants change. With kubectl, all three of',
    'these, of which the last removes what no grant needs any more; GitOps removes it by itself:',
    ...applyCommands(),
    ...(byLabel.length === 0 ? [] : ['', 'To be bound by you, since these go by label:']),
    ...byLabel.map((one) => `  ${one}`),
  ];
  return lines
    .map((line) => `# ${line}`.trimEnd())
    .join('\n')
    .concat('\n');
}
