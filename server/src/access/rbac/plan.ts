import type { DesiredBinding } from '../policy.ts';
import { type Binding, bindingFor, isOwnedBy, objectPath } from './manifests.ts';

/** A step that brings a cluster nearer to what grants need. */
export type Step =
  | { readonly action: 'create'; readonly desired: DesiredBinding; readonly binding: Binding }
  /** Subjects differ: written over. */
  | {
      readonly action: 'update';
      readonly desired: DesiredBinding;
      readonly binding: Binding;
      readonly found: Binding;
    }
  /** `roleRef` differs, which cannot be changed in place: removed and made anew. */
  | {
      readonly action: 'replace';
      readonly desired: DesiredBinding;
      readonly binding: Binding;
      readonly found: Binding;
    }
  | { readonly action: 'delete'; readonly found: Binding };

/**
 * Compares what grants need with what a cluster has.
 *
 * @param actual bindings of the cluster; those without the owner's labels are never touched
 * @param owner of `ownerOf`
 * @returns what to do, first what gives rights, then what takes them away; empty where all is well
 */
export function planBindings(
  desired: readonly DesiredBinding[],
  actual: readonly Binding[],
  owner: string,
): Step[] {
  const mine = new Map(
    actual
      .filter((binding) => isOwnedBy(binding, owner))
      .map((binding) => [objectPath(binding), binding]),
  );
  const steps: Step[] = [];
  for (const wanted of desired) {
    const binding = bindingFor(wanted, owner);
    const path = objectPath(binding);
    const found = mine.get(path);
    mine.delete(path);
    if (!found) steps.push({ action: 'create', desired: wanted, binding });
    else if (!sameRole(found, binding)) {
      steps.push({ action: 'replace', desired: wanted, binding, found });
    } else if (!sameSubjects(found, binding)) {
      steps.push({ action: 'update', desired: wanted, binding, found });
    }
  }
  for (const found of mine.values()) steps.push({ action: 'delete', found });
  return steps;
}

/**
 * What is to be said where a binding cannot be made because an object of its name exists already.
 *
 * @returns undefined where it is the owner's own, so that it is there after all
 */
export function conflictWith(existing: Binding, owner: string): string | undefined {
  if (isOwnedBy(existing, owner)) return undefined;
  const { name, namespace } = existing.metadata;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  return `there is a ${existing.kind} ${name}${where} without Sallyport's labels, which is left alone; remove or rename it`;
}

function sameRole(a: Binding, b: Binding): boolean {
  return (
    a.roleRef.apiGroup === b.roleRef.apiGroup &&
    a.roleRef.kind === b.roleRef.kind &&
    a.roleRef.name === b.roleRef.name
  );
}

function sameSubjects(a: Binding, b: Binding): boolean {
  const written = ({ subjects }: Binding) =>
    JSON.stringify(
      (subjects ?? [])
        .map(({ apiGroup = '', kind, name, namespace = '' }) => [apiGroup, kind, name, namespace])
        .sort(),
    );
  return written(a) === written(b);
}
