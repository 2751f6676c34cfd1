import type { KubeClient } from '../../environments/kubeClient.ts';
import { createLimit } from '../../limit.ts';
import { type DesiredBinding, groupFor } from '../policy.ts';
import { listBindings, Refused, takeStep, waitEffective } from './cluster.ts';
import { bringRoles, probesOf } from './clusterRoles.ts';
import { bindingFor, objectPath } from './manifests.ts';
import { planBindings } from './plan.ts';
import type { ReconcileResult } from './result.ts';
import type { DesiredRole } from './roleManifests.ts';

/** Requests to one cluster at once: API Priority and Fairness is shared with everybody there. */
const STEPS_AT_ONCE = 8;
/** How long a new binding may take to be in force before it is told as pending. */
const EFFECTIVE_MS = 2_000;

/** What grants need in a cluster. */
export interface Needs {
  readonly desired: readonly DesiredBinding[];
  /** The custom ones among the roles of `desired`. */
  readonly roles: readonly DesiredRole[];
}

/**
 * Makes a cluster's ClusterRoles and bindings what they should be: first what gives rights, then what
 * takes them away, and a ClusterRole only once nothing refers to it.
 *
 * @param owner of `ownerOf`
 * @param readNeeds what is needed by now; asked before anything is taken away, since another
 *   process may have made it meanwhile for a grant that is younger than `needs`
 * @throws Refused where nothing can be done at all, or what the connection fails with
 */
export async function bring(
  client: KubeClient,
  owner: string,
  { desired, roles }: Needs,
  readNeeds: () => Promise<Needs>,
): Promise<ReconcileResult> {
  const kept = await bringRoles(client, owner, roles);
  const planned = planBindings(desired, await listBindings(client, owner), owner);
  const takesAway = kept.needless || planned.some(({ action }) => action === 'delete');
  const latest = takesAway ? await readNeeds() : { desired, roles };
  const needed = new Set(latest.desired.map((each) => objectPath(bindingFor(each, owner))));
  const steps = planned.filter(
    (step) => step.action !== 'delete' || !needed.has(objectPath(step.found)),
  );
  const problems = new Map<string, string>();
  for (const binding of desired) {
    const problem = kept.problems.get(binding.roleKey);
    if (problem !== undefined) problems.set(keyOf(binding), problem);
  }
  const leftovers: string[] = [];
  const limit = createLimit(STEPS_AT_ONCE);
  const made: DesiredBinding[] = [];
  await Promise.all(
    steps.map((step) =>
      limit(async () => {
        // What the role lacks is said of it; a binding to nothing would only say that again.
        if (step.action !== 'delete' && problems.has(keyOf(step.desired))) return;
        try {
          const given = await takeStep(client, step, owner);
          if (given && step.action !== 'delete') made.push(step.desired);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          if (step.action === 'delete') leftovers.push(error.message);
          else problems.set(keyOf(step.desired), error.message);
        }
      }),
    ),
  );
  leftovers.push(...(await kept.clean(latest.roles)));
  const deadline = Date.now() + EFFECTIVE_MS;
  const probes = probesOf(roles);
  await Promise.all(
    made.map((binding) =>
      limit(async () => {
        if (await waitEffective(client, binding, deadline, probes.get(binding.roleKey))) return;
        problems.set(
          keyOf(binding),
          'the binding is there, but the cluster does not act on it yet',
        );
      }),
    ),
  );
  return { state: 'done', wanted: new Set(desired.map(keyOf)), problems, leftovers };
}

/** By what a binding is known in results: its group. */
export function keyOf({ roleKey, namespace }: DesiredBinding): string {
  return groupFor(roleKey, namespace);
}
