import { type Grant, Id, parseSelector } from '@sallyport/contract';
import { type ListSearch, parseListSearch } from './lists.ts';

export const GRANT_STATES = ['active', 'ending', 'ended'] as const;
const IDS = ['userId', 'teamId', 'environmentId', 'roleId'] as const;

/** Which grants are shown, as the address bar holds it. */
export type GrantSearch = ListSearch & {
  readonly state?: (typeof GRANT_STATES)[number];
} & Readonly<Partial<Record<(typeof IDS)[number], number>>>;

/** Reads the filters from the address bar; whatever makes no sense is left out. */
export function parseGrantSearch(search: Readonly<Record<string, unknown>>): GrantSearch {
  const found: Partial<Record<(typeof IDS)[number], number>> = {};
  for (const name of IDS) {
    const id = Id.safeParse(Number(search[name]));
    if (id.success) found[name] = id.data;
  }
  const state = GRANT_STATES.find((known) => known === search.state);
  return { ...parseListSearch(search), ...(state ? { state } : {}), ...found };
}

/** Whether anything but a page is asked for: then an empty list is no sign that there is none. */
export function isFiltered({ page: _, ...filters }: GrantSearch): boolean {
  return Object.keys(filters).length > 0;
}

/**
 * What is wrong with a selector as far as it is typed.
 *
 * @returns undefined while it is empty, since nobody has said anything wrong yet
 */
export function selectorProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const { problem } = parseSelector(text);
  return problem === undefined ? undefined : `The selector ${problem}.`;
}

/** Which environments a grant is for, by its own words. */
export function placeInWords(
  grant: Pick<Grant, 'allEnvironments' | 'environmentSelector' | 'environmentCount'>,
): string {
  const { allEnvironments, environmentSelector, environmentCount: count } = grant;
  if (allEnvironments) return 'every environment';
  if (environmentSelector !== null) return `environments with ${environmentSelector}`;
  return count === 1 ? 'one environment' : `${count} environments`;
}

/** A few names, and how many more there are. */
export function someOf(names: readonly string[], total = names.length, shown = 8): string {
  const more = total - Math.min(names.length, shown);
  const text = names.slice(0, shown).join(', ');
  return more > 0 ? `${text} and ${more} more` : text;
}

/**
 * Says what of somebody's grants ends with them.
 *
 * @param count undefined while it is not known
 */
export function endingInWords(whose: 'Their' | 'Its', count: number | undefined): string {
  if (count === undefined) return `${whose} grants end`;
  if (count === 0)
    return whose === 'Its' ? 'No grant in force ends' : 'They have no grant in force';
  return count === 1 ? `${whose} one grant in force ends` : `${whose} ${count} grants in force end`;
}
