/**
 * What a cluster's owner applies so that Sallyport may work there: a ServiceAccount with a token,
 * and a ClusterRole with no more than the RBAC mode needs.
 */
import { EXTRA_KEYS, PROBE } from './impersonated.ts';

/** How the ServiceAccount may act as other people. */
export type ImpersonationRights =
  /** The verb `impersonate`, which every Kubernetes knows; it reaches ServiceAccounts and `system:masters`. */
  | 'full'
  /** Constrained impersonation (KEP-5284, on by default from Kubernetes 1.36): people only. */
  | 'constrained';

export interface ServiceAccountOptions {
  readonly rbac: 'managed' | 'external';
  /** Whether Sallyport writes ClusterRoles for custom roles; counts in `managed` mode only. */
  readonly customRoles: boolean;
  readonly impersonation: ImpersonationRights;
  /** Only these people and groups can be impersonated; absent: any. */
  readonly named?: NamedIdentities | undefined;
}

/** Names as clusters see them. */
export interface NamedIdentities {
  readonly users: readonly string[];
  readonly uids: readonly string[];
  readonly groups: readonly string[];
}

/** A rule of a ClusterRole, and what it is there for. */
export interface ExplainedRule {
  readonly why: string;
  readonly rule: {
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly nonResourceURLs?: readonly string[];
    readonly verbs: readonly string[];
  };
}

/** The namespace and the name of the ServiceAccount. */
export const ACCOUNT = 'sallyport';
/** The Secret that holds its token. */
export const TOKEN_SECRET = 'sallyport-token';
const CLUSTER_ROLE = 'sallyport-gateway';

const RBAC = 'rbac.authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';
const BOUND_ROLES = ['view', 'edit', 'admin', 'cluster-admin'];
/** What RequestInfo makes of requests for objects (apiserver, `endpoints/request/requestinfo.go`). */
const OBJECT_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'].concat(
  'deletecollection',
);
/** And of all others: the method in lower case. */
const PATH_VERBS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];

