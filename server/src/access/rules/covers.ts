import type { RoleRule } from '@sallyport/contract';

/** One thing to do to one kind of object. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as `pods/log`. */
  readonly resource: string;
}

/**
 * Whether a rule gives a right, for some object at least, as RBAC matches it (upstream's
 * `pkg/apis/rbac/v1/evaluation_helpers.go`): `*` stands for all of a list, and for a resource also
 * as `*` before a slash.
 */
export function covers(rule: RoleRule, { verb, group, resource }: Right): boolean {
  return (
    hasOrAll(rule.verbs, verb) &&
    hasOrAll(rule.apiGroups ?? [], group) &&
    resourceMatches(rule.resources ?? [], resource)
  );
}

function hasOrAll(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

function resourceMatches(resources: readonly string[], wanted: string): boolean {
  const slash = wanted.indexOf('/');
  return (
    hasOrAll(resources, wanted) || (slash > 0 && resources.includes(`*${wanted.slice(slash)}`))
  );
}
