import { setTimeout as sleep } from 'node:timers/promises';
import { coalesce } from '../coalesce.ts';
import { connectionProblem } from '../environments/connectionProblem.ts';
import type { KubeClient } from '../environments/kubeClient.ts';
import type { Logger } from '../store/database.ts';
import type { Store } from '../store/store.ts';
import { GONE, listNamespaces, NamespacesRefused, watchNamespaces } from './namespaceWatch.ts';
import { grantsByNamespaceLabel } from './queries.ts';
import { matcherOf } from './selectors.ts';

export interface NamespacesDependencies {
  readonly store: Store;
  /** The client for an environment's cluster; undefined where its credential does not open. */
  readonly kube: (environmentId: number) => KubeClient | undefined;
  readonly logger: Logger;
  /** How long what is known counts while the cluster confirms nothing; default 30,000. */
  readonly staleMs?: number;
  /** How long one watch lasts, in seconds; default 20. Its end confirms what is known. */
  readonly watchSeconds?: number;
  readonly now?: () => number;
}

export type Namespaces = ReturnType<typeof createNamespaces>;

/** What is known of one cluster. */
interface Watched {
  readonly stop: AbortController;
  /** Ends what is being asked now, so that it is asked anew. */
  round: AbortController;
  /** The connection that it was learned by: another one may lead to another cluster. */
  generation: string | undefined;
  /** The labels of each namespace; undefined: not known, or no longer. */
  labels: Map<string, Readonly<Record<string, string>>> | undefined;
  /** By selector, what it means now. */
  readonly matched: Map<string, readonly string[]>;
  /** Why nothing is known; a clause. */
  problem: string | undefined;
  /** Resolves after the first answer, whatever it was. */
  readonly first: PromiseWithResolvers<void>;
  staleTimer: NodeJS.Timeout | undefined;
}

/** A watch can miss nothing, but a whole list costs little as often as this. */
const RELIST_MS = 5 * 60_000;
/** How long somebody who waits for the first answer does. */
const PATIENCE_MS = 3_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** After a change of environments, until the registry has read it too. */
const SETTLE_MS = 200;

/**
 * Knows which namespaces of a cluster have which labels, for grants that choose namespaces by label.
 * It watches the clusters in which there are such grants, in each process for itself: what a person
 * may do follows from it with their very next request.
 *
 * What the cluster has not confirmed for {@link NamespacesDependencies.staleMs} is forgotten, and
 * then such grants give nothing there: a label that was taken away behind a connection that hangs
 * must not let anybody in for longer.
 */
