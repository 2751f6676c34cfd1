import type { Environment } from '@sallyport/contract';
import { dayOf } from './time.ts';

type AccessEntry = Environment['access'][number];

/** Namespaces named before the rest is only counted. */
const NAMED = 3;

/**
 * Says what a person may do in an environment.
 *
 * @param entries what the API gives as `access`, in any order, possibly with repetitions
 * @returns such as `view everywhere, edit in team-a, team-b`, or `no access`
 */
export function accessInWords(entries: readonly AccessEntry[]): string {
  if (entries.length === 0) return 'no access';
  return merge(entries).map(entryInWords).join('; ');
}

/** One entry for each role and end: whole cluster wins over the namespaces within it. */
function merge(entries: readonly AccessEntry[]): AccessEntry[] {
  const merged = new Map<string, AccessEntry>();
  for (const entry of entries) {
    const key = `${entry.role}\n${entry.expiresAt ?? ''}`;
    const seen = merged.get(key);
    merged.set(key, {
      ...entry,
      namespaces: seen ? union(seen.namespaces, entry.namespaces) : entry.namespaces,
    });
  }
  return [...merged.values()];
}

function union(a: string[] | null, b: string[] | null): string[] | null {
  return a && b ? [...new Set([...a, ...b])] : null;
}

function entryInWords({ role, namespaces, expiresAt }: AccessEntry): string {
  const until = expiresAt ? ` until ${dayOf(new Date(expiresAt))}` : '';
  return `${role} ${scopeInWords(namespaces)}${until}`;
}

/**
 * Says where a role holds.
 *
 * @param namespaces null for the whole cluster
 * @returns such as `everywhere` or `in team-a, team-b, team-c and 4 more`
 */
export function scopeInWords(namespaces: readonly string[] | null): string {
  if (!namespaces) return 'everywhere';
  const names = [...namespaces].sort((a, b) => a.localeCompare(b));
  const more = names.length - NAMED;
  // "and 1 more" would take the room of the name itself
  if (more <= 1) return `in ${names.join(', ')}`;
  return `in ${names.slice(0, NAMED).join(', ')} and ${more} more`;
}
