import type { RoleRule } from '@sallyport/contract';

/** A question that somebody with the rules is answered with yes. */
export type ProbeQuestion =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly name?: string;
    }
  | { readonly verb: string; readonly path: string };

/**
 * Finds a question by which to see whether a cluster acts on rules: the first thing that they give.
 * Rules for objects go first, since those for paths count in no namespace.
 *
 * @returns undefined: they give nothing that can be asked for
 */
export function probeFor(rules: readonly RoleRule[]): ProbeQuestion | undefined {
  for (const { apiGroups, resources, resourceNames, verbs } of rules) {
    const [group] = apiGroups ?? [];
    const [written] = resources ?? [];
    const [verb] = verbs;
    if (group === undefined || written === undefined || verb === undefined) continue;
    const [resource = '', subresource] = written.split('/', 2);
    const [name] = resourceNames ?? [];
    return {
      verb: verb === '*' ? 'get' : verb,
      group: group === '*' ? '' : group,
      resource: resource === '*' ? 'pods' : resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(name === undefined ? {} : { name }),
    };
  }
  for (const { nonResourceURLs, verbs } of rules) {
    const [path] = nonResourceURLs ?? [];
    const [verb] = verbs;
    if (path === undefined || verb === undefined) continue;
    // What a * at the end stands for begins with what is before it.
    return { verb: verb === '*' ? 'get' : verb, path: path.replace(/\*$/, '') || '/' };
  }
  return undefined;
}
