/**
 * What is open: every proxied request from its admission to its end. From here they are ended when
 * they may no longer be, and from here the time limits are kept, by one sweep for all instead of a
 * timer for each.
 */
import type { Target } from '../environments/target.ts';
import { fail, type SallyportError } from '../errors.ts';
import type { Caller } from '../kubeconfigs/caller.ts';
import type { Passage, ProxyDependencies } from './dependencies.ts';
import { type Admitted, asSallyportError, whenKnown } from './gate.ts';
import type { UpstreamIdentity } from './identity.ts';

/** An open request, as the registry needs it. */
export interface OpenRequest {
  readonly admitted: Admitted;
  /** Epoch ms by which something must have happened; 0: there is no limit. */
  readonly deadline: number;
  readonly bytesToClient: number;
  readonly bytesFromClient: number;
  /** The deadline is over. */
  expire(): void;
  /**
   * Why it may not go on though the caller may still do all that they might; for requests whose
   * answer depends on more than that.
   */
  outdatedBy?(now: Passage): SallyportError | undefined;
  /** Ends it now and says why, as far as its protocol lets. */
  end(error: SallyportError): void;
}

/** An open stream, as a page shows it. */
export interface StreamInfo {
  readonly requestId: string;
  readonly kubeconfigId: number;
  readonly userId: number;
  readonly username: string;
  readonly environmentId: number;
  readonly environmentName: string;
  readonly method: string;
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Without its query. */
  readonly path: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly bytesToClient: number;
  readonly bytesFromClient: number;
}

export interface Streams {
  add(request: OpenRequest): void;
  delete(request: OpenRequest): void;
  /** The open streams, without short requests. */
  list(): StreamInfo[];
  /** Asks anew for every open request whether it may be, and ends those that may not. */
  recheck(): Promise<void>;
  /** Ends a stream. @returns whether it was open here */
  end(requestId: string, error: SallyportError): boolean;
  /** Ends what `which` says. */
  endAll(error: SallyportError, which: (request: OpenRequest) => boolean): void;
  /** Resolves once nothing is open. */
  whenEmpty(): Promise<void>;
  close(): void;
}

/** Half of the second within which an end must come. */
const SWEEP_INTERVAL = 500;
/** Milliseconds. What stays open is in use, also where it asks for nothing new for weeks. */
const USED_INTERVAL = 5 * 60_000;

interface Entry {
  readonly request: OpenRequest;
  /** Epoch ms; when access must be asked anew. */
  validUntil: number;
}

