import { setTimeout as sleep } from 'node:timers/promises';
import { PROBE } from '../../environments/impersonated.ts';
import type { KubeClient, KubeResponse } from '../../environments/kubeClient.ts';
import { mayDo, mayReach, statusMessage } from '../../environments/permissions.ts';
import { type DesiredBinding, groupFor } from '../policy.ts';
import type { ProbeQuestion } from '../rules/probe.ts';
import {
  API_VERSION,
  type Binding,
  collectionPath,
  objectPath,
  selectorOf,
  WRITER,
} from './manifests.ts';
import { conflictWith, type Step } from './plan.ts';

/** What a cluster answered instead of doing what it was asked; the message is a clause. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}

/**
 * Lists the bindings of an owner in a cluster.
 *
 * @throws Refused where the cluster does not list them, or what the connection fails with
 */
export async function listBindings(kube: KubeClient, owner: string): Promise<Binding[]> {
  const kinds = [
    ['ClusterRoleBinding', 'clusterrolebindings'],
    ['RoleBinding', 'rolebindings'],
  ] as const;
  const lists = await Promise.all(
    kinds.map(async ([kind, resource]) => {
      const response = await kube.request({
        method: 'GET',
        path: `/apis/${API_VERSION}/${resource}?labelSelector=${encodeURIComponent(selectorOf(owner))}`,
      });
      if (response.status !== 200) throw refused(response, `list ${resource}`);
      const { items } = response.body as { items?: Binding[] | null };
      // The items of a list come without their kind.
      return (items ?? []).map((item) => ({ ...item, apiVersion: API_VERSION, kind }));
    }),
  );
  return lists.flat();
}

/**
 * Takes one step.
 *
 * @returns whether it gave somebody rights that they did not have before
 * @throws Refused, or what the connection fails with
 */
export async function takeStep(kube: KubeClient, step: Step, owner: string): Promise<boolean> {
  switch (step.action) {
    case 'create':
      return create(kube, step.binding, owner);
    case 'replace':
      await remove(kube, step.found);
      return create(kube, step.binding, owner);
    case 'update': {
      const { resourceVersion } = step.found.metadata;
      const body = { ...step.binding, metadata: { ...step.binding.metadata, resourceVersion } };
      const response = await kube.request({
        method: 'PUT',
        path: `${objectPath(body)}?${WRITER}`,
        body,
      });
      if (response.status !== 200) throw refusedBinding(response, step.binding);
      return true;
    }
    case 'delete':
      await remove(kube, step.found);
      return false;
  }
}

/** Every built-in role may do this. */
const PODS: ProbeQuestion = { verb: 'get', group: '', resource: 'pods' };

/**
 * Waits until the cluster acts on a new binding: its authorizer learns of it by a watch, some
 * milliseconds after the object is there.
 *
 * @param question something that the role allows; absent: what every built-in role does
 * @param deadline epoch milliseconds
 * @returns false where it did not by then
 */
export async function waitEffective(
  kube: KubeClient,
  { roleKey, namespace }: DesiredBinding,
  deadline: number,
  question: ProbeQuestion = PODS,
): Promise<boolean> {
  const as = { user: PROBE.user, groups: [groupFor(roleKey, namespace)] };
  const ask = () =>
    'path' in question
      ? mayReach(kube, question, as)
      : mayDo(kube, { ...question, ...(namespace === null ? {} : { namespace }) }, as);
  // Paths are given to nobody in a namespace.
  if ('path' in question && namespace !== null) return true;
  for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
    if (await ask()) return true;
    if (Date.now() + pause > deadline) return false;
    await sleep(pause);
  }
}

async function create(kube: KubeClient, binding: Binding, owner: string): Promise<boolean> {
  const response = await kube.request({
    method: 'POST',
    path: `${collectionPath(binding)}?${WRITER}`,
    body: binding,
  });
  if (response.status === 201) return true;
  if (response.status !== 409) throw refusedBinding(response, binding);
  const existing = await kube.request({ method: 'GET', path: objectPath(binding) });
  const conflict =
    existing.status === 200
      ? conflictWith({ ...(existing.body as Binding), kind: binding.kind }, owner)
      : 'it was there and is gone again';
  if (conflict !== undefined) throw new Refused(409, conflict);
  return false;
}

/** Removes exactly the object that was seen: not one that was changed or made anew since. */
async function remove(kube: KubeClient, found: Binding): Promise<void> {
  const { uid, resourceVersion } = found.metadata;
  const response = await kube.request({
    method: 'DELETE',
    path: objectPath(found),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
  });
  if (response.status !== 200 && response.status !== 404) {
    const kind = found.kind === 'RoleBinding' ? 'rolebindings' : 'clusterrolebindings';
    throw refused(response, `delete ${kind}`);
  }
}

/** Why a binding could not be written, by the cases of Kubernetes' RBAC and namespace admission. */
function refusedBinding(response: KubeResponse, binding: Binding): Refused {
  const { status } = response;
  const { namespace } = binding.metadata;
  const details = (response.body as { details?: { kind?: unknown; causes?: unknown } } | null)
    ?.details;
  if (status === 404 && namespace !== undefined && details?.kind === 'namespaces') {
    return new Refused(
      status,
      `namespace ${namespace} does not exist yet; the binding is made when it appears`,
    );
  }
  if (status === 404) {
    return new Refused(status, `the cluster has no ClusterRole ${binding.roleRef.name}`);
  }
  if (status === 403 && JSON.stringify(details?.causes ?? '').includes('NamespaceTerminating')) {
    return new Refused(status, `namespace ${namespace} is being removed`);
  }
  if (
    status === 403 &&
    /not currently held|attempt(?:ing)? to grant/.test(statusMessage(response))
  ) {
    return new Refused(
      status,
      `Sallyport's credential lacks the verb bind on the ClusterRole ${binding.roleRef.name}, and has not all its rights`,
    );
  }
  const kind = binding.kind === 'RoleBinding' ? 'rolebindings' : 'clusterrolebindings';
  return refused(response, `write ${kind}`);
}

/** Puts an answer that is not what was asked for into a clause. */
export function refused(response: KubeResponse, what: string): Refused {
  const { status } = response;
  const said = statusMessage(response);
  if (status === 401) return new Refused(status, "the cluster refuses Sallyport's credential");
  if (status === 403) {
    return new Refused(
      status,
      `Sallyport's credential may not ${what} (the cluster says: ${said})`,
    );
  }
  return new Refused(status, `the cluster did not ${what}: ${said}`);
}
