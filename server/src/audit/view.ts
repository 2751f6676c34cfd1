import type { AuditItem } from '@sallyport/contract';
import type { AuditEvent } from './event.ts';
import type { AuditRow } from './search.ts';

/** An event as a person reads it. */
export function viewItem(row: AuditRow): AuditItem {
  const event = JSON.parse(row.event) as AuditEvent;
  const { objectRef, annotations } = event;
  const details = annotations['sallyport/details'];
  return {
    id: row.id,
    time: toMillis(event.stageTimestamp),
    receivedAt: toMillis(event.requestReceivedTimestamp),
    kind: row.kind,
    stage: event.stage,
    requestId: event.auditID,
    userId: row.user_id,
    username: row.username,
    kubeconfigId: numberOf(annotations['sallyport/kubeconfig-id']),
    environmentId: row.environment_id,
    environmentName: annotations['sallyport/environment'] ?? null,
    address: event.sourceIPs[0] ?? '',
    userAgent: event.userAgent ?? null,
    method: annotations['sallyport/method'] ?? '',
    uri: event.requestURI,
    verb: event.verb,
    apiGroup: objectRef?.apiGroup ?? null,
    resource: objectRef?.resource ?? null,
    subresource: objectRef?.subresource ?? null,
    namespace: objectRef?.namespace ?? null,
    name: objectRef?.name ?? null,
    status: event.responseStatus?.code ?? null,
    code: annotations['sallyport/code'] ?? null,
    aborted: annotations['sallyport/aborted'] === 'true',
    durationMs: numberOf(annotations['sallyport/duration-ms']) ?? 0,
    bytesToClient: numberOf(annotations['sallyport/bytes-to-client']),
    bytesFromClient: numberOf(annotations['sallyport/bytes-from-client']),
    details: details === undefined ? null : (JSON.parse(details) as Record<string, unknown>),
  };
}

/** The three digits after the second that are all there is. */
function toMillis(microTime: string): string {
  return `${microTime.slice(0, -4)}Z`;
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
