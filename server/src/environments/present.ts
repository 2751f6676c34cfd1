import type { Environment } from '@sallyport/contract';
import type { Row } from '../store/schema.ts';

/** What somebody may do in an environment, as far as it is shown. */
export interface Rights {
  readonly entries: ReadonlyArray<{
    readonly role: string;
    /** null: the whole cluster. */
    readonly namespaces: readonly string[] | null;
    /** By which labels the namespaces are chosen. */
    readonly namespaceSelector?: string;
    /** Epoch milliseconds; null: never. */
    readonly expiresAt: number | null;
  }>;
}

/**
 * What is told of one that is down to those who may not see its address. The reason as it stands has
 * the address in it, names out of certificates, and what the cluster says of Sallyport's credential.
 */
const DOWN = 'Sallyport cannot reach it as it should; an admin sees why.';

/** Who looks at an environment. */
export interface Viewer {
  /** What they may do there; undefined: not enter it. */
  readonly access: Rights | undefined;
  /** Whether they may see the API server's own address, and why it is not reached. */
  readonly showServer: boolean;
}

/** An environment as the REST API shows it. Its credential is no part of that. */
export function present(
  row: Omit<Row<'environments'>, 'credential'>,
  { access, showServer }: Viewer,
): Environment {
  return {
    id: row.id,
    name: row.name,
    labels: JSON.parse(row.labels) as Record<string, string>,
    rbac: row.rbac,
    server: showServer ? row.server : null,
    state: row.state,
    stateSince: toTime(row.state_since),
    stateMessage: showServer || row.state_message === null ? row.state_message : DOWN,
    checkedAt: toTime(row.checked_at),
    version: row.version,
    capacity: capacityOf(row),
    access: (access?.entries ?? []).map(({ role, namespaces, namespaceSelector, expiresAt }) => ({
      role,
      namespaces: namespaces && [...namespaces],
      ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
      expiresAt: toTime(expiresAt),
    })),
    createdAt: new Date(row.created_at).toISOString(),
  };
}

function capacityOf(row: Omit<Row<'environments'>, 'credential'>): Environment['capacity'] {
  const { nodes, nodes_ready, cpu_millicores, memory_bytes, capacity_at } = row;
  if (nodes === null || capacity_at === null) return null;
  const { cpu_used_millicores: cpuUsed, memory_used_bytes: memoryUsed } = row;
  return {
    nodes,
    readyNodes: nodes_ready ?? 0,
    cpuCores: (cpu_millicores ?? 0) / 1000,
    memoryBytes: memory_bytes ?? 0,
    cpuCoresUsed: cpuUsed === null ? null : cpuUsed / 1000,
    memoryBytesUsed: memoryUsed,
    readAt: new Date(capacity_at).toISOString(),
  };
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
