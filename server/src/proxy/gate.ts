/**
 * The gate that every proxied request passes, plain or upgrade, HTTP/1.1 or HTTP/2: what it asks,
 * who asks, whether they may enter. There is no way from a client to an API server around it.
 */
import { randomUUID } from 'node:crypto';
import { fail, SallyportError } from '../errors.ts';
import { type Caller, KubeconfigRefused } from '../kubeconfigs/caller.ts';
import { type Credential, readCredential } from './credentials.ts';
import type { ConnectionInfo, Passage, ProxyDependencies } from './dependencies.ts';
import { type RequestHeaders, readHeaders } from './headers.ts';
import type { Limits } from './limits.ts';
import { isLongRunning, type RequestInfo, requestInfo } from './requestInfo.ts';
import { type RequestTarget, readTarget } from './requestTarget.ts';

/** A request as it came. */
export interface Incoming {
  readonly method: string;
  /** The raw request target. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The same array comes again with other requests, so what is read from it is kept. */
  readonly repeats?: true;
  readonly connection: ConnectionInfo;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/** What the gate has found out, as far as it came. */
export interface Known {
  target?: RequestTarget;
  info?: RequestInfo;
  headers?: RequestHeaders;
  caller?: Caller;
}

/** A request that may pass. Its place among the limits is taken, and must be given back. */
export interface Admitted {
  readonly incoming: Incoming;
  readonly target: RequestTarget;
  readonly info: RequestInfo;
  readonly headers: RequestHeaders;
  readonly subprotocols: string;
  readonly caller: Caller;
  readonly passage: Passage;
  /** What the caller is to be told with the answer. */
  readonly notice: string | undefined;
  /** Kept in memory while the request is open, to ask again whether it may be. */
  readonly token: string;
  /** No limit of time is for it. */
  readonly long: boolean;
}

/** What a request's headers say, as far as it has been asked. */
interface ReadOnce {
  readonly headers: RequestHeaders;
  credential: Credential | undefined;
}

/** For as long as their connections have the arrays. */
const readOnce = new WeakMap<readonly string[], ReadOnce>();

function read({ rawHeaders, repeats }: Incoming): ReadOnce {
  if (repeats === undefined) return { headers: readHeaders(rawHeaders), credential: undefined };
  const known = readOnce.get(rawHeaders);
  if (known !== undefined) return known;
  const found: ReadOnce = { headers: readHeaders(rawHeaders), credential: undefined };
  readOnce.set(rawHeaders, found);
  return found;
}

export interface GateResult {
  onAdmitted(admitted: Admitted): void;
  onRefused(error: SallyportError, known: Known): void;
}

/** TRACE would echo credentials, CONNECT would open a tunnel; WebDAV's and the like are unknown there. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
/** kubeconfigs whose last use is remembered; when there are more, all are told of anew. */
const MAX_USED = 10_000;
const USED_INTERVAL = 60_000;
/** How often who asks and whether they may enter is asked, while both keep changing. */
const ROUNDS = 10;

export interface Gate {
  /** @param upgrade the request came as an upgrade, so it will last */
  pass(incoming: Incoming, upgrade: boolean, result: GateResult): void;
}

/** @param stopping whether nothing new may pass */
export function createGate(deps: ProxyDependencies, limits: Limits, stopping: () => boolean): Gate {
  const used = new Map<number, number>();

  function tellUsed(caller: Caller, incoming: Incoming, headers: RequestHeaders): void {
    if (deps.used === undefined) return;
    const last = used.get(caller.kubeconfigId);
    if (last !== undefined && incoming.receivedAt - last < USED_INTERVAL) return;
    if (used.size >= MAX_USED) used.clear();
    used.set(caller.kubeconfigId, incoming.receivedAt);
    deps.used(caller, { address: incoming.connection.address, userAgent: headers.userAgent });
  }

  return {
    pass(incoming, upgrade, result) {
      const known: Known = {};
      const refuse = (error: unknown) => {
        if (error instanceof KubeconfigRefused) known.caller = error.caller;
        result.onRefused(asSallyportError(error, incoming, deps), known);
      };
      try {
        if (stopping()) throw fail('proxy.stopping');
        if (!incoming.connection.secure) throw fail('proxy.https_only');
        const target = readTarget(incoming.target, incoming.connection.environmentId);
        known.target = target;
        const { method } = incoming;
        if (!METHODS.has(method)) {
          throw fail('request.method_not_allowed', {
            method: plainMethod(method),
            path: 'the proxy',
          });
        }
        const said = read(incoming);
        const { headers } = said;
        known.headers = headers;
        if (upgrade) refuseOtherUpgrades(headers);
        const info = requestInfo(method, target.rest);
        known.info = info;
        said.credential ??= readCredential(headers);
        const { credential } = said;

        let notice: string | undefined;
        let noticed = upgrade || deps.notice === undefined;
        const admit = (caller: Caller, passage: Passage): void => {
          // It may have begun to stop while the answers were waited for.
          if (stopping()) throw fail('proxy.stopping');
          const long = upgrade || isLongRunning(info);
          limits.take(caller.kubeconfigId, target.environmentId, long);
          tellUsed(caller, incoming, headers);
          result.onAdmitted({
            incoming,
            target,
            info,
            headers,
            subprotocols: credential.subprotocols,
            caller,
            passage,
            notice,
            token: credential.token,
            long,
          });
        };
        // What had to be waited for may have changed meanwhile, and a stream that is not open yet is
        // not ended by that change. So it is asked again, until both answers are of one turn.
        const ask = (rounds: number): void => {
          if (rounds === 0) throw fail('proxy.access_unsettled', { seconds: 1 });
          const found = deps.authenticate(credential.token, credential.hash);
          const entered = (caller: Caller): void => {
            known.caller = caller;
            const passage = deps.enter(caller, target.environmentId);
            const again = found instanceof Promise || passage instanceof Promise;
            const settled = (known: Passage): void => {
              if (again) ask(rounds - 1);
              else if (noticed) admit(caller, known);
              else tell(caller, known, rounds);
            };
            whenKnown(passage, settled, refuse);
          };
          whenKnown(found, entered, refuse);
        };
        const tell = (caller: Caller, passage: Passage, rounds: number): void => {
          noticed = true;
          const due = deps.notice?.(caller);
          const told = (text: string | undefined): void => {
            notice = text;
            if (due instanceof Promise) ask(rounds - 1);
            else admit(caller, passage);
          };
          whenKnown(due, told, refuse);
        };
        const room = deps.room?.();
        if (room === undefined) ask(ROUNDS);
        else room.then(() => ask(ROUNDS)).catch(refuse);
      } catch (error) {
        refuse(error);
      }
    },
  };
}

/**
 * Only the two protocols that Kubernetes speaks are passed on: `h2c` above all would carry further
 * requests that nobody looks at. A body has no place either, since its end and the beginning of the
 * new protocol could be read in two ways.
 */
function refuseOtherUpgrades(headers: RequestHeaders): void {
  const protocol = headers.upgrade?.toLowerCase();
  if (protocol !== 'websocket' && protocol !== 'spdy/3.1') {
    throw fail('request.header_invalid', {
      why: 'Upgrade asks for neither WebSocket nor SPDY/3.1',
    });
  }
  if (headers.chunked || (headers.contentLength ?? 0) > 0) {
    throw fail('request.header_invalid', { why: 'a request for an upgrade has a body' });
  }
}

/** A new request id; the API server takes up to 64 characters of it as its audit id. */
export function newRequestId(): string {
  return randomUUID();
}

/** What is cached is known at once: then nothing waits, and no promise is made. */
export function whenKnown<T>(
  value: T | Promise<T>,
  then: (value: T) => void,
  failed: (error: unknown) => void,
): void {
  if (value instanceof Promise) value.then(then).catch(failed);
  else then(value);
}

/** Whatever is not in the registry is a fault of ours: it goes to the log, not to the client. */
export function asSallyportError(
  error: unknown,
  incoming: Incoming,
  deps: ProxyDependencies,
): SallyportError {
  const known =
    error instanceof SallyportError && error.code !== 'internal.error'
      ? error
      : fail('internal.error', { requestId: incoming.requestId }, error);
  if (known.code === 'internal.error') {
    deps.logger.error({ err: error, requestId: incoming.requestId }, 'a proxied request failed');
  }
  return known.withUrl(deps.publicUrl(incoming.connection));
}

function plainMethod(method: string): string {
  return /^[A-Z]{1,20}$/.test(method) ? method : 'This method';
}
