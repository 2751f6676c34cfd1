import { createHash } from 'node:crypto';
import type { RoleRule } from '@sallyport/contract';

const CUSTOM_KEY = /^custom:[0-9a-f]{40}$/;
/** Ends up in the hash, so that another way to write rules could never give the same keys. */
const FORM = 'sallyport-rules/v1\n';
/** 160 bits: nobody finds other rules for a key that is in use. */
const HASH_DIGITS = 40;

/**
 * The key of a custom role: what its group and its ClusterRole are named by. It is made of the
 * rules and of nothing else, so it means the same on every cluster and for every Sallyport, and a
 * role whose rules are changed has another key from that moment on. A built-in role's key is its
 * name.
 *
 * Rules that differ in order or repetition only have one key: to RBAC they are the same (its lists
 * are sets, and an absent one is an empty one: upstream's `pkg/apis/rbac/types.go`, PolicyRule).
 */
export function customRoleKey(rules: readonly RoleRule[]): string {
  const written = JSON.stringify(canonicalRules(rules));
  const hash = createHash('sha256').update(FORM).update(written).digest('hex');
  return `custom:${hash.slice(0, HASH_DIGITS)}`;
}

/** Whether a key is that of a custom role. No built-in role's name has a colon in it. */
export function isCustomKey(roleKey: string): boolean {
  return CUSTOM_KEY.test(roleKey);
}

/** Rules without order or repetition, with the lists that they have in the order of Kubernetes. */
export function canonicalRules(rules: readonly RoleRule[]): RoleRule[] {
  const written = rules.map((rule) => JSON.stringify(canonicalRule(rule)));
  return [...new Set(written)].sort().map((text) => JSON.parse(text) as RoleRule);
}

function canonicalRule({ apiGroups, resources, resourceNames, verbs, nonResourceURLs }: RoleRule) {
  return {
    ...listed('apiGroups', apiGroups),
    ...listed('nonResourceURLs', nonResourceURLs),
    ...listed('resourceNames', resourceNames),
    ...listed('resources', resources),
    verbs: [...new Set(verbs)].sort(),
  };
}

function listed<K extends string>(name: K, values: readonly string[] | undefined) {
  return values?.length ? { [name]: [...new Set(values)].sort() } : {};
}