export function createStreams(deps: ProxyDependencies, now: () => number): Streams {
  const open = new Map<OpenRequest, Entry>();
  let whenEmpty: Array<() => void> = [];
  let usedAt = now();

  const sweeper = setInterval(() => {
    const time = now();
    if (time - usedAt >= USED_INTERVAL) {
      usedAt = time;
      tellUsed();
    }
    const ends = deps.timeOfEnds?.() ?? time;
    const due: Entry[] = [];
    for (const entry of open.values()) {
      const { deadline } = entry.request;
      if (deadline !== 0 && deadline <= time) entry.request.expire();
      else if (entry.validUntil <= ends) due.push(entry);
    }
    void recheckAll(due);
  }, SWEEP_INTERVAL);
  sweeper.unref();

  function tellUsed(): void {
    const callers = new Map<number, Admitted>();
    for (const { admitted } of open.keys()) callers.set(admitted.caller.kubeconfigId, admitted);
    for (const { caller, incoming, headers } of callers.values()) {
      deps.used?.(caller, { address: incoming.connection.address, userAgent: headers.userAgent });
    }
  }

  /** Asks once for each pair of kubeconfig and environment. */
  async function recheckAll(entries: Iterable<Entry>): Promise<void> {
    const groups = new Map<string, Entry[]>();
    for (const entry of entries) {
      const { token, target } = entry.request.admitted;
      const key = `${target.environmentId} ${token}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
    await Promise.all(Array.from(groups.values(), recheckGroup));
  }

  function recheckGroup(entries: readonly Entry[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = entries[0];
    if (first === undefined) return Promise.resolve();
    const { token, target, incoming } = first.request.admitted;
    const refused = (error: unknown) => {
      // What cannot be asked is not allowed: a store that is down ends streams, it does not spare them.
      const reason = asSallyportError(error, incoming, deps);
      for (const { request } of entries) if (open.has(request)) request.end(reason);
      resolve();
    };
    const entered = (passage: Passage) => {
      for (const entry of entries) {
        if (!open.has(entry.request)) continue;
        const outdated = entry.request.outdatedBy?.(passage);
        if (outdated !== undefined) entry.request.end(outdated);
        else if (stillCovers(entry.request.admitted.passage, passage)) {
          entry.validUntil = passage.validUntil ?? Number.POSITIVE_INFINITY;
        } else {
          const { environmentName } = passage.target;
          entry.request.end(fail('proxy.access_changed', { environment: environmentName }));
        }
      }
      resolve();
    };
    try {
      const enter = (caller: Caller) =>
        whenKnown(deps.enter(caller, target.environmentId), entered, refused);
      whenKnown(deps.authenticate(token), enter, refused);
    } catch (error) {
      refused(error);
    }
    return promise;
  }

  return {
    add(request) {
      const validUntil = request.admitted.passage.validUntil ?? Number.POSITIVE_INFINITY;
      open.set(request, { request, validUntil });
    },
    delete(request) {
      open.delete(request);
      if (open.size === 0 && whenEmpty.length > 0) {
        for (const resolve of whenEmpty) resolve();
        whenEmpty = [];
      }
    },
    list() {
      const streams: StreamInfo[] = [];
      for (const request of open.keys()) if (request.admitted.long) streams.push(describe(request));
      return streams;
    },
    recheck: () => recheckAll(open.values()),
    end(requestId, error) {
      for (const request of open.keys()) {
        if (request.admitted.incoming.requestId !== requestId || !request.admitted.long) continue;
        request.end(error);
        return true;
      }
      return false;
    },
    endAll(error, which) {
      for (const request of [...open.keys()]) if (which(request)) request.end(error);
    },
    whenEmpty() {
      if (open.size === 0) return Promise.resolve();
      return new Promise((resolve) => whenEmpty.push(resolve));
    },
    close() {
      clearInterval(sweeper);
    },
  };
}

/**
 * Whether what was let in before would be let in the same way now. The API server asks for
 * permissions only when a stream begins, so one that has fewer groups now must begin anew; so must
 * one whose environment has come to mean another server.
 */
function stillCovers(before: Passage, now: Passage): boolean {
  return sameServer(before.target, now.target) && sameOrMore(before.identity, now.identity);
}

/**
 * Another name or credential of an environment changes nothing for what is open: the API server has
 * looked at the credential once, and those that are replaced every hour must not cut every watch.
 */
function sameServer(before: Target, now: Target): boolean {
  return (
    before === now ||
    (before.host === now.host &&
      before.port === now.port &&
      before.servername === now.servername &&
      before.basePath === now.basePath &&
      before.ca === now.ca)
  );
}

function sameOrMore(before: UpstreamIdentity, now: UpstreamIdentity): boolean {
  if (before === now) return true;
  if (before.user !== now.user || before.uid !== now.uid) return false;
  const groups = new Set(now.groups);
  return before.groups.every((group) => groups.has(group));
}

function describe(request: OpenRequest): StreamInfo {
  const { admitted, bytesToClient, bytesFromClient } = request;
  const { caller, incoming, info, target, headers, passage } = admitted;
  return {
    requestId: incoming.requestId,
    kubeconfigId: caller.kubeconfigId,
    userId: caller.userId,
    username: caller.username,
    environmentId: target.environmentId,
    environmentName: passage.target.environmentName,
    method: incoming.method,
    verb: info.verb,
    apiGroup: info.apiGroup,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    path: target.rest.split('?', 1)[0] ?? '',
    address: incoming.connection.address,
    userAgent: headers.userAgent,
    startedAt: incoming.receivedAt,
    bytesToClient,
    bytesFromClient,
  };
}
