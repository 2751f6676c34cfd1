import { randomUUID } from 'node:crypto';
import { type AuditDatabase, openAuditDatabase } from '../store/auditDatabase.ts';
import type { Logger } from '../store/store.ts';
import type { Place } from '../store/testing.ts';
import type { Act, ProxiedRequest } from './event.ts';

export const silent: Logger = { info() {}, warn() {}, error() {} };

export function openAt(place: Place): Promise<AuditDatabase> {
  return openAuditDatabase({ ...place, logger: silent });
}

/** A request of dana's that lists pods, except where said otherwise. */
export function aRequest(
  over: Omit<Partial<ProxiedRequest>, 'info'> & { info?: Partial<ProxiedRequest['info']> } = {},
): ProxiedRequest {
  const { info, ...rest } = over;
  return {
    stage: 'ResponseComplete',
    requestId: randomUUID(),
    receivedAt: 1_700_000_000_000,
    at: 1_700_000_000_012,
    method: 'GET',
    uri: '/api/v1/namespaces/payments/pods?limit=500',
    environmentId: 1,
    caller: {
      kubeconfigId: 7,
      userId: 3,
      username: 'dana',
      uid: '6f0c7a52-5d1c-4d3c-9a55-1f1f3cf0a111',
      teams: ['crew'],
    },
    identity: {
      user: 'sallyport:dana',
      uid: '6f0c7a52-5d1c-4d3c-9a55-1f1f3cf0a111',
      groups: ['sallyport:team:crew'],
      extra: { 'sallyport/kubeconfig-id': ['7'] },
    },
    address: '192.0.2.7',
    userAgent: 'kubectl/v1.34.0 (linux/amd64) kubernetes/abcdef0',
    protocol: 'HTTP/2',
    status: 200,
    code: null,
    aborted: false,
    bytesToClient: 1234,
    bytesFromClient: 0,
    ...rest,
    info: {
      isResourceRequest: true,
      verb: 'list',
      apiGroup: '',
      apiVersion: 'v1',
      namespace: 'payments',
      resource: 'pods',
      subresource: '',
      name: '',
      ...info,
    },
  };
}

/** An admin's act that adds a user, except where said otherwise. */
export function anAct(over: Partial<Act> = {}): Act {
  return {
    requestId: randomUUID(),
    receivedAt: 1_700_000_000_000,
    at: 1_700_000_000_005,
    method: 'POST',
    uri: '/api/users',
    verb: 'create',
    object: { resource: 'users', id: '9', name: 'erin' },
    person: { userId: 1, username: 'admin' },
    by: 'session',
    address: '192.0.2.1',
    userAgent: 'Mozilla/5.0',
    status: 201,
    code: null,
    details: { username: 'erin', role: 'user' },
    ...over,
  };
}
