import type { Finding } from '@sallyport/contract';
import type { Row } from '../store/schema.ts';
import type { KubeClient } from './kubeClient.ts';
import { mayDo } from './permissions.ts';
import { parseQuantity } from './quantity.ts';

/** The columns of an environment that say what its nodes offer. */
export type CapacityColumns = Pick<
  Row<'environments'>,
  | 'nodes'
  | 'nodes_ready'
  | 'cpu_millicores'
  | 'memory_bytes'
  | 'cpu_used_millicores'
  | 'memory_used_bytes'
>;

/** What is written where nothing is known. */
export const NOT_KNOWN: CapacityColumns = {
  nodes: null,
  nodes_ready: null,
  cpu_millicores: null,
  memory_bytes: null,
  cpu_used_millicores: null,
  memory_used_bytes: null,
};

const NODES = '/api/v1/nodes';
/** A node with its list of images may be 50 KB long. */
const PAGE = 100;
/** More pages than the largest cluster that Kubernetes is tested with needs (5,000 nodes). */
const MAX_PAGES = 100;
const METRICS = '/apis/metrics.k8s.io/v1beta1/nodes';
const TIMEOUT_MS = 10_000;

/**
 * Adds up what the nodes of a cluster offer to pods, and what of it is in use.
 *
 * @returns {@link NOT_KNOWN} where the credential may not list nodes; usage is null where the cluster
 *   does not measure it or does not say
 * @throws whatever the connection fails with, or where the cluster cannot answer now
 */
export async function readCapacity(kube: KubeClient): Promise<CapacityColumns> {
  const nodes = await readNodes(kube);
  if (!nodes) return NOT_KNOWN;
  return { ...nodes, ...(await readUsage(kube)) };
}

/** What a check says where the credential may not list nodes. */
export async function capacityFindings(kube: KubeClient, account: string): Promise<Finding[]> {
  if (await mayDo(kube, { verb: 'list', group: '', resource: 'nodes' })) return [];
  return [
    {
      level: 'info',
      message:
        'The credential may not list nodes, so their number, CPU and memory are not shown on Home. Nobody is kept from anything.',
      remedy: `To show them, give ${account} the verb list on nodes (core API group), and on nodes of metrics.k8s.io for what is in use.`,
    },
  ];
}

async function readNodes(kube: KubeClient) {
  const sum = { nodes: 0, nodes_ready: 0, cpu: 0, memory: 0 };
  let next: string | undefined = '';
  for (let page = 0; page < MAX_PAGES && next !== undefined; page += 1) {
    const path: string = `${NODES}?limit=${PAGE}${next ? `&continue=${encodeURIComponent(next)}` : ''}`;
    const { status, body } = await kube.request({ method: 'GET', path, timeoutMs: TIMEOUT_MS });
    // Trouble of the moment is no word on what the credential may do.
    if (status === 429 || status >= 500) throw new Error(`${NODES} gives HTTP ${status}`);
    const items = status === 200 ? itemsOf(body) : undefined;
    if (!items) return undefined;
    for (const node of items) {
      const { allocatable, conditions } = objectOf(objectOf(node).status);
      sum.nodes += 1;
      if (isReady(conditions)) sum.nodes_ready += 1;
      sum.cpu += parseQuantity(objectOf(allocatable).cpu) ?? 0;
      sum.memory += parseQuantity(objectOf(allocatable).memory) ?? 0;
    }
    const token: unknown = objectOf(objectOf(body).metadata).continue;
    next = typeof token === 'string' && token !== '' ? token : undefined;
  }
  return {
    nodes: sum.nodes,
    nodes_ready: sum.nodes_ready,
    cpu_millicores: millicores(sum.cpu),
    memory_bytes: bytes(sum.memory),
  };
}

/** Usage is an extra: a metrics API that is slow or broken does not take the rest with it. */
async function readUsage(
  kube: KubeClient,
): Promise<Pick<CapacityColumns, 'cpu_used_millicores' | 'memory_used_bytes'>> {
  const unknown = { cpu_used_millicores: null, memory_used_bytes: null };
  const answer = await kube
    .request({ method: 'GET', path: METRICS, timeoutMs: TIMEOUT_MS })
    .catch(() => undefined);
  const items = answer?.status === 200 ? itemsOf(answer.body) : undefined;
  if (!items || items.length === 0) return unknown;
  let cpu = 0;
  let memory = 0;
  for (const item of items) {
    const { usage } = objectOf(item);
    cpu += parseQuantity(objectOf(usage).cpu) ?? 0;
    memory += parseQuantity(objectOf(usage).memory) ?? 0;
  }
  return { cpu_used_millicores: millicores(cpu), memory_used_bytes: bytes(memory) };
}

/** Within what the columns hold, whatever a cluster says. */
function millicores(cores: number): number {
  return Math.round(Math.min(Math.max(cores * 1000, 0), 2_147_483_647));
}
function bytes(memory: number): number {
  return Math.round(Math.min(Math.max(memory, 0), Number.MAX_SAFE_INTEGER));
}

function isReady(conditions: unknown): boolean {
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => {
      const { type, status } = objectOf(condition);
      return type === 'Ready' && status === 'True';
    })
  );
}

function itemsOf(body: unknown): readonly unknown[] | undefined {
  const { items } = objectOf(body);
  return Array.isArray(items) ? items : undefined;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
