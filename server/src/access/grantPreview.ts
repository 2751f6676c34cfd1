import type { GrantPreview } from '@sallyport/contract';
import { connectionProblem } from '../environments/connectionProblem.ts';
import type { KubeClient } from '../environments/kubeClient.ts';
import { fail } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { listNamespaces, NamespacesRefused } from './namespaceWatch.ts';
import { labelledEnvironments } from './queries.ts';
import { matcherOf } from './selectors.ts';

export interface GrantPreviewDependencies {
  readonly store: Store;
  readonly kube: (environmentId: number) => KubeClient | undefined;
}

/** A grant that nobody has made yet, as far as it says whom and what it reaches. */
export interface Reach {
  readonly userId?: number | undefined;
  readonly teamId?: number | undefined;
  readonly environmentIds?: readonly number[] | undefined;
  readonly environmentSelector?: string | undefined;
  readonly allEnvironments?: boolean | undefined;
  readonly namespaceSelector?: string | undefined;
}

/** Named one by one; the rest is counted. */
const NAMED = 100;
/** Clusters that are asked which of their namespaces match. */
const ASKED = 20;
const PATIENCE_MS = 3_000;

type PreviewedEnvironment = GrantPreview['environments']['items'][number];

/** Says what a grant would reach now, before it is made. */
export function createGrantPreview({ store: { db }, kube }: GrantPreviewDependencies) {
  /** @throws user.not_found, team.not_found */
  return async function preview(reach: Reach): Promise<GrantPreview> {
    const { environmentIds, environmentSelector, namespaceSelector } = reach;
    const wanted = new Set(environmentIds);
    const matches = environmentIds === undefined ? matcherOf(environmentSelector ?? '') : undefined;
    const found = (await labelledEnvironments(db)).filter(({ id, labels }) =>
      matches ? matches(labels) : wanted.has(id),
    );
    const [items, people] = await Promise.all([
      Promise.all(
        found.slice(0, NAMED).map(async ({ id, name, rbac }, index) => ({
          ...{ id, name, rbac },
          ...(rbac === 'managed' && namespaceSelector !== undefined
            ? await namespacesOf(id, namespaceSelector, index < ASKED)
            : { namespaces: null, message: null }),
        })),
      ),
      peopleOf(reach),
    ]);
    return { environments: { total: found.length, items }, people };
  };

  async function namespacesOf(
    id: number,
    selector: string,
    ask: boolean,
  ): Promise<Pick<PreviewedEnvironment, 'namespaces' | 'message'>> {
    const unknown = (message: string) => ({ namespaces: null, message });
    if (!ask) return unknown('It was not asked.');
    const client = kube(id);
    if (!client) return unknown('Its stored credential cannot be opened.');
    try {
      const { labels } = await listNamespaces(client, AbortSignal.timeout(PATIENCE_MS));
      const matches = matcherOf(selector);
      const names = [...labels].flatMap(([name, own]) => (matches(own) ? name : []));
      return { namespaces: names.sort(), message: null };
    } catch (error) {
      if (error instanceof NamespacesRefused) return unknown(`Not known: ${error.message}.`);
      return unknown(`Not known: ${connectionProblem(error, client.target).why}.`);
    }
  }

  async function peopleOf({ userId, teamId }: Reach): Promise<GrantPreview['people']> {
    if (userId !== undefined) {
      const user = await db
        .selectFrom('users')
        .select('username')
        .where('id', '=', userId)
        .executeTakeFirst();
      if (!user) throw fail('user.not_found', { id: userId });
      return { total: 1, usernames: [user.username] };
    }
    if (teamId === undefined) return null;
    const team = await db
      .selectFrom('teams')
      .select('id')
      .where('id', '=', teamId)
      .executeTakeFirst();
    if (!team) throw fail('team.not_found', { id: teamId });
    const members = await db
      .selectFrom('team_members')
      .innerJoin('users', 'users.id', 'team_members.user_id')
      .select('users.username')
      .where('team_members.team_id', '=', teamId)
      .orderBy('users.username_key')
      .execute();
    const usernames = members.slice(0, NAMED).map(({ username }) => username);
    return { total: members.length, usernames };
  }
}
