import type { BulkResult, UserBulk } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { fail, SallyportError } from '../errors.ts';
import type { Schema } from '../store/schema.ts';
import type { Store, Topic } from '../store/store.ts';
import { joinTeam, leaveTeam, requireTeam } from './teams.ts';
import type { ShownBy } from './tokenLimits.ts';
import { limitTokenTo, type RevokeKubeconfigs, removeUser, setDisabled } from './users.ts';

export interface BulkDependencies {
  readonly store: Store;
  readonly revokeKubeconfigs: RevokeKubeconfigs;
  readonly now?: () => number;
}

type Tx = Transaction<Schema>;
type Act = (tx: Tx, id: number, changed: (topic: Topic) => void) => Promise<'done' | 'unchanged'>;

/**
 * Does one thing to several users, each by the same rules as if it were done to them alone. All of
 * it is one transaction, so that a list of hundreds is one write and one word to the caches; a user
 * who is refused stays as they are and stands in nobody's way.
 */
export function createUserBulk({ store, revokeKubeconfigs, now = Date.now }: BulkDependencies) {
  /**
   * @param self who asks; among others, they are not disabled or deleted
   * @param by how they showed who they are: by an API token, admins are refused
   * @returns what became of each, in the order of `ids`
   * @throws team.not_found
   */
  return async function bulk(
    { act, ids, teamId }: UserBulk,
    self: number,
    by: ShownBy = 'session',
  ): Promise<BulkResult[]> {
    const run = actOf(act, { teamId: teamId ?? 0, self, by, revokeKubeconfigs, now });
    return store.write(async (tx, changed) => {
      if (teamId !== undefined) await requireTeam(tx, teamId);
      const wanted = [...new Set(ids)];
      const rows = await tx
        .selectFrom('users')
        .select(['id', 'username'])
        .where('id', 'in', wanted)
        .execute();
      const names = new Map(rows.map(({ id, username }) => [id, username]));
      const results: BulkResult[] = [];
      for (const id of wanted) {
        const name = names.get(id) ?? null;
        try {
          if (name === null) throw fail('user.not_found', { id });
          results.push({ id, name, outcome: await run(tx, id, changed), message: null });
        } catch (error) {
          // These are thrown before anything of the user is written, so the others go on.
          if (!(error instanceof SallyportError)) throw error;
          results.push({ id, name, outcome: 'refused', message: error.message });
        }
      }
      return results;
    });
  };
}

export type UserBulkAct = ReturnType<typeof createUserBulk>;

interface ActContext {
  readonly teamId: number;
  readonly self: number;
  readonly by: ShownBy;
  readonly revokeKubeconfigs: RevokeKubeconfigs;
  readonly now: () => number;
}

function actOf(
  act: UserBulk['act'],
  { teamId, self, by, revokeKubeconfigs, now }: ActContext,
): Act {
  const set = (disabled: boolean): Act => {
    return async (tx, id, changed) => {
      await limitTokenTo(tx, by, id);
      return setDisabled(tx, changed, { id, disabled, at: now() }, revokeKubeconfigs);
    };
  };
  switch (act) {
    case 'enable':
      return set(false);
    case 'disable':
      return async (tx, id, changed) => {
        if (id === self) throw fail('user.self');
        return set(true)(tx, id, changed);
      };
    case 'delete':
      return async (tx, id, changed) => {
        if (id === self) throw fail('user.self');
        await limitTokenTo(tx, by, id);
        await removeUser(tx, changed, id);
        return 'done';
      };
    case 'addToTeam':
      return async (tx, userId, changed) =>
        (await joinTeam(tx, changed, { teamId, userId, at: now() })) ? 'done' : 'unchanged';
    case 'removeFromTeam':
      return async (tx, userId, changed) =>
        (await leaveTeam(tx, changed, { teamId, userId })) ? 'done' : 'unchanged';
  }
}
