import type { Access } from '../access/access.ts';
import { identityOf } from '../access/identity.ts';
import type { Target } from '../environments/target.ts';
import { fail } from '../errors.ts';
import type { Caller } from '../kubeconfigs/caller.ts';
import type { Passage } from './dependencies.ts';

export interface EntranceDependencies {
  /** What a user may do in an environment; undefined: not enter it. */
  readonly resolve: (
    userId: number,
    environmentId: number,
  ) => Access | undefined | Promise<Access | undefined>;
  /** How to reach an environment; undefined: there is none of that id. */
  readonly target: (environmentId: number) => Target | undefined;
}

/**
 * Gate one, for one environment: the kubeconfig must cover it, it must be there, and a grant must
 * let the caller in. What it gives is kept for as long as caller, access and target are the same
 * objects, which their rooms replace whenever anything about them changes.
 */
export function createEntrance({ resolve, target }: EntranceDependencies) {
  const passages = new WeakMap<Caller, Map<number, { access: Access; passage: Passage }>>();

  /**
   * @throws environment.not_found, proxy.environment_not_in_kubeconfig, proxy.no_access
   */
  return function enter(caller: Caller, environmentId: number): Passage | Promise<Passage> {
    if (!caller.environmentIds.has(environmentId)) {
      throw fail('proxy.environment_not_in_kubeconfig', { id: environmentId });
    }
    const reached = target(environmentId);
    if (!reached) throw fail('environment.not_found', { id: environmentId });
    const access = resolve(caller.userId, environmentId);
    return access instanceof Promise
      ? access.then((resolved) => admit(caller, reached, resolved))
      : admit(caller, reached, access);
  };

  function admit(caller: Caller, reached: Target, access: Access | undefined): Passage {
    const { environmentId, environmentName } = reached;
    if (!access) {
      throw fail('proxy.no_access', { username: caller.username, environment: environmentName });
    }
    const own = passages.get(caller) ?? new Map();
    passages.set(caller, own);
    const known = own.get(environmentId);
    if (known?.access === access && known.passage.target === reached) return known.passage;
    const passage: Passage = {
      target: reached,
      identity: identityOf(caller, access),
      namespaces: namespacesOf(access),
      validUntil: earliest(earliest(caller.expiresAt, caller.signInUntil), access.validUntil),
    };
    own.set(environmentId, { access, passage });
    return passage;
  }
}

function namespacesOf({ entries }: Access): readonly string[] | null {
  const named = entries.flatMap(({ namespaces }) => (namespaces === null ? [] : [namespaces]));
  return named.length === 0 ? null : [...new Set(named.flat())].sort();
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
