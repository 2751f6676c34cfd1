import type { RoleRule } from '@sallyport/contract';

/**
 * Says what rules allow, as one reads them aloud.
 *
 * @returns such as `get and list pods, deployments.apps named "web"; do anything with secrets`
 */
export function rulesInWords(rules: readonly RoleRule[]): string {
  if (rules.length === 0) return 'nothing';
  return rules.map(ruleInWords).join('; ');
}

function ruleInWords(rule: RoleRule): string {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const all = rule.verbs.includes('*');
  if (nonResourceURLs.length > 0) {
    const paths = nonResourceURLs.includes('*') ? 'all paths' : listOf(nonResourceURLs);
    return all ? `do anything with ${paths}` : `${listOf(rule.verbs)} ${paths}`;
  }
  const named = resourceNames.length === 0 ? '' : ` named ${listOf(resourceNames.map(quoted))}`;
  const kinds = `${kindsInWords(resources, apiGroups)}${named}`;
  return all ? `do anything with ${kinds}` : `${listOf(rule.verbs)} ${kinds}`;
}

function kindsInWords(resources: readonly string[], groups: readonly string[]): string {
  const everything = resources.includes('*');
  if (groups.includes('*')) {
    return everything ? 'objects of every kind' : `${listOf(resources)} of every API group`;
  }
  if (everything) {
    const named = groups.map((group) => (group === '' ? 'the core API group' : group));
    return `objects of every kind in ${listOf(named)}`;
  }
  // As kubectl names kinds: the group behind a dot, none for the core group.
  return listOf(
    groups.flatMap((group) => resources.map((kind) => (group === '' ? kind : `${kind}.${group}`))),
  );
}

function quoted(text: string): string {
  return `"${text}"`;
}

/** `a`, `a and b`, `a, b and c`. */
function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
