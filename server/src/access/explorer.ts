import type {
  AccessRight,
  NamespaceAccess,
  NamespaceInEnvironment,
  PersonAccess,
  PersonInEnvironment,
  RightState,
} from '@sallyport/contract';
import { fail } from '../errors.ts';
import type { Store } from '../store/store.ts';
import {
  type KnownPerson,
  readMeanings,
  readNotes,
  readPeople,
  readTeamNames,
} from './explorerQueries.ts';
import type { Grants } from './grants.ts';
import { identityOf } from './identity.ts';
import type { Namespaces } from './namespaces.ts';
import { groupFor, resolve } from './policy.ts';
import {
  type GrantInEnvironment,
  grantsForUser,
  grantsInEnvironments,
  labelledEnvironments,
  withNamespaces,
} from './queries.ts';
import type { AccessResolver } from './resolve.ts';

export interface ExplorerDependencies {
  readonly store: Store;
  /** What the proxy itself asks. */
  readonly access: Pick<AccessResolver, 'resolve'>;
  readonly namespaces: Pick<Namespaces, 'ready' | 'matching' | 'problem'>;
  readonly grants: Pick<Grants, 'stateIn'>;
  readonly now?: () => number;
}

export interface ExplorerPage {
  /** Absent: all environments. */
  readonly environmentId?: number | undefined;
  /** Environments. */
  readonly limit: number;
  readonly offset: number;
  /** People of each environment; the rest is counted. */
  readonly people?: number;
}

export type Explorer = ReturnType<typeof createExplorer>;

/** People of one environment that an answer names; the text names all. */
const NAMED_PEOPLE = 500;

/** What names are needed to tell of a grant. */
interface Words {
  readonly teams: ReadonlyMap<number, string>;
  readonly meanings: ReadonlyMap<string, string>;
  readonly notes: ReadonlyMap<number, string>;
}

/**
 * Answers who can do what, and by which grant. Whether somebody may enter and with which groups is
 * what the proxy's own question gives; the explanation beside it is made of the same grants.
 */
