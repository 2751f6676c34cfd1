import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';
import { resolve } from './policy.ts';
import { type GrantInEnvironment, grantsOfUser } from './queries.ts';

export interface AccessDependencies {
  readonly store: Store;
  readonly now?: () => number;
}

export type AccessResolver = ReturnType<typeof createAccess>;

/** Answers kept in memory at most. Past it all are dropped: asking again costs one query. */
const MAX_ANSWERS = 50_000;

/**
 * Says what a user may do in an environment: the question that gate one asks with every request.
 * Answers are kept until something that they depend on changes, or a grant in them ends.
 */
export function createAccess({ store, now = Date.now }: AccessDependencies) {
  const answers = new Map<string, Access | undefined>();
  const loading = new Map<string, Promise<Access | undefined>>();

  const stop = store.onChange((topics) => {
    if (!DEPENDS_ON.some((topic) => topics.has(topic))) return;
    answers.clear();
    // Whoever asks from now on must not get an answer that was read before the change.
    loading.clear();
  });

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

    /** All environments that a user may enter now, with what they may do there. */
    async accessible(userId: number): Promise<ReadonlyMap<number, Access>> {
      const grants = await grantsOfUser(store.db, userId);
      const result = new Map<number, Access>();
      for (const [id, list] of Map.groupBy(grants, ({ environmentId }) => environmentId)) {
        const access = accessBy(list);
        if (access) result.set(id, access);
      }
      return result;
    },

    /** Stops to listen for changes; nothing may be asked after that. */
    stop,
  };

  function load(key: string, userId: number, environmentId: number) {
    const answer = grantsOfUser(store.db, userId, environmentId)
      .then((grants) => {
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

  function accessBy(grants: readonly GrantInEnvironment[]): Access | undefined {
    const [first] = grants;
    return first && resolve(grants, first.mode, now());
  }
}

const DEPENDS_ON = ['users', 'teams', 'grants', 'environments'] as const;
