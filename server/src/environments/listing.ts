import {
  type Environment,
  type EnvironmentSort,
  type EnvironmentSummary,
  MAX_SUMMARY_LABELS,
  matchesLabels,
  parseSelector,
} from '@sallyport/contract';
import { nameKey } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import { present, type Rights } from './present.ts';

/** Which environments are meant, and in which order. */
export interface EnvironmentFilter {
  /** Only these; undefined: all. */
  readonly ids: { has(id: number): boolean } | undefined;
  /** Words, each of which occurs in the name or in a label. */
  readonly q?: string | undefined;
  readonly state?: Environment['state'] | undefined;
  /** A label selector. */
  readonly labels?: string | undefined;
  readonly sort?: EnvironmentSort | undefined;
}

/** A page of them, for somebody. */
export interface EnvironmentPage extends EnvironmentFilter {
  readonly limit: number;
  readonly offset: number;
  /** What the viewer may do; asked for the rows of the page alone. */
  readonly access: { get(id: number): Rights | undefined };
  readonly showServer: boolean;
}

/** As much of an environment as choosing and sorting takes. */
interface Brief {
  readonly id: number;
  readonly name: string;
  readonly name_key: string;
  readonly labels: string;
  readonly state: Environment['state'];
}

/**
 * Lists of environments. Choosing, sorting and counting are done here and not by the database:
 * labels are JSON, a selector is no condition that SQLite and PostgreSQL share, and neither knows
 * that `west-9` comes before `west-10`. For that every environment is read, but only five short columns
 * of it; all columns, and what somebody may do there, are read of a page's rows alone.
 */
export function createListing(store: Store) {
  async function briefs({ ids }: Pick<EnvironmentFilter, 'ids'>): Promise<Brief[]> {
    const rows = await store.db
      .selectFrom('environments')
      .select(['id', 'name', 'name_key', 'labels', 'state'])
      .execute();
    return ids ? rows.filter(({ id }) => ids.has(id)) : rows;
  }

  /** One page, and how many match in all. */
  async function list(page: EnvironmentPage): Promise<{ items: Environment[]; total: number }> {
    const { limit, offset, access, showServer } = page;
    const matching = choose(await briefs(page), page);
    const shown = matching.slice(offset, offset + limit).map(({ id }) => id);
    if (shown.length === 0) return { items: [], total: matching.length };
    const rows = await store.db
      .selectFrom('environments')
      .selectAll()
      .where('id', 'in', shown)
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    return {
      // One that was removed since is left out.
      items: shown.flatMap((id) => {
        const row = byId.get(id);
        return row ? [present(row, { access: access.get(id), showServer })] : [];
      }),
      total: matching.length,
    };
  }

  /** Id and name of all that match. */
  async function names(filter: EnvironmentFilter) {
    const items = choose(await briefs(filter), filter).map(({ id, name }) => ({ id, name }));
    return { items, total: items.length };
  }

  /** How many there are in each state and with each label. */
  async function summary(filter: Pick<EnvironmentFilter, 'ids'>): Promise<EnvironmentSummary> {
    const rows = await briefs(filter);
    const states = { up: 0, down: 0, unknown: 0 };
    const labels = new Map<string, { key: string; value: string; count: number }>();
    for (const row of rows) {
      states[row.state] += 1;
      for (const [key, value] of Object.entries(labelsOf(row))) {
        const label = labels.get(`${key}=${value}`);
        if (label) label.count += 1;
        else labels.set(`${key}=${value}`, { key, value, count: 1 });
      }
    }
    const commonest = [...labels.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, MAX_SUMMARY_LABELS);
    return {
      total: rows.length,
      states,
      labels: commonest.sort(
        (a, b) => compare(naturalKey(a.key), naturalKey(b.key)) || byValue(a, b),
      ),
    };
  }

  return { list, names, summary };
}

function choose(rows: readonly Brief[], { q, state, labels, sort }: EnvironmentFilter): Brief[] {
  const words = nameKey(q ?? '')
    .split(/\s+/)
    .filter(Boolean);
  const selector = labels === undefined ? [] : parseSelector(labels).selector;
  const matching = rows.filter((row) => {
    if (state !== undefined && row.state !== state) return false;
    // One that cannot be read, which the contract lets nobody send, matches nothing.
    if (!selector) return false;
    if (selector.length > 0 && !matchesLabels(selector, labelsOf(row))) return false;
    if (words.length === 0) return true;
    const text = textOf(row);
    return words.every((word) => text.includes(word));
  });
  return inOrder(matching, sort ?? 'name');
}

/** What a search looks at: the name, and each label as `key=value`. */
function textOf(row: Brief): string {
  const labels = Object.entries(labelsOf(row)).map(([key, value]) => `${key}=${value}`);
  return [row.name_key, ...labels.map(nameKey)].join('\n');
}

function labelsOf({ labels }: Brief): Record<string, string> {
  return JSON.parse(labels) as Record<string, string>;
}

const RANK = { down: 0, unknown: 1, up: 2 } as const;

/** Ties keep the order of names, whichever way round the states are. */
function inOrder(rows: readonly Brief[], sort: EnvironmentSort): Brief[] {
  const byName = rows
    .map((row) => ({ row, key: naturalKey(row.name_key) }))
    .sort((a, b) => compare(a.key, b.key) || a.row.id - b.row.id)
    .map(({ row }) => row);
  switch (sort) {
    case 'name':
      return byName;
    case '-name':
      return byName.reverse();
    case 'state':
      return byName.sort((a, b) => RANK[a.state] - RANK[b.state]);
    case '-state':
      return byName.sort((a, b) => RANK[b.state] - RANK[a.state]);
  }
}

/**
 * A text by whose code points names come in the order that people expect: before each number stands
 * how many digits it has. A collator would do, but takes fifty times as long.
 */
function naturalKey(text: string): string {
  return text.replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    return `${String.fromCodePoint(0x30 + Math.min(number.length, 9))}${number}`;
  });
}

function byValue(a: { readonly value: string }, b: { readonly value: string }): number {
  return compare(naturalKey(a.value), naturalKey(b.value));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
