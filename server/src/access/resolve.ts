import type { Store } from '../store/store.ts';
import type { Access, Accessible } from './access.ts';
import type { Namespaces } from './namespaces.ts';
import { isLive, resolve } from './policy.ts';
import { type GrantInEnvironment, grantsOfUser, withNamespaces } from './queries.ts';

export interface AccessDependencies {
  readonly store: Store;
  /** Which namespaces grants by label mean. */
  readonly namespaces: Pick<Namespaces, 'ready' | 'matching' | 'onChange'>;
  readonly now?: () => number;
}

export type AccessResolver = ReturnType<typeof createAccess>;

/** Answers kept in memory at most. Past it all are dropped: asking again costs one query. */
const MAX_ANSWERS = 50_000;

/**
 * Says what a user may do in an environment: the question that gate one asks with every request.
 * Answers are kept until something that they depend on changes, labels of namespaces included, or a
 * grant in them ends.
 */
export function createAccess({ store, namespaces, now = Date.now }: AccessDependencies) {
  const answers = new Map<string, Access | undefined>();
  const loading = new Map<string, Promise<Access | undefined>>();

  const ends = [
    store.onChange((topics) => {
      if (DEPENDS_ON.some((topic) => topics.has(topic))) forget();
    }),
    namespaces.onChange(forget),
  ];

  function forget(): void {
    answers.clear();
    // Whoever asks from now on must not get an answer that was read before the change.
    loading.clear();
  }

  return {
    /**
     * What a user may do in an environment now, by their own grants and those of their teams.
     *
     * @returns at once where the answer is known; undefined where they may not enter: no grant, an
     *   unknown or disabled user, no such environment
     */
    resolve(
      userId: number,
      environmentId: number,
    ): Access | undefined | Promise<Access | undefined> {
      const key = `${userId}:${environmentId}`;
      if (answers.has(key)) {
        const answer = answers.get(key);
        if (!answer || answer.validUntil === null || answer.validUntil > now()) return answer;
        answers.delete(key);
      }
      return loading.get(key) ?? load(key, userId, environmentId);
    },

    /** All environments that a user may enter now, and what they may do there. */
    async accessible(userId: number): Promise<Accessible> {
      const at = now();
      const grants = await grantsOfUser(store.db, userId);
      const live = Map.groupBy(
        grants.filter((grant) => isLive(grant, at)),
        ({ environmentId }) => environmentId,
      );
      return {
        size: live.size,
        keys: () => live.keys(),
        has: (id) => live.has(id),
        get: (id) => accessBy(live.get(id) ?? [], at),
      };
    },

    /** Stops to listen for changes; nothing may be asked after that. */
    stop(): void {
      for (const end of ends) end();
    },
  };

  function load(key: string, userId: number, environmentId: number) {
    const answer = grantsOfUser(store.db, userId, environmentId)
      .then(async (grants) => {
        // Such as at a start: then somebody would be refused what they may do.
        if (grants.some(isUnknown)) await namespaces.ready(environmentId);
        const access = accessBy(grants);
        if (loading.get(key) === answer) {
          if (answers.size >= MAX_ANSWERS) answers.clear();
          answers.set(key, access);
        }
        return access;
      })
      .finally(() => {
        if (loading.get(key) === answer) loading.delete(key);
      });
    loading.set(key, answer);
    return answer;
  }

  function accessBy(grants: readonly GrantInEnvironment[], at = now()): Access | undefined {
    const [first] = grants;
    return first && resolve(withNamespaces(grants, namespaces.matching), first.mode, at);
  }

  /** Whether nobody knows yet which namespaces a grant is for. */
  function isUnknown({ mode, environmentId, namespaceSelector }: GrantInEnvironment): boolean {
    return (
      mode === 'managed' &&
      namespaceSelector !== undefined &&
      namespaces.matching(environmentId, namespaceSelector) === undefined
    );
  }
}

const DEPENDS_ON = ['users', 'teams', 'grants', 'environments'] as const;
