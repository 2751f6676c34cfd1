import {
  type Act,
  type AuditEvent,
  eventOfAct,
  eventOfRequest,
  type ProxiedRequest,
} from './event.ts';
import { wordsOf } from './words.ts';

/** An event as it is written: what it is asked by, its text, and the words it is found by. */
export interface AuditRecord {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly kind: 'proxy' | 'act';
  readonly userId: number | null;
  readonly username: string | null;
  readonly environmentId: number | null;
  readonly namespace: string | null;
  readonly verb: string;
  readonly resource: string | null;
  /** HTTP status; 0: none was sent. */
  readonly status: number;
  /** JSON of the Event, in one line. */
  readonly event: string;
  readonly words: readonly string[];
}

/** @param environment the name of the environment, where there is one */
export function recordOfRequest(
  request: ProxiedRequest,
  environment: string | undefined,
): AuditRecord {
  return record(eventOfRequest(request, environment), {
    time: request.at,
    kind: 'proxy',
    userId: request.caller?.userId ?? null,
    username: request.caller?.username ?? null,
    environmentId: existing(request.environmentId),
    status: request.status,
  });
}

export function recordOfAct(act: Act): AuditRecord {
  return record(eventOfAct(act), {
    time: act.at,
    kind: 'act',
    userId: act.person?.userId ?? null,
    username: act.person?.username ?? null,
    environmentId:
      act.object.resource === 'environments' ? existing(Number(act.object.id) || null) : null,
    status: act.status,
  });
}

/** Whoever asks for an environment may write any number; ids end at 31 bits. */
function existing(environmentId: number | null): number | null {
  return environmentId !== null && environmentId <= MAX_ID ? environmentId : null;
}

const MAX_ID = 2_147_483_647;

type Facts = Pick<
  AuditRecord,
  'time' | 'kind' | 'userId' | 'username' | 'environmentId' | 'status'
>;

function record(event: AuditEvent, facts: Facts): AuditRecord {
  const { objectRef, annotations } = event;
  const text = [
    event.user.username,
    event.verb,
    event.requestURI,
    objectRef?.name,
    event.userAgent,
    ...event.sourceIPs,
    annotations['sallyport/environment'],
    annotations['sallyport/code'],
    annotations['sallyport/details'],
  ];
  return {
    ...facts,
    namespace: objectRef?.namespace ?? null,
    verb: event.verb,
    resource: objectRef?.resource ?? null,
    event: JSON.stringify(event),
    words: wordsOf(...text.filter((part) => part !== undefined)),
  };
}
