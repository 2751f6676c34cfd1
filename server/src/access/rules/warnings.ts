import type { RoleRule, RoleWarning } from '@sallyport/contract';
import { covers } from './covers.ts';

/** Rights that lead to more than they name. Any one of verbs × resources is enough. */
interface Escalation {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly message: string;
}

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const WRITE = ['create', 'update', 'patch'];
const WORKLOADS =
  'runs containers of its choice: they can mount any Secret and use any ServiceAccount of the namespace, and reach the node unless Pod Security forbids it';

/** After "RBAC Good Practices" of the Kubernetes documentation, and what upstream guards itself. */
const ESCALATIONS: readonly Escalation[] = [
  {
    group: RBAC,
    resources: ['clusterroles', 'roles'],
    verbs: ['escalate'],
    message: 'escalate lets its holder write roles with rights that they do not have themselves.',
  },
  {
    group: RBAC,
    resources: ['clusterroles', 'roles'],
    verbs: ['bind'],
    message: 'bind lets its holder give themselves any role that the rule names, or every role.',
  },
  {
    group: RBAC,
    resources: ['clusterroles', 'roles', 'clusterrolebindings', 'rolebindings'],
    verbs: WRITE,
    message:
      'Whoever writes roles or bindings can pass on the rights that they have, past Sallyport and its grants.',
  },
  ...['', 'authentication.k8s.io'].map((group) => ({
    group,
    resources: ['users', 'groups', 'serviceaccounts', 'userextras', 'uids', 'nodes'],
    verbs: [
      'impersonate',
      'impersonate:user-info',
      'impersonate:serviceaccount',
      'impersonate:arbitrary-node',
      'impersonate:associated-node',
    ],
    message:
      'impersonate lets its holder act as somebody else, with all rights that they have. Through Sallyport such requests are refused; with another credential they are not.',
  })),
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get', 'list', 'watch'],
    message:
      'Reading Secrets (list and watch show their contents too) gives passwords and the tokens of ServiceAccounts, and with them their rights.',
  },
  {
    group: '',
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
    message: 'Making tokens of a ServiceAccount gives all rights that it has.',
  },
  {
    group: '',
    resources: ['nodes/proxy'],
    verbs: ['get', ...WRITE, 'delete'],
    message:
      'nodes/proxy reaches the kubelet: commands in every container of the node, past admission and the audit log. Reading is enough for that.',
  },
  {
    group: '',
    resources: ['pods/exec', 'pods/attach'],
    verbs: ['create', 'get'],
    message:
      'A shell in a container has what the container has: its Secrets, its ServiceAccount, its network.',
  },
  {
    group: '',
    resources: ['pods/portforward', 'pods/proxy', 'services/proxy'],
    verbs: ['create', 'get', 'update', 'patch', 'delete'],
    message:
      'Connecting to pods from outside reaches what listens only inside the cluster, past network policies.',
  },
  {
    group: '',
    resources: ['pods/ephemeralcontainers'],
    verbs: ['update', 'patch'],
    message: 'A container put into a running pod has what the pod has: its Secrets and network.',
  },
  {
    group: '',
    resources: ['pods', 'replicationcontrollers', 'podtemplates'],
    verbs: ['create'],
    message: `Whoever makes pods ${WORKLOADS}.`,
  },
  {
    group: 'apps',
    resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    verbs: WRITE,
    message: `Whoever writes workloads ${WORKLOADS}.`,
  },
  {
    group: 'batch',
    resources: ['jobs', 'cronjobs'],
    verbs: WRITE,
    message: `Whoever writes jobs ${WORKLOADS}.`,
  },
  {
    group: '',
    resources: ['persistentvolumes'],
    verbs: ['create'],
    message: 'A PersistentVolume can be a folder of the node (hostPath), its secrets included.',
  },
  {
    group: '',
    resources: ['namespaces'],
    verbs: ['update', 'patch'],
    message:
      'The labels of a namespace decide on its Pod Security, on network policies, and on grants that choose namespaces by label.',
  },
  {
    group: '',
    resources: ['nodes', 'nodes/status'],
    verbs: WRITE,
    message: 'Whoever changes nodes decides where the pods of others run.',
  },
  {
    group: CERTIFICATES,
    resources: ['certificatesigningrequests/approval', 'signers'],
    verbs: ['update', 'patch', 'approve', 'sign'],
    message:
      'Approving or signing certificate requests makes client certificates for any name, that of a node or an admin too.',
  },
  {
    group: ADMISSION,
    resources: [
      'validatingwebhookconfigurations',
      'mutatingwebhookconfigurations',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ],
    verbs: WRITE,
    message:
      'An admission webhook or policy sees what is written to the cluster, Secrets too, and can change it.',
  },
  {
    group: 'apiregistration.k8s.io',
    resources: ['apiservices'],
    verbs: WRITE,
    message:
      'An APIService sends the requests of others to a server of its choice, with who they are.',
  },
];

