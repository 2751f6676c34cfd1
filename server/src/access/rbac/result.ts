import type { GrantBinding } from '@sallyport/contract';
import { type EffectiveGrant, groupFor } from '../policy.ts';

/** What the last attempt to bring a cluster's bindings up to date came to. */
export type ReconcileResult =
  | { readonly state: 'external' }
  /** Nothing could be done at all. */
  | { readonly state: 'failed'; readonly message: string }
  | {
      readonly state: 'done';
      /** The groups of the bindings that grants needed. */
      readonly wanted: ReadonlySet<string>;
      /** By group, why its binding is not there or not yet in force. */
      readonly problems: ReadonlyMap<string, string>;
      /** What else could not be done: superfluous bindings that are still there. */
      readonly leftovers: readonly string[];
    };

/** Problems named one by one; a grant can have a thousand namespaces. */
const MAX_NAMED = 3;

/**
 * Whether a cluster has what a grant needs.
 *
 * @param result undefined: there was no attempt yet
 */
export function bindingState(
  environmentId: number,
  grant: Pick<EffectiveGrant, 'roleKey' | 'namespaces'>,
  result: ReconcileResult | undefined,
): GrantBinding {
  const pending = (message: string): GrantBinding => ({
    environmentId,
    state: 'pending',
    message: `${sentence(message)}.`,
  });
  if (result === undefined) return pending('the cluster has not been asked yet');
  if (result.state === 'external') return { environmentId, state: 'external', message: null };
  if (result.state === 'failed') return pending(result.message);
  const groups = (grant.namespaces ?? [null]).map((namespace) =>
    groupFor(grant.roleKey, namespace),
  );
  if (groups.some((group) => !result.wanted.has(group))) {
    return pending('the binding is being made');
  }
  const problems = new Set(groups.flatMap((group) => result.problems.get(group) ?? []));
  if (problems.size === 0) return { environmentId, state: 'applied', message: null };
  const named = [...problems].slice(0, MAX_NAMED).map(sentence).join('. ');
  const more = problems.size - MAX_NAMED;
  return pending(more > 0 ? `${named}. And ${more} more` : named);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
