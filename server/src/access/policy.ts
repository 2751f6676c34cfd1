import type { Access, AccessEntry } from './access.ts';
import { isCustomKey } from './roleKey.ts';

/** What one grant gives in one environment. */
export interface EffectiveGrant {
  /** The role's name, for people. */
  readonly role: string;
  /** What clusters know the role by: see roleKey.ts. */
  readonly roleKey: string;
  /** null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  /** By which labels the namespaces are chosen; `namespaces` are those that match now. */
  readonly namespaceSelector?: string;
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
}

/** A binding that the cluster must have: a ClusterRole, everywhere or in one namespace. */
export interface DesiredBinding {
  readonly roleKey: string;
  /** null: the whole cluster (a ClusterRoleBinding). */
  readonly namespace: string | null;
}

/** The user that the cluster sees: a prefix keeps a user named `system:admin` from being one. */
export function userName(username: string): string {
  return `sallyport:${segment(username)}`;
}

/** The group that the cluster sees for a team; for bindings that a cluster's owner writes. */
export function teamGroup(team: string): string {
  return `sallyport:team:${segment(team)}`;
}

/**
 * The group that carries a role in a scope. It means exactly that role in exactly that scope, on
 * every cluster and for every Sallyport: so a binding to it, whoever made it and however old, gives
 * nobody more than the grant by which they carry the group. A custom role that is changed gets
 * another group for that reason: its key holds a hash of its rules.
 *
 * @param roleKey see roleKey.ts
 * @param namespace null: the whole cluster
 */
export function groupFor(roleKey: string, namespace: string | null): string {
  const group = `sallyport:role:${isCustomKey(roleKey) ? roleKey : segment(roleKey)}`;
  return namespace === null ? group : `${group}:ns:${segment(namespace)}`;
}

/** The name of the ClusterRole that a role binds: the built-in roles are the cluster's own. */
export function clusterRoleOf(roleKey: string): string {
  return isCustomKey(roleKey) ? `sallyport:${roleKey}` : roleKey;
}

/**
 * Works out what grants give together, at one moment.
 *
 * @param grants those of the user and of the user's teams, in this environment
 * @param now epoch milliseconds; what has ended by then gives nothing
 * @returns undefined where they give nothing: then the user may not enter at all
 */
export function resolve(
  grants: readonly EffectiveGrant[],
  mode: 'managed' | 'external',
  now: number,
): Access | undefined {
  const live = grants.filter((grant) => isLive(grant, now));
  if (live.length === 0) return undefined;
  const keys = new Map(live.map(({ role, roleKey }) => [role, roleKey]));
  const entries: AccessEntry[] = [];
  for (const [role, given] of [...Map.groupBy(live, ({ role }) => role)].sort(byName)) {
    const named = namedEntries(
      role,
      given.filter(({ namespaceSelector }) => namespaceSelector === undefined),
    );
    entries.push(...named, ...selectedEntries(role, given, named));
  }
  // A set, since two roles of the same rules are one to a cluster.
  const groups = new Set<string>();
  if (mode === 'managed') {
    for (const { role, namespaces } of entries) {
      const roleKey = keys.get(role) ?? role;
      for (const namespace of namespaces ?? [null]) groups.add(groupFor(roleKey, namespace));
    }
  }
  return { entries, groups: [...groups], validUntil: earliest(entries) };
}

/** What grants of one role give in the whole cluster and in namespaces that they name. */
function namedEntries(role: string, grants: readonly EffectiveGrant[]): AccessEntry[] {
  /** By namespace (null: everywhere), when the last grant of it ends. */
  const ends = new Map<string | null, number | null>();
  for (const { namespaces, expiresAt } of grants) {
    for (const namespace of namespaces ?? [null]) {
      const known = ends.get(namespace);
      ends.set(namespace, known === undefined ? expiresAt : later(known, expiresAt));
    }
  }
  const entries: AccessEntry[] = [];
  const everywhere = ends.get(null);
  if (everywhere !== undefined) entries.push({ role, namespaces: null, expiresAt: everywhere });
  const byEnd = new Map<number | null, string[]>();
  for (const [namespace, end] of ends) {
    // What holds everywhere, and as long, says it all.
    if (namespace === null) continue;
    if (everywhere !== undefined && later(everywhere, end) === everywhere) continue;
    byEnd.set(end, [...(byEnd.get(end) ?? []), namespace]);
  }
  for (const [end, names] of [...byEnd].sort(([a], [b]) => (b ?? Infinity) - (a ?? Infinity))) {
    entries.push({ role, namespaces: names.sort(compare), expiresAt: end });
  }
  return entries;
}

/** What grants of one role give in namespaces that they choose by label, one entry a selector. */
function selectedEntries(
  role: string,
  grants: readonly EffectiveGrant[],
  named: readonly AccessEntry[],
): AccessEntry[] {
  const everywhere = named.find(({ namespaces }) => namespaces === null)?.expiresAt;
  const bySelector = Map.groupBy(grants, ({ namespaceSelector }) => namespaceSelector);
  const entries: AccessEntry[] = [];
  for (const [namespaceSelector, given] of [...bySelector].sort(byName)) {
    if (namespaceSelector === undefined) continue;
    const expiresAt = given.map((one) => one.expiresAt).reduce(later);
    if (everywhere !== undefined && later(everywhere, expiresAt) === everywhere) continue;
    const namespaces = [...new Set(given.flatMap((one) => one.namespaces ?? []))].sort(compare);
    entries.push({ role, namespaces, namespaceSelector, expiresAt });
  }
  return entries;
}

/** The bindings that grants need in a cluster, whoever has the grants; each once, sorted. */
export function desiredBindings(
  grants: readonly EffectiveGrant[],
  now: number,
): readonly DesiredBinding[] {
  const bindings = new Map<string, DesiredBinding>();
  for (const grant of grants) {
    if (!isLive(grant, now)) continue;
    for (const namespace of grant.namespaces ?? [null]) {
      const { roleKey } = grant;
      bindings.set(groupFor(roleKey, namespace), { roleKey, namespace });
    }
  }
  return [...bindings].sort(([a], [b]) => compare(a, b)).map(([, binding]) => binding);
}

/** Whether a grant gives anything at a moment, in epoch milliseconds. */
export function isLive({ expiresAt }: EffectiveGrant, now: number): boolean {
  return expiresAt === null || expiresAt > now;
}

/**
 * One part of a name between colons. What could be taken for a separator, or does not belong into a
 * header, is percent-encoded; so different names stay different, and no name becomes two parts.
 */
function segment(text: string): string {
  return text.replace(/[^A-Za-z0-9._@+-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** The later of two ends, where null is never. */
function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function earliest(entries: readonly AccessEntry[]): number | null {
  const ends = entries.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]));
  return ends.length > 0 ? Math.min(...ends) : null;
}

type Named = readonly [name: string | undefined, ...rest: unknown[]];

function byName([a = '']: Named, [b = '']: Named): number {
  return compare(a, b);
}

/** By code point, so that the order is the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
