import type { ClusterResource } from '@sallyport/contract';
import { fail } from '../errors.ts';
import { serverOf } from './check.ts';
import { connectionProblem } from './connectionProblem.ts';
import type { KubeClient } from './kubeClient.ts';

export interface DiscoveryDependencies {
  /** The client for an environment's cluster; undefined where there is none. */
  readonly kube: (environmentId: number) => KubeClient | undefined;
  readonly now?: () => number;
}

export type Discovery = ReturnType<typeof createDiscovery>;

/** What a cluster knows changes when somebody installs something: an admin waits a minute for it. */
const FRESH_MS = 60_000;
const MAX_KEPT = 100;
/** Groups asked at once. */
const MAX_GROUPS = 200;

interface Kept {
  readonly at: number;
  readonly generation: unknown;
  readonly resources: Promise<ClusterResource[]>;
}

/** Says which kinds of objects a cluster knows, for those who write rules. Every account may ask. */
export function createDiscovery({ kube, now = Date.now }: DiscoveryDependencies) {
  const kept = new Map<number, Kept>();

  return {
    /**
     * The kinds of objects of an environment's cluster, by group and name; subresources included.
     *
     * @throws environment.not_found, environment.unreachable
     */
    async resources(environmentId: number): Promise<ClusterResource[]> {
      const client = kube(environmentId);
      if (!client) throw fail('environment.not_found', { id: environmentId });
      const known = kept.get(environmentId);
      const { generation } = client.target;
      if (known && known.generation === generation && now() - known.at < FRESH_MS) {
        return known.resources;
      }
      const resources = read(client);
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(environmentId, { at: now(), generation, resources });
      resources.catch(() => {
        if (kept.get(environmentId)?.resources === resources) kept.delete(environmentId);
      });
      return resources;
    },
  };
}

/** As kubectl did before aggregated discovery: one document a group, which every version has. */
async function read(kube: KubeClient): Promise<ClusterResource[]> {
  const groups = (await document(kube, '/apis')) as {
    groups?: Array<{ name?: string; preferredVersion?: { groupVersion?: string } }>;
  };
  const versions = (groups.groups ?? []).flatMap(({ name, preferredVersion }) =>
    name !== undefined && preferredVersion?.groupVersion !== undefined
      ? [{ group: name, path: `/apis/${preferredVersion.groupVersion}` }]
      : [],
  );
  const lists = await Promise.all(
    [{ group: '', path: '/api/v1' }, ...versions.slice(0, MAX_GROUPS)].map(
      async ({ group, path }) => {
        // One aggregated API that is down must not keep the others from being known.
        const body = await document(kube, path).catch((error: unknown) => {
          if (group === '') throw error;
          return {};
        });
        const { resources = [] } = body as { resources?: ResourceEntry[] };
        return resources.map(({ name, kind, namespaced, verbs }) => ({
          ...{ group, resource: name, kind },
          namespaced: namespaced === true,
          verbs: verbs ?? [],
        }));
      },
    ),
  );
  return lists.flat().sort((a, b) => compare(a.group, b.group) || compare(a.resource, b.resource));
}

interface ResourceEntry {
  readonly name: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  readonly verbs?: string[];
}

async function document(kube: KubeClient, path: string): Promise<unknown> {
  const server = serverOf(kube.target);
  const answer = await kube.request({ method: 'GET', path }).catch((error: unknown) => {
    const { why } = connectionProblem(error, kube.target);
    throw fail('environment.unreachable', { server, why }, error);
  });
  if (answer.status !== 200 || typeof answer.body !== 'object' || answer.body === null) {
    throw fail('environment.unreachable', { server, why: `${path} gives HTTP ${answer.status}` });
  }
  return answer.body;
}

/** By code point, so that the order is the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
