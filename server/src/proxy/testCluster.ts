/** For tests: the proxy in front of a real API server, and what that one's audit log has of it. */
import { readFileSync } from 'node:fs';
import type { Lab } from '../../../lab/src/index.ts';
import type { Passage } from './dependencies.ts';
import { type House, until } from './testing.ts';

/** Of an event of the API server's audit log (audit.k8s.io/v1), what tests look at. */
export interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly impersonatedUser?: {
    readonly username: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly sourceIPs?: readonly string[];
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly apiVersion?: string;
    readonly namespace?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
}

/**
 * A passage into that cluster.
 *
 * @param groups whose rights the caller has there; Sallyport's own ServiceAccount has all
 */
export async function passageTo(
  lab: Lab,
  house: House,
  groups: readonly string[],
): Promise<Passage> {
  const token = await lab.serviceAccountToken('proxy-test', { clusterRole: 'cluster-admin' });
  const server = new URL(lab.server);
  return {
    target: {
      environmentId: 1,
      environmentName: 'lab',
      host: server.hostname,
      port: Number(server.port),
      servername: server.hostname,
      basePath: '',
      ca: lab.caData,
      clientCertificate: undefined,
      authorization: `Bearer ${token}`,
      generation: 'lab',
    },
    identity: { ...house.passage.identity, groups },
    namespaces: null,
    validUntil: null,
  };
}

/** Gives a group all rights in the cluster. @returns takes them away */
export async function giveAllRights(lab: Lab, group: string): Promise<() => Promise<void>> {
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const name = group.replaceAll(':', '-');
  const apiGroup = 'rbac.authorization.k8s.io';
  const { status } = await lab.call('POST', bindings, {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'Group', name: group }],
  });
  if (status !== 201 && status !== 409) throw new Error(`no binding for ${group}: ${status}`);
  return async () => {
    await lab.call('DELETE', `${bindings}/${name}`);
  };
}

/** Waits for the events with which these requests ended, each by the id that Sallyport gave it. */
export async function auditEvents(
  lab: Lab,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AuditEvent>> {
  const events = new Map<string, AuditEvent>();
  const read = () => {
    // The last line may be under way.
    for (const line of readFileSync(lab.auditLogPath, 'utf8').split('\n').slice(0, -1)) {
      if (!line.includes('"ResponseComplete"')) continue;
      const event: AuditEvent = JSON.parse(line);
      events.set(event.auditID, event);
    }
    return ids.every((id) => events.has(id));
  };
  await until(read, 'all events of the audit log').catch(() => {
    const missing = ids.filter((id) => !events.has(id));
    throw new Error(`the audit log has not: ${missing.join()}`);
  });
  return events;
}