export function createNamespaces({
  store,
  kube,
  logger,
  staleMs = 30_000,
  watchSeconds = 20,
  now = Date.now,
}: NamespacesDependencies) {
  const watched = new Map<number, Watched>();
  const listeners = new Set<(environmentId: number) => void>();
  const underWay = new Set<Promise<unknown>>();
  let unsubscribe = () => {};
  let settling: NodeJS.Timeout | undefined;
  let running = false;

  function start(): void {
    running = true;
    unsubscribe = store.onChange((topics) => {
      if (topics.has('environments')) settling ??= setTimeout(followSoon, SETTLE_MS);
      else if (topics.has('grants')) void follow();
    });
    void follow();
  }

  async function stop(): Promise<void> {
    running = false;
    unsubscribe();
    clearTimeout(settling);
    for (const id of [...watched.keys()]) forget(id);
    await Promise.allSettled([...underWay]);
  }

  function followSoon(): void {
    settling = undefined;
    void follow();
  }

  /** Watches where there is a grant that needs it, and nowhere else. */
  const follow = coalesce(async () => {
    try {
      const grants = await grantsByNamespaceLabel(store.db, now());
      if (!running) return;
      const needed = new Set(
        grants.flatMap(({ mode, environmentId }) => (mode === 'managed' ? environmentId : [])),
      );
      for (const [id, entry] of watched) {
        const moved = entry.generation !== undefined && entry.generation !== generationOf(id);
        if (!needed.has(id) || moved) forget(id);
      }
      for (const id of needed) watch(id);
    } catch (error) {
      logger.error({ err: error }, 'the grants by label could not be read');
    }
  });

  function generationOf(id: number): string | undefined {
    return kube(id)?.target.generation;
  }

  function forget(id: number): void {
    const entry = watched.get(id);
    if (!entry) return;
    watched.delete(id);
    entry.stop.abort();
    clearTimeout(entry.staleTimer);
    entry.first.resolve();
    tell(id);
  }

  function watch(id: number): Watched {
    const known = watched.get(id);
    if (known) return known;
    const entry: Watched = {
      stop: new AbortController(),
      round: new AbortController(),
      generation: undefined,
      labels: undefined,
      matched: new Map(),
      problem: 'the cluster has not been asked yet',
      first: Promise.withResolvers<void>(),
      staleTimer: undefined,
    };
    watched.set(id, entry);
    const run = keepUp(id, entry);
    underWay.add(run);
    void run.finally(() => underWay.delete(run));
    return entry;
  }

  /** Lists and watches again and again until it is stopped. */
  async function keepUp(id: number, entry: Watched): Promise<void> {
    const stopped = entry.stop.signal;
    let version: string | undefined;
    let listedAt = 0;
    let failures = 0;
    while (!stopped.aborted) {
      const client = kube(id);
      const round = new AbortController();
      entry.round = round;
      const signal = AbortSignal.any([stopped, round.signal]);
      try {
        if (!client) throw new NamespacesRefused('its stored credential cannot be opened');
        const { generation } = client.target;
        const due = now() - listedAt >= RELIST_MS || generation !== entry.generation;
        if (version === undefined || due) {
          const list = await listNamespaces(client, signal);
          entry.generation = generation;
          version = list.version;
          listedAt = now();
          setLabels(id, entry, list.labels);
        }
        version = await watchNamespaces(client, version, watchSeconds, signal, {
          confirmed: () => confirm(id, entry),
          changed: (name, labels) => change(id, entry, name, labels),
        });
        failures = 0;
      } catch (error) {
        if (stopped.aborted) return;
        version = undefined;
        // The cluster has forgotten what was before; that is no failure.
        if (error === GONE) continue;
        if (!round.signal.aborted) entry.problem = problemOf(error, client);
        // Whoever may not read labels any more must not go by those read before.
        if (error instanceof NamespacesRefused) lose(id, entry);
        entry.first.resolve();
        failures += 1;
        const pause = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS);
        await sleep(pause, undefined, { signal: stopped }).catch(() => {});
      }
    }
  }

  function setLabels(id: number, entry: Watched, labels: NonNullable<Watched['labels']>): void {
    entry.labels = labels;
    entry.problem = undefined;
    entry.matched.clear();
    confirm(id, entry);
    entry.first.resolve();
    tell(id);
  }

  function change(
    id: number,
    entry: Watched,
    name: string,
    labels: Readonly<Record<string, string>> | undefined,
  ): void {
    if (!entry.labels) return;
    const before = entry.labels.get(name);
    if (labels) entry.labels.set(name, labels);
    else entry.labels.delete(name);
    if (JSON.stringify(before) === JSON.stringify(labels)) return;
    entry.matched.clear();
    tell(id);
  }

  /** The cluster has shown that what is known is so. */
  function confirm(id: number, entry: Watched): void {
    clearTimeout(entry.staleTimer);
    if (entry.stop.signal.aborted) return;
    entry.staleTimer = setTimeout(() => {
      entry.problem = 'the cluster has not answered for a while';
      lose(id, entry);
      // What was lost is in no watch that goes on, should this one: it takes a new list.
      entry.round.abort();
    }, staleMs).unref();
  }

  function lose(id: number, entry: Watched): void {
    clearTimeout(entry.staleTimer);
    if (!entry.labels) return;
    entry.labels = undefined;
    entry.matched.clear();
    tell(id);
  }

  function tell(id: number): void {
    for (const listener of listeners) listener(id);
  }

  return {
    start,
    stop,

    /** Resolves once a cluster's namespaces are known, or cannot be: after some seconds at most. */
    async ready(id: number): Promise<void> {
      if (!running) return;
      const entry = watch(id);
      if (entry.labels) return;
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      await Promise.race([entry.first.promise, enough]);
      clearTimeout(timer);
    },

    /**
     * The namespaces that a selector means now, sorted; undefined: not known, and
     * {@link problem} says why.
     */
    matching(id: number, selector: string): readonly string[] | undefined {
      const entry = watched.get(id);
      if (!entry?.labels || entry.generation !== generationOf(id)) return undefined;
      const known = entry.matched.get(selector);
      if (known) return known;
      const matches = matcherOf(selector);
      const names = [...entry.labels].flatMap(([name, labels]) => (matches(labels) ? name : []));
      names.sort();
      entry.matched.set(selector, names);
      return names;
    },

    /** Why the namespaces of a cluster are not known, as a clause. */
    problem(id: number): string {
      return watched.get(id)?.problem ?? 'the cluster has not been asked yet';
    },

    /** Tells of each cluster of which something else is known now. @returns ends that */
    onChange(listener: (environmentId: number) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function problemOf(error: unknown, client: KubeClient | undefined): string {
  if (error instanceof NamespacesRefused || !client) return String((error as Error).message);
  return `the cluster cannot be reached: ${connectionProblem(error, client.target).why}`;
}
