import { endsSoonFrom, Id, type Kubeconfig, KubeconfigStateFilter } from '@sallyport/contract';
import { type ListSearch, listQuery, parseListSearch } from './lists.ts';

/** Which kubeconfigs are shown, as the address bar holds it. */
export interface KubeconfigSearch extends ListSearch {
  readonly state?: KubeconfigStateFilter;
  readonly username?: string;
  readonly environmentId?: number;
}

/** Reads the filters from the address bar; whatever makes no sense is left out. */
export function parseKubeconfigSearch(search: Readonly<Record<string, unknown>>): KubeconfigSearch {
  const { state, username, environmentId } = search;
  const known = KubeconfigStateFilter.safeParse(state);
  const id = Id.safeParse(Number(textOf(environmentId)));
  const name = textOf(username).trim().slice(0, 200);
  return {
    ...parseListSearch(search),
    ...(known.success ? { state: known.data } : {}),
    ...(name ? { username: name } : {}),
    ...(id.success ? { environmentId: id.data } : {}),
  };
}

/** The router reads what looks like JSON as such: `42` comes as a number. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The query of the API for what is shown. */
export function kubeconfigQuery({ state, username, environmentId, ...list }: KubeconfigSearch) {
  return {
    ...listQuery(list),
    ...(state ? { state } : {}),
    ...(username ? { username } : {}),
    ...(environmentId ? { environmentId } : {}),
  };
}

export const STATES: ReadonlyArray<{ value: KubeconfigStateFilter; label: string }> = [
  { value: 'active', label: 'Good' },
  { value: 'expiring', label: 'Ends soon' },
  { value: 'expired', label: 'Expired' },
  { value: 'revoked', label: 'Revoked' },
];

/** Whether one that is still good is about to end. */
export function endsSoon(
  { createdAt, expiresAt }: Pick<Kubeconfig, 'createdAt' | 'expiresAt'>,
  now: Date,
): boolean {
  if (expiresAt === null) return false;
  return now.getTime() >= endsSoonFrom(Date.parse(createdAt), Date.parse(expiresAt));
}

/** Whether its owner can have a new file in its place. */
export function canRenew({ state, renewedAt }: Kubeconfig): boolean {
  return state !== 'revoked' && renewedAt === null;
}

const RECENT_MS = 86_400_000;
const NAMED = 5;

/** What stops working when files are taken back. */
export interface Consequences {
  readonly people: number;
  readonly environments: number;
  /** How many were used within a day. */
  readonly recent: number;
  /** Those that were used last, a few of them. */
  readonly latest: readonly Kubeconfig[];
}

/** Works out what taking back these files does, so that nobody finds out afterwards. */
export function consequencesOf(kubeconfigs: readonly Kubeconfig[], now: Date): Consequences {
  const usedAt = ({ lastUsedAt }: Kubeconfig) => (lastUsedAt ? Date.parse(lastUsedAt) : 0);
  const recent = kubeconfigs.filter((one) => now.getTime() - usedAt(one) < RECENT_MS);
  const reached = kubeconfigs.flatMap(({ environments }) => environments.map(({ id }) => id));
  return {
    people: new Set(kubeconfigs.map(({ userId }) => userId)).size,
    environments: new Set(reached).size,
    recent: recent.length,
    latest: recent.toSorted((a, b) => usedAt(b) - usedAt(a)).slice(0, NAMED),
  };
}

/** @returns such as `12 kubeconfigs of 3 people, for 2 environments` */
export function consequencesInWords(count: number, { people, environments }: Consequences): string {
  const owners = people > 1 ? ` of ${people} people` : '';
  return `${counted(count, 'kubeconfig')}${owners}, for ${counted(environments, 'environment')}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