/** The rules that a ServiceAccount needs. */
export function serviceAccountRules(options: ServiceAccountOptions): ExplainedRule[] {
  const { rbac, customRoles } = options;
  return [
    ...(options.impersonation === 'constrained'
      ? constrainedRules(options.named)
      : fullRules(options.named)),
    ...(rbac === 'managed' ? bindingRules(customRoles) : []),
    {
      why: 'Show people the namespaces of their grants, and follow labels where a grant goes by them.',
      rule: { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
    },
    {
      why: 'Count nodes and their CPU and memory for the Home page; may be left out.',
      rule: { apiGroups: ['', 'metrics.k8s.io'], resources: ['nodes'], verbs: ['list'] },
    },
  ];
}

/** The manifest, as YAML with a comment at each rule. */
export function serviceAccountManifest(options: ServiceAccountOptions): string {
  return [base(), clusterRole(options)].join('---\n');
}

/** Namespace, ServiceAccount, token and binding: the same for every set of rules. */
export function base(): string {
  return `apiVersion: v1
kind: Namespace
metadata: { name: ${ACCOUNT} }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: ${ACCOUNT}, namespace: ${ACCOUNT} }
---
apiVersion: v1
kind: Secret
metadata:
  name: ${TOKEN_SECRET}
  namespace: ${ACCOUNT}
  annotations: { kubernetes.io/service-account.name: ${ACCOUNT} }
type: kubernetes.io/service-account-token
---
apiVersion: ${RBAC}/v1
kind: ClusterRoleBinding
metadata: { name: ${CLUSTER_ROLE} }
roleRef: { apiGroup: ${RBAC}, kind: ClusterRole, name: ${CLUSTER_ROLE} }
subjects: [{ kind: ServiceAccount, name: ${ACCOUNT}, namespace: ${ACCOUNT} }]
`;
}

/** The ClusterRole alone. */
export function clusterRole(options: ServiceAccountOptions): string {
  return `apiVersion: ${RBAC}/v1
kind: ClusterRole
metadata: { name: ${CLUSTER_ROLE} }
rules:
${serviceAccountRules(options).map(ruleText).join('')}`;
}

function fullRules(named: NamedIdentities | undefined): ExplainedRule[] {
  return [
    ...identityRules(['impersonate'], '', named, 'Pass requests on as the person.'),
    {
      why: 'Tell the cluster which kubeconfig and which request it was.',
      rule: { apiGroups: [AUTHENTICATION], resources: extras(), verbs: ['impersonate'] },
    },
  ];
}

/**
 * Two permissions make one constrained impersonation: to be somebody (`impersonate:user-info`), and
 * to do something as somebody (`impersonate-on:user-info:<verb>`). RBAC has no pattern for verbs,
 * so each is named. What the person may do there is decided by the person's own rights as ever.
 */
function constrainedRules(named: NamedIdentities | undefined): ExplainedRule[] {
  const be = ['impersonate:user-info'];
  const act = (verbs: readonly string[]) => verbs.map((verb) => `impersonate-on:user-info:${verb}`);
  return [
    ...identityRules(
      be,
      AUTHENTICATION,
      named,
      'Pass requests on as the person: never as a ServiceAccount, a node or system:masters.',
    ),
    {
      why: 'Tell the cluster which kubeconfig and which request it was.',
      rule: { apiGroups: [AUTHENTICATION], resources: extras(), verbs: be },
    },
    {
      why: 'Whatever the person may do; by itself this gives nothing.',
      rule: { apiGroups: ['*'], resources: ['*'], verbs: act(OBJECT_VERBS) },
    },
    {
      why: 'The same for what is no object, as discovery and health.',
      rule: { nonResourceURLs: ['*'], verbs: act(PATH_VERBS) },
    },
  ];
}

/** Users and groups stand in one API group for full impersonation and in another for constrained. */
function identityRules(
  verbs: readonly string[],
  apiGroup: string,
  named: NamedIdentities | undefined,
  why: string,
): ExplainedRule[] {
  const rule = (group: string, resources: string[], names?: readonly string[]): ExplainedRule => ({
    why,
    rule: {
      apiGroups: [group],
      resources,
      ...(names ? { resourceNames: names } : {}),
      verbs,
    },
  });
  if (named) {
    return [
      rule(apiGroup, ['users'], [PROBE.user, ...named.users]),
      rule(apiGroup, ['groups'], [...PROBE.groups, ...named.groups]),
      rule(AUTHENTICATION, ['uids'], [PROBE.uid, ...named.uids]),
    ];
  }
  return [rule(apiGroup, ['users', 'groups']), rule(AUTHENTICATION, ['uids'])];
}

function bindingRules(customRoles: boolean): ExplainedRule[] {
  const write = ['list', 'create', 'update', 'delete'];
  const bindings = [
    {
      why: 'Keep the bindings that grants need.',
      rule: {
        apiGroups: [RBAC],
        resources: ['clusterrolebindings', 'rolebindings'],
        verbs: write,
      },
    },
  ];
  if (!customRoles) {
    return [
      ...bindings,
      {
        why: 'Grant these roles; leave out what shall never be granted.',
        rule: {
          apiGroups: [RBAC],
          resources: ['clusterroles'],
          resourceNames: BOUND_ROLES,
          verbs: ['bind'],
        },
      },
    ];
  }
  return [
    ...bindings,
    {
      why: 'Keep the ClusterRoles of custom roles, and grant them. Their names hold a hash of their rules, so none can be named here. Without `escalate` and `bind` this works for rights that the ServiceAccount has itself.',
      rule: {
        apiGroups: [RBAC],
        resources: ['clusterroles'],
        verbs: [...write, 'escalate', 'bind'],
      },
    },
  ];
}

function extras(): string[] {
  return EXTRA_KEYS.map((key) => `userextras/${key}`);
}

function ruleText({ why, rule }: ExplainedRule): string {
  const lines = (['apiGroups', 'resources', 'resourceNames', 'nonResourceURLs', 'verbs'] as const)
    .filter((key) => rule[key] !== undefined)
    .map((key) => `${key}: [${(rule[key] ?? []).map(scalar).join(', ')}]`);
  const comment = wrapped(why)
    .map((line) => `  # ${line}\n`)
    .join('');
  return `${comment}  - ${lines.join('\n    ')}\n`;
}

/** A YAML scalar inside a flow sequence; quoted unless it is plainly a word. */
function scalar(text: string): string {
  return /^[a-z][a-zA-Z0-9./-]*$/.test(text) ? text : JSON.stringify(text);
}

/** Words in lines that fit beside YAML. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= 96) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
