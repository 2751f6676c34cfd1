import type { OpenChannel } from '../channel.ts';
import { createGather } from '../gather.ts';
import type { Store } from '../store/store.ts';
import { exposition, type Family, type Labels } from './exposition.ts';
import { createProcessFigures } from './process.ts';
import { createRequestCounts } from './requests.ts';

export { CONTENT_TYPE } from './exposition.ts';

/** What the other rooms of this process tell when they are asked. */
export interface MetricSources {
  /** The environments of the streams that are open. */
  readonly streams: () => ReadonlyArray<{ readonly environmentId: number }>;
  readonly connections: () => { readonly open: number; readonly idle: number };
  readonly audit: () => {
    readonly waiting: number;
    readonly written: number;
    readonly overflowed: number;
    readonly strangers: number;
    readonly unwritable: number;
  };
  /** Milliseconds by which the clock is behind what was seen. */
  readonly clockBehindMs: () => number;
}

export interface MetricsDependencies {
  readonly store: Store;
  readonly environmentName: (id: number) => string | undefined;
  readonly openChannel: OpenChannel;
  /** How many other processes there are. */
  readonly others: number;
  readonly version: string;
  readonly now?: () => number;
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What a Prometheus asks for. Each process counts for itself; whoever is asked asks all others. Their
 * figures stay apart, by the label `worker`: a sum of counters would fall when a process is replaced
 * or answers late, and a counter that falls is read as one that was begun anew.
 */
export function createMetrics(deps: MetricsDependencies) {
  const { store, environmentName, now = Date.now } = deps;
  const requests = createRequestCounts();
  const figures = createProcessFigures();
  const signIns = new Map<string, number>();
  const own: Labels = { worker: String(process.pid) };
  let sources: MetricSources | undefined;

  function ofThisProcess(): Family[] {
    return [
      ...requests.families(environmentName, own),
      {
        name: 'sallyport_sign_ins_total',
        help: 'Attempts to sign in, by their result: ok, or the error code.',
        type: 'counter',
        samples: [...signIns].map(([result, value]) => ({ labels: { result, ...own }, value })),
      },
      ...(sources ? familiesOf(sources) : []),
      ...figures.families(own),
    ];
  }

  function familiesOf({ streams, connections, audit, clockBehindMs }: MetricSources): Family[] {
    const open = new Map<string, number>();
    for (const { environmentId } of streams()) {
      const environment = environmentName(environmentId) ?? '';
      open.set(environment, (open.get(environment) ?? 0) + 1);
    }
    const { open: all, idle } = connections();
    const counts = audit();
    const lost = ['overflowed', 'strangers', 'unwritable'] as const;
    return [
      {
        name: 'sallyport_streams_open',
        help: 'Watches, logs, shells and port-forwards that are open.',
        type: 'gauge',
        samples: [...open].map(([environment, value]) => ({
          labels: { environment, ...own },
          value,
        })),
      },
      {
        name: 'sallyport_upstream_connections',
        help: 'Connections to API servers.',
        type: 'gauge',
        samples: [
          { labels: { state: 'busy', ...own }, value: all - idle },
          { labels: { state: 'idle', ...own }, value: idle },
        ],
      },
      {
        name: 'sallyport_clock_behind_seconds',
        help: 'How far the clock is behind a time that it has shown before; 0: it is not.',
        type: 'gauge',
        samples: [{ labels: own, value: Math.round(clockBehindMs() / 1_000) }],
      },
      {
        name: 'sallyport_audit_events_waiting',
        help: 'Audit events that are still to be written.',
        type: 'gauge',
        samples: [{ labels: own, value: counts.waiting }],
      },
      {
        name: 'sallyport_audit_events_written_total',
        help: 'Audit events that were written.',
        type: 'counter',
        samples: [{ labels: own, value: counts.written }],
      },
      {
        name: 'sallyport_audit_events_dropped_total',
        help: 'Audit events that were counted and not kept, by why.',
        type: 'counter',
        samples: lost.map((why) => ({ labels: { why, ...own }, value: counts[why] })),
      },
    ];
  }

  const gather = createGather<undefined, readonly Family[]>({
    ...{ openChannel: deps.openChannel, others: deps.others },
    name: 'metrics',
    answer: ofThisProcess,
  });

  /** What is the same whoever is asked. */
  async function ofTheStore(): Promise<Family[]> {
    const [states, active] = await Promise.all([
      store.db
        .selectFrom('environments')
        .select(({ fn }) => ['state', fn.countAll().as('count')])
        .groupBy('state')
        .execute(),
      store.db
        .selectFrom('kubeconfigs')
        .innerJoin('users', 'users.id', 'kubeconfigs.user_id')
        .select(({ fn }) => fn.countAll().as('count'))
        .where('revoked_at', 'is', null)
        .where('users.disabled', '=', 0)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now())]))
        .executeTakeFirst(),
    ]);
    const counted = new Map(states.map(({ state, count }) => [state, Number(count)]));
    return [
      {
        name: 'sallyport_info',
        help: 'Which Sallyport this is.',
        type: 'gauge',
        samples: [{ labels: { version: deps.version }, value: 1 }],
      },
      {
        name: 'sallyport_environments',
        help: 'Environments by their state.',
        type: 'gauge',
        samples: (['up', 'down', 'unknown'] as const).map((state) => ({
          labels: { state },
          value: counted.get(state) ?? 0,
        })),
      },
      {
        name: 'sallyport_kubeconfigs_active',
        help: 'Kubeconfigs that are neither revoked nor expired, of users who are not disabled.',
        type: 'gauge',
        samples: [{ labels: {}, value: Number(active?.count ?? 0) }],
      },
    ];
  }

  return {
    /** Counts a proxied request; for the way of requests. */
    request: requests.count,

    /** Counts an attempt to sign in. @param result `ok`, or a code of the registry of errors */
    signIn(result: string): void {
      signIns.set(result, (signIns.get(result) ?? 0) + 1);
    },

    /** Says whom to ask; until then, the figures of other rooms are left out. */
    ask(them: MetricSources): void {
      sources = them;
    },

    /** Everything, in the text format of Prometheus. */
    async text(): Promise<string> {
      const [shared, { answers, missing }] = await Promise.all([ofTheStore(), gather(undefined)]);
      const silent: Family = {
        name: 'sallyport_workers_silent',
        help: 'Processes that did not answer this scrape in time.',
        type: 'gauge',
        samples: [{ labels: {}, value: missing }],
      };
      return exposition([...shared, silent, ...answers.flat()]);
    },

    stop: figures.stop,
  };
}
