/** Makes the events that the proxy tells, of admitted requests and of refused ones. */
import type { SallyportError } from '../errors.ts';
import type { Client } from './client.ts';
import type { ProxyEvent } from './events.ts';
import type { Admitted, Incoming, Known } from './gate.ts';

/** An exchange, as far as its event tells of it. */
export interface Told {
  readonly admitted: Admitted;
  readonly client: Pick<Client, 'protocol'>;
  /** As sent to the client; 0: nothing yet. */
  readonly status: number;
  readonly bytesToClient: number;
  readonly bytesFromClient: number;
}

/** @param at epoch ms */
export function eventOf(
  exchange: Told,
  stage: ProxyEvent['stage'],
  error: SallyportError | null,
  aborted: boolean,
  at: number,
): ProxyEvent {
  const { incoming, info, target, caller, passage, headers } = exchange.admitted;
  return {
    stage,
    requestId: incoming.requestId,
    receivedAt: incoming.receivedAt,
    at,
    method: incoming.method,
    uri: target.rest,
    info,
    environmentId: target.environmentId,
    caller,
    identity: passage.identity,
    address: incoming.connection.address,
    userAgent: headers.userAgent,
    protocol: exchange.client.protocol,
    status: exchange.status,
    code: error?.code ?? null,
    aborted,
    bytesToClient: exchange.bytesToClient,
    bytesFromClient: exchange.bytesFromClient,
  };
}

/**
 * @param known what the gate had found out when it refused
 * @param at epoch ms
 */
export function refusalOf(
  client: Client,
  incoming: Incoming,
  error: SallyportError,
  known: Known,
  at: number,
): ProxyEvent {
  return {
    stage: 'ResponseComplete',
    requestId: incoming.requestId,
    receivedAt: incoming.receivedAt,
    at,
    method: incoming.method,
    uri: known.target?.rest ?? incoming.target,
    info: known.info ?? null,
    environmentId: known.target?.environmentId ?? null,
    caller: known.caller ?? null,
    identity: null,
    address: incoming.connection.address,
    userAgent: known.headers?.userAgent,
    protocol: client.protocol,
    status: error.status,
    code: error.code,
    aborted: false,
    bytesToClient: 0,
    bytesFromClient: 0,
  };
}
