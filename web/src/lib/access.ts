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
  const rolesBySpan = new Map<string, string[]>();
  for (const { role, ...entry } of merge(entries)) {
    const span = spanInWords(entry);
    rolesBySpan.set(span, [...(rolesBySpan.get(span) ?? []), role]);
  }
  return [...rolesBySpan].map(([span, roles]) => `${joined(roles)} ${span}`).join('; ');
}

/** @returns such as `view`, `view and edit` or `view, edit and debug` */
function joined(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/**
 * One entry for each role, end and selector: whole cluster wins over the namespaces within it. What
 * goes by label stays by itself, since it means others tomorrow.
 */
function merge(entries: readonly AccessEntry[]): AccessEntry[] {
  const merged = new Map<string, AccessEntry>();
  for (const entry of entries) {
    const key = [entry.role, entry.expiresAt ?? '', entry.namespaceSelector ?? ''].join('\n');
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

/** Where something holds, and until when. */
function spanInWords({
  namespaces,
  namespaceSelector,
  expiresAt,
}: Omit<AccessEntry, 'role'>): string {
  const until = expiresAt ? ` until ${dayOf(new Date(expiresAt))}` : '';
  return `${scopeInWords(namespaces, namespaceSelector)}${until}`;
}

/**
 * Says where a role holds.
 *
 * @param namespaces null for the whole cluster
 * @param selector by which labels the namespaces are chosen; they are those that match now, as far
 *   as that is known
 * @returns such as `everywhere`, `in team-a, team-b, team-c and 4 more` or
 *   `in namespaces with team=pay (now pay, pay-eu)`
 */
export function scopeInWords(
  namespaces: readonly string[] | null,
  selector?: string | null,
): string {
  if (selector) {
    const now = namespaces?.length ? ` (now ${namesInWords(namespaces)})` : '';
    return `in namespaces with ${selector}${now}`;
  }
  return namespaces ? `in ${namesInWords(namespaces)}` : 'everywhere';
}

function namesInWords(namespaces: readonly string[]): string {
  const names = [...namespaces].sort((a, b) => a.localeCompare(b));
  const more = names.length - NAMED;
  // "and 1 more" would take the room of the name itself
  if (more <= 1) return names.join(', ');
  return `${names.slice(0, NAMED).join(', ')} and ${more} more`;
}
