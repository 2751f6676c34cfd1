import { SallyportError } from '../errors.ts';
import { createLimit } from '../limit.ts';
import type { Logger } from '../store/database.ts';
import type { Store } from '../store/store.ts';
import { type CapacityColumns, readCapacity } from './capacity.ts';
import { readVersion, serverOf } from './check.ts';
import { explainConnection } from './connectionProblem.ts';
import type { Environments } from './environments.ts';
import type { History } from './history.ts';
import { type KubeClient, withSignal } from './kubeClient.ts';

export interface HealthDependencies {
  readonly store: Store;
  readonly environments: Pick<Environments, 'ids' | 'kube'>;
  /** Told of every look. */
  readonly history: Pick<History, 'note'>;
  readonly logger: Logger;
  /** How often each environment is asked; default 30,000. */
  readonly intervalMs?: number;
  readonly now?: () => number;
}

/** What one look at an environment found. */
interface Observation {
  readonly state: 'up' | 'down';
  /** Why it is down: a sentence. */
  readonly message: string | null;
  /** null where it is not known now. */
  readonly version: string | null;
  /** How long its first answer took; null where there was none. */
  readonly latencyMs: number | null;
}

export type Health = ReturnType<typeof createHealth>;

const TIMEOUT_MS = 5_000;
/** Many, so that as many dead clusters must time out at once before others wait for them. */
const AT_ONCE = 64;
/** How old `checked_at` may get while nothing else changes: one write in as many looks. */
const STALE_MS = 5 * 60_000;
/** How often nodes are counted, which is much more to read than whether a cluster is up. */
const CAPACITY_MS = 5 * 60_000;

/**
 * Looks at every environment again and again, and keeps the state columns true. These writes go to
 * no topic of the change feed: the proxy's caches do not depend on them.
 */
export function createHealth({
  store,
  environments,
  history,
  logger,
  intervalMs = 30_000,
  now = Date.now,
}: HealthDependencies) {
  const timers = new Map<number, NodeJS.Timeout>();
  const underWay = new Map<number, Promise<void>>();
  /** The clients with which nodes were counted, and when: a new credential may see others. */
  const counted = new WeakMap<KubeClient, number>();
  const limit = createLimit(AT_ONCE);
  let sweep: NodeJS.Timeout | undefined;
  let unsubscribe = () => {};
  const stopping = new AbortController();

  function start(): void {
    unsubscribe = store.onChange((topics) => {
      // After the registry has read the change itself.
      if (topics.has('environments')) sweep ??= setTimeout(plan, 1_000);
    });
    plan();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    unsubscribe();
    clearTimeout(sweep);
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
    await Promise.allSettled(underWay.values());
  }

  /** Begins to look at what is new, spread over the first interval, and forgets what is gone. */
  function plan(): void {
    sweep = undefined;
    const ids = new Set(environments.ids());
    for (const [id, timer] of timers) {
      if (ids.has(id)) continue;
      clearTimeout(timer);
      timers.delete(id);
    }
    for (const id of ids) {
      if (!timers.has(id)) schedule(id, Math.min(intervalMs, 1_000 * ids.size));
    }
  }

  function schedule(id: number, withinMs: number): void {
    timers.set(
      id,
      setTimeout(() => void lookAndGoOn(id), withinMs * Math.random()),
    );
  }

  async function lookAndGoOn(id: number): Promise<void> {
    await limit(() => checkNow(id));
    // Within 10 % of the interval, so that replicas and environments drift apart.
    if (stopping.signal.aborted || !timers.has(id)) return;
    timers.set(
      id,
      setTimeout(() => void lookAndGoOn(id), intervalMs * (0.9 + 0.2 * Math.random())),
    );
  }

  /** Looks at an environment now; resolves once what was found is stored. Never rejects. */
  function checkNow(id: number): Promise<void> {
    const known = underWay.get(id);
    if (known) return known;
    const look = observeAndStore(id)
      .catch((error: unknown) => {
        logger.error({ err: error, environmentId: id }, 'the state could not be stored');
      })
      .finally(() => underWay.delete(id));
    underWay.set(id, look);
    return look;
  }

  async function observeAndStore(id: number): Promise<void> {
    const kube = environments.kube(id);
    const seen = kube
      ? await observe(withSignal(kube, stopping.signal))
      : {
          state: 'down' as const,
          message: 'Its stored credential cannot be opened.',
          version: null,
          latencyMs: null,
        };
    const capacity = kube && seen.state === 'up' ? await count(kube) : undefined;
    // It was changed or removed meanwhile, and this is about what it was before; or it was not
    // looked at to the end.
    if (environments.kube(id) !== kube || stopping.signal.aborted) return;
    const at = now();
    const row = await store.db
      .selectFrom('environments')
      .select(['name', 'state', 'state_message', 'version', 'checked_at'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) return;
    history.note(id, seen);
    const version = seen.version ?? row.version;
    const turned = row.state !== seen.state;
    const same = !turned && row.state_message === seen.message && row.version === version;
    if (same && !capacity && at - (row.checked_at ?? 0) < STALE_MS) return;
    if (turned || row.state_message !== seen.message) {
      const about = { environmentId: id, environment: row.name, why: seen.message };
      if (seen.state === 'down') logger.warn(about, 'An environment is down.');
      else logger.info(about, 'An environment is up.');
    }
    await store.write(async (tx) => {
      await tx
        .updateTable('environments')
        .set({
          state: seen.state,
          state_message: seen.message,
          version,
          checked_at: at,
          ...(turned ? { state_since: at } : {}),
          ...(capacity ? { ...capacity, capacity_at: at } : {}),
        })
        .where('id', '=', id)
        .execute();
    });
  }

  /** Counts the nodes, where that was not done lately; undefined where nothing new is known. */
  async function count(kube: KubeClient): Promise<CapacityColumns | undefined> {
    if (now() - (counted.get(kube) ?? Number.NEGATIVE_INFINITY) < CAPACITY_MS) return undefined;
    counted.set(kube, now());
    return readCapacity(withSignal(kube, stopping.signal)).catch(() => undefined);
  }

  return { start, stop, checkNow };
}

/** Asks an API server whether it is ready, and for its version. */
async function observe(kube: KubeClient): Promise<Observation> {
  try {
    const began = performance.now();
    const version = await readVersion(kube, TIMEOUT_MS);
    const latencyMs = performance.now() - began;
    const ready = await kube.request({ method: 'GET', path: '/readyz', timeoutMs: TIMEOUT_MS });
    // 401 is told by readVersion; 403 and 404 mean that readiness is not for us to know.
    if (ready.status < 500) return { state: 'up', message: null, version, latencyMs };
    return { state: 'down', message: notReady(ready.body), version, latencyMs };
  } catch (error) {
    if (error instanceof SallyportError) {
      return { state: 'down', message: error.message, version: null, latencyMs: null };
    }
    const { why } = await explainConnection(error, kube.target);
    return {
      state: 'down',
      message: `Sallyport cannot reach ${serverOf(kube.target)}: ${why}.`,
      version: null,
      latencyMs: null,
    };
  }
}

/** `/readyz` lists what fails as lines like `[-]etcd failed: reason withheld`. */
function notReady(body: unknown): string {
  const failing = [...String(body).matchAll(/^\[-\]([\w/.-]{1,100})/gm)].map((match) => match[1]);
  return failing.length > 0
    ? `The API server is not ready: ${failing.slice(0, 5).join(', ')}.`
    : 'The API server says that it is not ready.';
}
