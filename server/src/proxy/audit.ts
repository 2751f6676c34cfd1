/** Makes the events that the proxy tells, of admitted requests and of refused ones. */
import type { SallyportError } from '../errors.ts';
import type { Client } from './client.ts';
import type { ProxyEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import type { Incoming, Known } from './gate.ts';

/** @param at epoch ms */
export function eventOf(
  exchange: Exchange,
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