/** Part of what the built-in roles hold in every cluster (upstream's bootstrappolicy), for their warnings. */
const BUILTIN: Readonly<Record<string, readonly RoleRule[]>> = {
  edit: [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods/exec', 'pods/portforward'], verbs: ['create'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['create'] },
    { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
    { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  ],
  'cluster-admin': [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
};

const EVERYTHING =
  'Everything: all verbs on all objects, those included that a later version of the cluster brings. Whoever has it owns what the grant covers, and can give it to others.';

/** What to mind about rules before they are granted: one sentence each, by rule. */
export function ruleWarnings(rules: readonly RoleRule[]): RoleWarning[] {
  return rules.flatMap((rule, index) => [
    ...escalations(rule).map((message) => ({ rule: index, level: 'escalation' as const, message })),
    ...notices(rule).map((message) => ({ rule: index, level: 'notice' as const, message })),
  ]);
}

/** What to mind about a built-in role. */
export function builtinWarnings(name: string): RoleWarning[] {
  const rules = BUILTIN[name === 'admin' ? 'edit' : name] ?? [];
  const writesBindings = {
    apiGroups: [RBAC],
    resources: ['rolebindings'],
    verbs: ['create'],
  };
  return ruleWarnings(name === 'admin' ? [...rules, writesBindings] : rules).map((warning) => ({
    ...warning,
    rule: null,
  }));
}

function escalations(rule: RoleRule): string[] {
  const { apiGroups = [], resources = [], verbs } = rule;
  if ([apiGroups, resources, verbs].every((list) => list.includes('*'))) return [EVERYTHING];
  const found = ESCALATIONS.filter((one) =>
    one.resources.some((resource) =>
      one.verbs.some((verb) => covers(rule, { group: one.group, resource, verb })),
    ),
  );
  const messages = [...new Set(found.map(({ message }) => message))];
  if (verbs.includes('*')) {
    messages.push(
      'All verbs (*) include those that a later version brings, and escalate, bind and impersonate where they apply.',
    );
  }
  if (resources.includes('*')) {
    messages.push(
      'All resources (*) include subresources such as exec, and kinds of objects that are installed later.',
    );
  }
  return messages;
}

/** What RBAC takes without a word and what then does not do what it looks like. */
function notices({
  apiGroups = [],
  resources = [],
  resourceNames = [],
  verbs,
  nonResourceURLs = [],
}: RoleRule): string[] {
  const found: string[] = [];
  const never = (what: string) => found.push(`${what}, so it never matches.`);
  if (nonResourceURLs.length > 0) {
    found.push('Paths count only in grants for the whole cluster, not in those for namespaces.');
  }
  for (const path of nonResourceURLs) {
    if (path !== '*' && !path.startsWith('/')) never(`The path ${path} does not begin with /`);
    if (path.slice(0, -1).includes('*')) never(`The path ${path} has a * that is not at its end`);
  }
  for (const group of apiGroups) {
    if (group.includes('/')) never(`The API group ${group} has a version in it`);
    else if (group.length > 1 && group.includes('*')) {
      never(`The API group ${group} has a * in it, which counts only alone`);
    }
  }
  for (const resource of resources) {
    if (resource !== resource.toLowerCase()) {
      never(`The resource ${resource} is not in lower case as ${resource.toLowerCase()}`);
    } else if (resource.replace(/^\*(\/|$)/, '').includes('*')) {
      never(`The resource ${resource} has a * that is neither alone nor before a slash`);
    } else if (resource.trim() === '') never('A resource is empty');
  }
  for (const verb of verbs) {
    if (verb !== verb.toLowerCase()) never(`The verb ${verb} is not in lower case`);
    else if (verb.length > 1 && verb.includes('*')) {
      never(`The verb ${verb} has a * in it, which counts only alone`);
    }
  }
  if (resourceNames.length > 0) {
    if (verbs.some((verb) => ['create', 'deletecollection', '*'].includes(verb))) {
      found.push(
        'With names, create and deletecollection are never allowed: such requests bear no name.',
      );
    }
    if (verbs.some((verb) => ['list', 'watch', '*'].includes(verb))) {
      found.push(
        'With names, list and watch are allowed only with a field selector for one name (metadata.name=…).',
      );
    }
  }
  return found;
}
