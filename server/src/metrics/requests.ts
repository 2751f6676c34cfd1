import type { Family, Labels, Sample } from './exposition.ts';

/** As much of a proxied request as is counted. */
export interface CountedRequest {
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly at: number;
  readonly info: { readonly verb: string; readonly subresource: string } | null;
  readonly environmentId: number | null;
  /** null: it was refused at the gate. */
  readonly identity: object | null;
  /** 0: none was sent. */
  readonly status: number;
  /** Why Sallyport refused or ended it. */
  readonly code: string | null;
}

const CLASSES = ['read', 'write', 'watch', 'connect', 'other'] as const;
type Class = (typeof CLASSES)[number];

const VERBS: Readonly<Record<string, Class>> = {
  ...{ get: 'read', list: 'read', watch: 'watch' },
  ...{ create: 'write', update: 'write', patch: 'write' },
  ...{ delete: 'write', deletecollection: 'write' },
};
const CONNECTS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** Upper bounds in seconds: from what a warm API server needs up to its own limit. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Environments that are told apart; what comes beyond is counted without its name. */
const MAX_ENVIRONMENTS = 2_000;
/** Of requests that were refused before they entered one. */
const NO_ENVIRONMENT = 0;

interface Durations {
  /** One more than there are bounds. */
  readonly buckets: Float64Array;
  sum: number;
}

/**
 * Counts proxied requests. On their way this is two look-ups and an increment; labels are made when
 * somebody asks. Nothing that a client chooses becomes a label.
 */
export function createRequestCounts() {
  const environments = new Map<number, Record<Class, Map<number, number>>>();
  const refusals = new Map<string, number>();
  const durations = Object.fromEntries(
    CLASSES.map((name) => [name, { buckets: new Float64Array(BOUNDS.length + 1), sum: 0 }]),
  ) as Record<Class, Durations>;

  function countsOf(environmentId: number): Record<Class, Map<number, number>> {
    const known = environments.get(environmentId);
    if (known) return known;
    if (environments.size > MAX_ENVIRONMENTS) return countsOf(NO_ENVIRONMENT);
    const made = Object.fromEntries(CLASSES.map((name) => [name, new Map()])) as Record<
      Class,
      Map<number, number>
    >;
    environments.set(environmentId, made);
    return made;
  }
  // There from the beginning, so that whoever comes beyond the limit finds it.
  countsOf(NO_ENVIRONMENT);

  return {
    /** Counts a request when it has ended. Costs next to nothing and never throws. */
    count(request: CountedRequest): void {
      if (request.stage !== 'ResponseComplete') return;
      const { info, identity, status, code } = request;
      const kind = classOf(info);
      const entered = identity !== null && request.environmentId !== null;
      const statuses = countsOf(entered ? (request.environmentId ?? 0) : NO_ENVIRONMENT)[kind];
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (code !== null) refusals.set(code, (refusals.get(code) ?? 0) + 1);
      if (!entered || kind === 'watch' || kind === 'connect') return;
      const seconds = (request.at - request.receivedAt) / 1_000;
      const ofKind = durations[kind];
      let bucket = 0;
      while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1;
      ofKind.buckets[bucket] = (ofKind.buckets[bucket] ?? 0) + 1;
      ofKind.sum += seconds;
    },

    /** @param nameOf what an environment is called now; those that are gone are counted as one */
    families(nameOf: (id: number) => string | undefined, labels: Labels): Family[] {
      const totals = new Map<string, Sample>();
      for (const [id, kinds] of environments) {
        const environment = nameOf(id) ?? '';
        for (const kind of CLASSES) {
          for (const [status, value] of kinds[kind]) {
            const own = { environment, verb: kind, status: String(status), ...labels };
            const key = `${kind} ${status} ${environment}`;
            totals.set(key, { labels: own, value: value + (totals.get(key)?.value ?? 0) });
          }
        }
      }
      return [
        {
          name: 'sallyport_requests_total',
          help: 'Proxied requests that have ended, by the status sent; 0: none was. No environment: refused before one was entered.',
          type: 'counter',
          samples: [...totals.values()],
        },
        {
          name: 'sallyport_requests_refused_total',
          help: 'Proxied requests that Sallyport itself refused or ended, by its error code.',
          type: 'counter',
          samples: [...refusals].map(([code, value]) => ({ labels: { code, ...labels }, value })),
        },
        {
          name: 'sallyport_request_duration_seconds',
          help: 'From the arrival of a proxied request to its end; streams are left out.',
          type: 'histogram',
          samples: (['read', 'write', 'other'] as const).flatMap((verb) =>
            histogramOf(durations[verb], { verb, ...labels }),
          ),
        },
      ];
    },
  };
}

function classOf(info: CountedRequest['info']): Class {
  if (info === null) return 'other';
  if (CONNECTS.has(info.subresource)) return 'connect';
  return Object.hasOwn(VERBS, info.verb) ? (VERBS[info.verb] ?? 'other') : 'other';
}

function histogramOf({ buckets, sum }: Durations, labels: Labels): Sample[] {
  let count = 0;
  const lines: Sample[] = [...buckets].map((value, index) => {
    count += value;
    const bound = BOUNDS[index];
    const le = bound === undefined ? '+Inf' : String(bound);
    return { suffix: '_bucket', labels: { ...labels, le }, value: count };
  });
  return [
    ...lines,
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}
