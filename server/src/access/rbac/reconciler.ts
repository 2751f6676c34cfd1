import { type Channel, noChannel } from '../../channel.ts';
import { coalesce } from '../../coalesce.ts';
import { connectionProblem } from '../../environments/connectionProblem.ts';
import { type KubeClient, withSignal } from '../../environments/kubeClient.ts';
import { createLimit } from '../../limit.ts';
import type { Logger } from '../../store/database.ts';
import type { Store } from '../../store/store.ts';
import type { Namespaces } from '../namespaces.ts';
import { type DesiredBinding, desiredBindings } from '../policy.ts';
import { type GrantInEnvironment, grantsInEnvironments, withNamespaces } from '../queries.ts';
import { bring, keyOf, type Needs } from './bring.ts';
import { Refused } from './cluster.ts';
import { customRoles } from './customRoles.ts';
import { ownerOf } from './manifests.ts';
import type { ReconcileResult } from './result.ts';
import type { DesiredRole } from './roleManifests.ts';

export interface ReconcilerDependencies {
  readonly store: Store;
  /** The client for an environment's cluster; undefined where its credential does not open. */
  readonly kube: (environmentId: number) => KubeClient | undefined;
  /** Which namespaces grants by label mean. */
  readonly namespaces: Pick<Namespaces, 'ready' | 'matching' | 'onChange'>;
  /** A UUID of this installation: its bindings bear it. */
  readonly instanceId: string;
  readonly logger: Logger;
  /** To the processes that have the same clusters. One of them is started, all may be asked. */
  readonly results?: Channel<ResultMessage>;
  /** How often bindings that somebody else changed are repaired; default 60,000. */
  readonly intervalMs?: number;
  readonly now?: () => number;
}

export type Reconciler = ReturnType<typeof createReconciler>;

/** What a process tells the others: what a run came to. A new one asks for all. */
export type ResultMessage =
  | 'all?'
  | { readonly environmentId: number; readonly result: ReconcileResult };