export function createExplorer(dependencies: ExplorerDependencies) {
  const { store, access, namespaces, grants, now = Date.now } = dependencies;

  /**
   * What a person can do.
   *
   * @throws user.not_found, environment.not_found
   */
  async function person(userId: number, page: ExplorerPage): Promise<PersonAccess> {
    const { environmentId, limit, offset } = page;
    const [[known], environments, words] = await Promise.all([
      readPeople(store, [userId]),
      environmentsFor(environmentId),
      readWords(),
    ]);
    if (!known) throw fail('user.not_found', { id: userId });
    const mine = await filled(await grantsForUser(store.db, userId, environmentId));
    const shown = environments.filter(({ id }) => environmentId !== undefined || mine.has(id));
    const items = await Promise.all(
      shown.slice(offset, offset + limit).map(async (environment): Promise<PersonInEnvironment> => {
        const given = await access.resolve(userId, environment.id);
        const identity = given && identityOf({ ...known, kubeconfigId: 0 }, given);
        return {
          environment,
          mayEnter: given !== undefined,
          identity: identity ? { user: identity.user, groups: [...identity.groups] } : null,
          rights: (mine.get(environment.id) ?? []).map((grant) => rightOf(grant, known, words)),
        };
      }),
    );
    return {
      asOf: new Date(now()).toISOString(),
      person: shownPerson(known),
      items,
      total: shown.length,
    };
  }

  /**
   * Who can reach a namespace, whether it exists or not.
   *
   * @throws environment.not_found
   */
  async function namespace(name: string, page: ExplorerPage): Promise<NamespaceAccess> {
    const { environmentId, limit, offset, people: named = NAMED_PEOPLE } = page;
    const [people, environments, words, all] = await Promise.all([
      readPeople(store),
      environmentsFor(environmentId),
      readWords(),
      grantsInEnvironments(store.db, environmentId).then(filled),
    ]);
    const byEnvironment = new Map(
      [...all].map(([id, given]) => [
        id,
        given.filter((grant) => concerns(grant, name) || stateOf(grant, false) === 'unknown'),
      ]),
    );
    const shown = environments.filter(
      ({ id }) => environmentId !== undefined || (byEnvironment.get(id)?.length ?? 0) > 0,
    );
    const items = shown.slice(offset, offset + limit).map((environment): NamespaceInEnvironment => {
      const given = byEnvironment.get(environment.id) ?? [];
      const reaching = people.flatMap((one) => {
        const theirs = given.filter((grant) => isOf(grant, one));
        if (theirs.length === 0) return [];
        const rights = theirs.map((grant) => rightOf(grant, one, words));
        return { person: shownPerson(one), mayReach: reaches(theirs, one, name), rights };
      });
      const unknown = given.find((grant) => stateOf(grant, false) === 'unknown');
      return {
        environment,
        people: reaching.slice(0, named),
        total: reaching.length,
        message: unknown ? whyUnknown(environment.id) : null,
      };
    });
    return { asOf: new Date(now()).toISOString(), namespace: name, items, total: shown.length };
  }

  /** By the groups that the proxy would send, or where the owner decides by the grant itself. */
  function reaches(theirs: readonly GrantInEnvironment[], who: KnownPerson, name: string): boolean {
    const [first] = theirs;
    const given = first && !who.disabled ? resolve(theirs, first.mode, now()) : undefined;
    if (!given || !first) return false;
    if (first.mode === 'external') return true;
    return theirs.some(({ roleKey }) =>
      [null, name].some((scope) => given.groups.includes(groupFor(roleKey, scope))),
    );
  }

  function rightOf(grant: GrantInEnvironment, who: KnownPerson, words: Words): AccessRight {
    const { grantId, role, teamId, namespaceSelector, expiresAt } = grant;
    const state = stateOf(grant, who.disabled);
    return {
      grantId,
      role,
      meaning: words.meanings.get(role) ?? '',
      team: teamId === null ? null : (words.teams.get(teamId) ?? ''),
      namespaces: grant.namespaces && [...grant.namespaces],
      namespaceSelector: namespaceSelector ?? null,
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      note: words.notes.get(grantId) ?? '',
      state,
      why: whyOf(state, grant),
    };
  }

  function stateOf(grant: GrantInEnvironment, disabled: boolean): RightState {
    const { mode, environmentId, namespaceSelector, expiresAt } = grant;
    if (disabled) return 'disabled';
    if (expiresAt !== null && expiresAt <= now()) return 'ended';
    if (mode === 'external') return 'external';
    if (namespaceSelector === undefined) return 'in-force';
    const matching = namespaces.matching(environmentId, namespaceSelector);
    if (matching === undefined) return 'unknown';
    return matching.length === 0 ? 'no-namespace' : 'in-force';
  }

  function whyOf(state: RightState, grant: GrantInEnvironment): string | null {
    switch (state) {
      case 'disabled':
        return 'The person is disabled.';
      case 'ended':
        return 'The grant has ended.';
      case 'no-namespace':
        return 'No namespace has such labels now.';
      case 'unknown':
        return whyUnknown(grant.environmentId);
      case 'external':
        return "The cluster's owner decides what they may do inside.";
      default: {
        const binding = grants.stateIn(grant);
        return binding.state === 'pending'
          ? `The cluster does not have it yet: ${binding.message}`
          : null;
      }
    }
  }

  function whyUnknown(environmentId: number): string {
    return `It is not known which namespaces have such labels: ${namespaces.problem(environmentId)}.`;
  }

  /** With the namespaces that are meant now, by environment. */
  async function filled(
    found: readonly GrantInEnvironment[],
  ): Promise<ReadonlyMap<number, readonly GrantInEnvironment[]>> {
    const asked = found.flatMap(({ mode, namespaceSelector, environmentId }) =>
      mode === 'managed' && namespaceSelector !== undefined ? environmentId : [],
    );
    await Promise.all([...new Set(asked)].map(namespaces.ready));
    const known = withNamespaces(found, namespaces.matching);
    known.sort((a, b) => a.grantId - b.grantId);
    return Map.groupBy(known, ({ environmentId }) => environmentId);
  }

  /** @throws environment.not_found */
  async function environmentsFor(environmentId: number | undefined) {
    const found = await labelledEnvironments(store.db, environmentId);
    if (environmentId !== undefined && found.length === 0) {
      throw fail('environment.not_found', { id: environmentId });
    }
    return found.map(({ id, name, rbac }) => ({ id, name, rbac }));
  }

  async function readWords(): Promise<Words> {
    const [teams, meanings, notes] = await Promise.all([
      readTeamNames(store),
      readMeanings(store),
      readNotes(store),
    ]);
    return { teams, meanings, notes };
  }

  return { person, namespace };
}

function isOf({ userId, teamId }: GrantInEnvironment, { id, teamIds }: KnownPerson): boolean {
  return userId === id || (teamId !== null && teamIds.has(teamId));
}

/** Whether a grant could have to do with a namespace: it names it, or could mean it. */
function concerns(grant: GrantInEnvironment, name: string): boolean {
  const { namespaces, namespaceSelector, mode } = grant;
  if (namespaces === null || namespaces.includes(name)) return true;
  return namespaceSelector !== undefined && mode === 'external';
}

function shownPerson({ id, username, disabled, teams }: KnownPerson) {
  return { id, username, disabled, teams: [...teams] };
}
