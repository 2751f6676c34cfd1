import type { ClusterResource, Role, RoleRule } from '@sallyport/contract';

/** The core API group, as people write it; RBAC writes an empty text. */
const CORE = 'core';

/** What every kind of object may be asked for; beside what a cluster says. */
const COMMON_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;
const PATHS = ['/metrics', '/healthz', '/livez', '/readyz', '/version', '/api/*', '/apis/*'];

/** A rule as it is being written: for objects or for paths, every list there. */
export interface RuleDraft {
  /** Tells rows apart, whatever stands in them. */
  readonly key: number;
  readonly kind: 'objects' | 'paths';
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** A rule for objects of the core group, as most are. */
export function emptyRule(key: number): RuleDraft {
  return {
    ...{ key, kind: 'objects', apiGroups: [''], resources: [], resourceNames: [] },
    ...{ verbs: [], nonResourceURLs: [] },
  };
}

/** Rules as rows to be edited. */
export function draftsOf(rules: readonly RoleRule[]): RuleDraft[] {
  return rules.map((rule, key) => ({
    key,
    kind: rule.nonResourceURLs?.length ? 'paths' : 'objects',
    apiGroups: rule.apiGroups ?? [],
    resources: rule.resources ?? [],
    resourceNames: rule.resourceNames ?? [],
    verbs: rule.verbs,
    nonResourceURLs: rule.nonResourceURLs ?? [],
  }));
}

/** The rules that rows say; what is hidden in a row by its kind is not among it. */
export function rulesOf(drafts: readonly RuleDraft[]): RoleRule[] {
  return drafts.map(({ kind, apiGroups, resources, resourceNames, verbs, nonResourceURLs }) =>
    kind === 'paths'
      ? { nonResourceURLs: [...nonResourceURLs], verbs: [...verbs] }
      : {
          ...{ apiGroups: [...apiGroups], resources: [...resources] },
          ...(resourceNames.length > 0 ? { resourceNames: [...resourceNames] } : {}),
          verbs: [...verbs],
        },
  );
}

/** What somebody typed or pasted as single words: blanks, commas and line breaks end one. */
export function wordsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** Words put to a list, each once. */
export function added(list: readonly string[], words: readonly string[]): string[] {
  return [...new Set([...list, ...words])];
}

/** How an API group is written, for people. */
export function groupName(group: string): string {
  return group === '' ? CORE : group;
}

/** The API group that somebody means. */
export function groupOf(word: string): string {
  return word === CORE || word === '""' ? '' : word;
}

/** What completes a field of a rule, out of what a cluster knows. */
export function completions(
  field: 'apiGroups' | 'resources' | 'verbs' | 'nonResourceURLs',
  rule: RuleDraft,
  known: readonly ClusterResource[],
): string[] {
  if (field === 'nonResourceURLs') return PATHS;
  if (field === 'apiGroups') {
    return sorted(known.map(({ group }) => groupName(group)).concat(CORE, '*'));
  }
  const inGroups = known.filter(
    ({ group }) => rule.apiGroups.includes('*') || rule.apiGroups.includes(group),
  );
  if (field === 'resources') return sorted(inGroups.map(({ resource }) => resource).concat('*'));
  if (rule.kind === 'paths') return ['get', 'head', 'options', 'post', 'put', 'delete', '*'];
  const chosen = inGroups.filter(({ resource }) => rule.resources.includes(resource));
  const verbs = chosen.flatMap((one) => one.verbs);
  return [...new Set([...(verbs.length > 0 ? sorted(verbs) : COMMON_VERBS), '*'])];
}

/** What a change or the end of a role touches, in a sentence. */
export function consequencesInWords({
  grantsInForce,
  people,
  environments,
}: {
  readonly grantsInForce: number;
  readonly people: number;
  readonly environments: ReadonlyArray<{ readonly name: string }>;
}): string {
  if (grantsInForce === 0)
    return 'No grant that is in force names this role, so nobody has it now.';
  const grants = grantsInForce === 1 ? 'One grant gives' : `${grantsInForce} grants give`;
  const whom = people === 1 ? 'one person' : `${people} people`;
  const shown = environments.slice(0, 5).map(({ name }) => name);
  const more = environments.length - shown.length;
  const where =
    environments.length === 0
      ? 'no environment now'
      : `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${grants} this role to ${whom}, in ${where}.`;
}

/** What a role is made of, in a few words for a list. */
export function roleInWords({ builtin, rules }: Pick<Role, 'builtin' | 'rules'>): string {
  if (builtin || !rules) return 'Built in';
  return rules.length === 1 ? '1 rule' : `${rules.length} rules`;
}

function sorted(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
