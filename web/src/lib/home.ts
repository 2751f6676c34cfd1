import type { Environment } from '@sallyport/contract';
import { type ListSearch, PAGE_SIZE, parseListSearch } from './lists.ts';
import { matchesQuery } from './search.ts';

export const STATES = ['up', 'down', 'unknown'] as const;
export const SORTS = ['name', '-name', 'state', '-state'] as const;
type State = Environment['state'];
export type Sort = (typeof SORTS)[number];

/** What Home shows and in which order, as the address bar holds it. */
export interface HomeSearch extends ListSearch {
  readonly state?: State;
  /** `key=value`, separated by commas; an environment must have each. */
  readonly label?: string;
  /** By name where absent. */
  readonly sort?: Exclude<Sort, 'name'>;
}

/** Reads Home's state from the address bar; whatever makes no sense is left out. */
export function parseHomeSearch(search: Readonly<Record<string, unknown>>): HomeSearch {
  const state = STATES.find((known) => known === search.state);
  const label = typeof search.label === 'string' ? joinLabels(splitLabels(search.label)) : '';
  const sort = SORTS.find((known) => known === search.sort);
  return {
    ...parseListSearch(search),
    ...(state ? { state } : {}),
    ...(label ? { label } : {}),
    ...(sort && sort !== 'name' ? { sort } : {}),
  };
}

/** The labels that are asked for, each once. Commas occur in no label (Kubernetes' own rule). */
export function splitLabels(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(',').filter((label) => label.includes('=')))];
}

/** The other way round: as {@link splitLabels} reads it. */
export function joinLabels(labels: readonly string[]): string {
  return labels.join(',');
}

type Shown = Pick<Environment, 'id' | 'name' | 'labels' | 'state'>;

/** The rows of one page, and how many match in all. */
export interface HomeView<T> {
  readonly rows: readonly T[];
  readonly total: number;
  /** Counted from 1; the last one where the address bar asks for one beyond it. */
  readonly page: number;
}

/**
 * Chooses, sorts and pages.
 *
 * @param environments all that the person may enter, in any order
 */
export function viewOf<T extends Shown>(
  environments: readonly T[],
  { q = '', state, label, sort, page = 1 }: HomeSearch,
): HomeView<T> {
  const labels = splitLabels(label);
  const matching = environments
    .filter(
      (environment) =>
        (!state || environment.state === state) &&
        labels.every((wanted) => hasLabel(environment, wanted)) &&
        matchesQuery(environment, q),
    )
    .sort(ORDERS[sort ?? 'name']);
  const last = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  const shown = Math.min(page, last);
  return {
    rows: matching.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE),
    total: matching.length,
    page: shown,
  };
}

function hasLabel({ labels }: Shown, wanted: string): boolean {
  const at = wanted.indexOf('=');
  const key = wanted.slice(0, at);
  return Object.hasOwn(labels, key) && labels[key] === wanted.slice(at + 1);
}

/** One collator for all: making one for each comparison takes most of the time of a long sort. */
const COLLATOR = new Intl.Collator('en', { numeric: true });
const RANK = { down: 0, unknown: 1, up: 2 } as const;

function byName(a: Shown, b: Shown): number {
  return COLLATOR.compare(a.name, b.name) || a.id - b.id;
}

/** Ties keep the order of names, whichever way round the states are. */
const ORDERS: Readonly<Record<Sort, (a: Shown, b: Shown) => number>> = {
  name: byName,
  '-name': (a, b) => byName(b, a),
  state: (a, b) => RANK[a.state] - RANK[b.state] || byName(a, b),
  '-state': (a, b) => RANK[b.state] - RANK[a.state] || byName(a, b),
};

/** How many environments are in each state. */
export function stateCounts(environments: readonly Shown[]): Readonly<Record<State, number>> {
  const counts = { up: 0, down: 0, unknown: 0 };
  for (const { state } of environments) counts[state] += 1;
  return counts;
}

/** Every label that occurs, as `key=value`, in the order of the alphabet, and how often. */
export function labelCounts(environments: readonly Shown[]): ReadonlyArray<[string, number]> {
  const counts = new Map<string, number>();
  for (const { labels } of environments) {
    for (const [key, value] of Object.entries(labels)) {
      const label = `${key}=${value}`;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => COLLATOR.compare(a, b));
}
