import {
  EnvironmentSort,
  EnvironmentState,
  type EnvironmentSummary,
  parseSelector,
} from '@sallyport/contract';
import { type ListSearch, listQuery, parseListSearch } from './lists.ts';

export const STATES = EnvironmentState.options;
export const SORTS = EnvironmentSort.options;

/** What Home shows and in which order, as the address bar holds it. */
export interface HomeSearch extends ListSearch {
  readonly state?: (typeof STATES)[number];
  /** `key=value`, separated by commas; an environment must have each. */
  readonly label?: string;
  /** By name where absent. */
  readonly sort?: Exclude<EnvironmentSort, 'name'>;
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
  return [...new Set((text ?? '').split(',').filter(isLabel))];
}

function isLabel(text: string): boolean {
  return text.includes('=') && parseSelector(text).selector?.length === 1;
}

/** The other way round: as {@link splitLabels} reads it. */
export function joinLabels(labels: readonly string[]): string {
  return labels.join(',');
}

/** What to ask the API for. Labels, each with its value, are a selector as they stand. */
export function homeQuery({ state, label, sort, ...list }: HomeSearch) {
  return {
    ...listQuery(list),
    accessible: 'true',
    ...(state ? { state } : {}),
    ...(label ? { labels: label } : {}),
    ...(sort ? { sort } : {}),
  } as const;
}

/** Whether less than everything is asked for. */
export function isNarrowed({ q, state, label }: HomeSearch): boolean {
  return Boolean(q || state || label);
}

/** The labels to choose from as `key=value`, without those that are chosen, and how often each occurs. */
export function offeredLabels(
  labels: EnvironmentSummary['labels'],
  chosen: readonly string[],
): ReadonlyArray<readonly [label: string, count: number]> {
  return labels
    .map(({ key, value, count }) => [`${key}=${value}`, count] as const)
    .filter(([label]) => !chosen.includes(label));
}