/** What is known of one environment. */
interface Tracked {
  /** What people call it; undefined: it was never found. */
  name: string | undefined;
  /** Runs, or waits for the run that sees what is in the store now. */
  readonly reconcile: () => Promise<ReconcileResult>;
  /** What the last run worked on, to notice when that changes. */
  wanted: string | undefined;
  result: ReconcileResult | undefined;
  /** Failed runs in a row. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/** Clusters worked on at once. */
const AT_ONCE = 32;
const FIRST_RETRY_MS = 1_000;
/** Such as a namespace that does not exist yet. */
const PROBLEM_RETRY_MS = 10_000;
const RELEASE_MS = 5_000;
/** How often a run goes on where needs keep changing; the next run sees what is left. */
const ROUNDS = 5;
/** After a change of environments, until the registry has read it too. */
const SETTLE_MS = 200;

/**
 * Keeps each managed cluster's bindings as grants need them: makes what is missing, repairs what
 * was changed, removes what no grant needs, and tries again what failed. Never touches what does
 * not bear its labels. In an external environment it removes its own and does nothing else.
 */
export function createReconciler({
  store,
  kube,
  namespaces,
  instanceId,
  logger,
  results = noChannel('bindings'),
  intervalMs = 60_000,
  now = Date.now,
}: ReconcilerDependencies) {
  const tracked = new Map<number, Tracked>();
  const limit = createLimit(AT_ONCE);
  let unsubscribe: ReadonlyArray<() => void> = [];
  let settling: NodeJS.Timeout | undefined;
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  let running = false;
  results.subscribe((message) => {
    if (message !== 'all?') track(message.environmentId).result = message.result;
    else if (running) publishAll();
  });
  results.publish('all?');

  function publishAll(): void {
    for (const [environmentId, { result }] of tracked)
      if (result) results.publish({ environmentId, result });
  }

  function start(): void {
    running = true;
    unsubscribe = [
      store.onChange((topics) => {
        if (topics.has('environments')) settling ??= setTimeout(followSoon, SETTLE_MS);
        else if (topics.has('grants') || topics.has('users') || topics.has('teams')) void follow();
      }),
      namespaces.onChange(() => void follow()),
    ];
    void follow();
  }

  async function stop(): Promise<void> {
    running = false;
    stopping.abort();
    for (const end of unsubscribe) end();
    clearTimeout(settling);
    for (const { timer } of tracked.values()) clearTimeout(timer);
    await Promise.allSettled([...underWay]);
  }

  function followSoon(): void {
    settling = undefined;
    void follow();
  }

  /** Works on those environments whose needs have changed, and forgets those that are gone. */
  const follow = coalesce(async () => {
    try {
      const environments = await store.db
        .selectFrom('environments')
        .select(['id', 'rbac'])
        .execute();
      const grants = Map.groupBy(
        await grantsInEnvironments(store.db),
        ({ environmentId }) => environmentId,
      );
      const known = await customRoles(store.db);
      const ids = new Set(environments.map(({ id }) => id));
      for (const [id, { timer }] of tracked) {
        if (ids.has(id)) continue;
        clearTimeout(timer);
        tracked.delete(id);
      }
      for (const { id, rbac } of environments) {
        const desired = rbac === 'managed' ? needsOf(grants.get(id) ?? []) : [];
        const roles = neededRoles(desired, known);
        const changed = track(id).wanted !== fingerprint(rbac, { desired, roles }, kube(id));
        if (changed && running) void reconcile(id);
      }
    } catch (error) {
      logger.error({ err: error }, 'the grants could not be read');
    }
  });

  /** Where it is not known which namespaces a grant means, nobody has it there, nor any binding. */
  function needsOf(grants: readonly GrantInEnvironment[]): readonly DesiredBinding[] {
    return desiredBindings(withNamespaces(grants, namespaces.matching), now());
  }

  async function needsIn(id: number, managed: boolean): Promise<Needs> {
    const grants = managed ? await grantsInEnvironments(store.db, id) : [];
    if (grants.some(({ namespaceSelector }) => namespaceSelector !== undefined)) {
      await namespaces.ready(id);
    }
    const desired = needsOf(grants);
    return { desired, roles: neededRoles(desired, await customRoles(store.db)) };
  }

  /**
   * Brings an environment's cluster up to date with the grants in the store. Calls for one
   * environment run one after another, and those that wait share a run.
   *
   * @returns what came of it; never rejects
   */
  function reconcile(id: number): Promise<ReconcileResult> {
    const run = track(id).reconcile();
    underWay.add(run);
    void run.finally(() => underWay.delete(run));
    return run;
  }

  function track(id: number): Tracked {
    const known = tracked.get(id);
    if (known) return known;
    const entry: Tracked = {
      name: undefined,
      reconcile: coalesce(() => limit(() => runOnce(id, entry))),
      wanted: undefined,
      result: undefined,
      failures: 0,
      timer: undefined,
    };
    tracked.set(id, entry);
    return entry;
  }

  async function runOnce(id: number, entry: Tracked): Promise<ReconcileResult> {
    clearTimeout(entry.timer);
    const result = await attempt(id, entry);
    if (result.state === 'failed') {
      if (entry.failures === 0 && !stopping.signal.aborted) {
        const { name: environment } = entry;
        const about = { environmentId: id, environment, why: result.message };
        logger.warn(about, 'bindings not up to date');
      }
      entry.failures += 1;
    } else {
      entry.failures = 0;
    }
    entry.result = result;
    results.publish({ environmentId: id, result });
    const delay = pauseAfter(result, entry.failures, intervalMs);
    if (running && tracked.get(id) === entry && delay !== undefined) {
      entry.timer = setTimeout(() => void reconcile(id), delay);
    }
    return result;
  }

  async function attempt(id: number, entry: Tracked): Promise<ReconcileResult> {
    let client: KubeClient | undefined;
    let managed = true;
    try {
      const environment = await store.db
        .selectFrom('environments')
        .select(['rbac', 'name'])
        .where('id', '=', id)
        .executeTakeFirst();
      if (environment) entry.name = environment.name;
      if (!environment) return { state: 'failed', message: 'the environment is removed' };
      managed = environment.rbac === 'managed';
      const readNeeds = () => needsIn(id, managed);
      let needs = await readNeeds();
      client = kube(id);
      if (!client) {
        entry.wanted = fingerprint(environment.rbac, needs, client);
        return { state: 'failed', message: 'its stored credential cannot be opened' };
      }
      const owner = ownerOf(instanceId, id);
      let result: ReconcileResult;
      // Two processes may work on one cluster. What this one takes away by needs that are no longer
      // true, the other has no reason to make again; so whoever worked looks whether they still are.
      for (let round = 1; ; round++) {
        entry.wanted = fingerprint(environment.rbac, needs, client);
        result = await bring(withSignal(client, stopping.signal), owner, needs, readNeeds);
        needs = await readNeeds();
        const same = fingerprint(environment.rbac, needs, client) === entry.wanted;
        if (same || round === ROUNDS || stopping.signal.aborted) break;
      }
      return managed ? result : { state: 'external' };
    } catch (error) {
      if (error instanceof Refused) {
        // Whoever runs the cluster need not let us list bindings when we are to make none.
        if (!managed && error.status === 403) return { state: 'external' };
        return { state: 'failed', message: error.message };
      }
      if (!client) {
        const about = { err: error, environmentId: id, environment: entry.name };
        logger.error(about, 'the grants of an environment could not be read');
        return { state: 'failed', message: 'the grants could not be read' };
      }
      const { why } = connectionProblem(error, client.target);
      return { state: 'failed', message: `the cluster cannot be reached: ${why}` };
    }
  }

  return {
    start,
    stop,
    reconcile,
    /** What the last run for an environment came to; undefined: there was none yet. */
    result: (id: number): ReconcileResult | undefined => tracked.get(id)?.result,
    /**
     * Removes what was made in an environment that is external by now, as far as it can within
     * some seconds. Never rejects.
     */
    async release(id: number): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, RELEASE_MS);
      });
      await Promise.race([reconcile(id), enough]);
      clearTimeout(timer);
    },
  };
}

/** The custom roles that bindings refer to. */
function neededRoles(
  desired: readonly DesiredBinding[],
  known: ReadonlyMap<string, DesiredRole>,
): DesiredRole[] {
  return [...new Set(desired.map(({ roleKey }) => roleKey))].flatMap((key) => known.get(key) ?? []);
}

/** Differs when a run would have something else to do, or another way to do it. */
function fingerprint(
  mode: 'managed' | 'external',
  { desired, roles }: Needs,
  client: KubeClient | undefined,
): string {
  const named = roles.map(({ roleKey, names }) => `${roleKey}=${names.join(',')}`);
  return [mode, client?.target.generation, ...desired.map(keyOf), ...named].join(' ');
}

/** Milliseconds until the next run; undefined: none is needed. */
function pauseAfter(
  result: ReconcileResult,
  failures: number,
  intervalMs: number,
): number | undefined {
  if (result.state === 'external') return undefined;
  if (result.state === 'failed') {
    return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10), intervalMs);
  }
  const open = result.problems.size > 0 || result.leftovers.length > 0;
  const pause = open ? Math.min(PROBLEM_RETRY_MS, intervalMs) : intervalMs;
  return pause * (0.9 + 0.2 * Math.random());
}
