import type { RoleRule } from '@sallyport/contract';

/** Why Kubernetes would refuse a rule. */
export interface RuleProblem {
  /** Which rule, from 0. */
  readonly rule: number;
  readonly field: 'verbs' | 'apiGroups' | 'resources' | 'nonResourceURLs';
  readonly message: string;
}

/**
 * What the API server says to the rules of a ClusterRole, in our words (upstream's
 * `pkg/apis/rbac/validation/validation.go`, validatePolicyRule).
 *
 * @returns empty: it takes them
 */
export function ruleProblems(rules: readonly RoleRule[]): RuleProblem[] {
  return rules.flatMap((one, rule) =>
    fieldProblems(one).map(([field, message]) => ({ rule, field, message })),
  );
}

function fieldProblems(rule: RoleRule): Array<[RuleProblem['field'], string]> {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const problems: Array<[RuleProblem['field'], string]> = [];
  if (verbs.length === 0) problems.push(['verbs', 'A rule needs at least one verb.']);
  if (nonResourceURLs.length > 0) {
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      problems.push([
        'nonResourceURLs',
        'A rule is either for objects or for paths. Make a second rule for the paths.',
      ]);
    }
    return problems;
  }
  if (apiGroups.length === 0) {
    problems.push([
      'apiGroups',
      'A rule for objects needs at least one API group; the core group is written "".',
    ]);
  }
  if (resources.length === 0) {
    problems.push(['resources', 'A rule needs at least one resource, or paths instead.']);
  }
  return problems;
}
