import type { Team, TeamCreate, TeamMember } from '@sallyport/contract';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { z } from 'zod';
import { fail } from '../errors.ts';
import { keyContains, nameKey } from '../store/names.ts';
import type { Schema } from '../store/schema.ts';
import type { Store, Topic } from '../store/store.ts';
import { isUniqueViolation } from '../store/violations.ts';
import type { Page } from './users.ts';

type Member = z.infer<typeof TeamMember>;

export interface TeamsDependencies {
  readonly store: Store;
  readonly now?: () => number;
}

/** Which teams to list; absent: any. */
export interface TeamFilter extends Page {
  /** Those only that this user is not a member of. */
  readonly withoutUserId?: number | undefined;
}

interface Membership {
  readonly teamId: number;
  readonly userId: number;
}

export type Teams = ReturnType<typeof createTeams>;

/** Teams, and who is in them. */
export function createTeams({ store, now = Date.now }: TeamsDependencies) {
  return {
    /** @param filter `q` is looked for anywhere in the name */
    async list({
      limit,
      offset,
      q,
      withoutUserId,
    }: TeamFilter): Promise<{ items: Team[]; total: number }> {
      const found = store.db
        .selectFrom('teams')
        .$if(q !== undefined, (query) =>
          query.where(({ ref }) => keyContains(ref('name_key'), q ?? '')),
        )
        .$if(withoutUserId !== undefined, (query) =>
          query.where('teams.id', 'not in', ({ selectFrom }) =>
            selectFrom('team_members')
              .select('team_id')
              .where('user_id', '=', withoutUserId ?? 0),
          ),
        );
      const { total } = await found
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await found
        .selectAll('teams')
        .select((eb) =>
          eb
            .selectFrom('team_members')
            .whereRef('team_members.team_id', '=', 'teams.id')
            .select(({ fn }) => fn.countAll<number>().as('members'))
            .as('members'),
        )
        .orderBy('name_key')
        .limit(limit)
        .offset(offset)
        .execute();
      return { items: rows.map((row) => viewTeam(row, row.members ?? 0)), total };
    },

    /** @throws team.not_found */
    async get(id: number): Promise<Team> {
      const row = await store.db
        .selectFrom('teams')
        .selectAll('teams')
        .select((eb) =>
          eb
            .selectFrom('team_members')
            .where('team_members.team_id', '=', id)
            .select(({ fn }) => fn.countAll<number>().as('members'))
            .as('members'),
        )
        .where('id', '=', id)
        .executeTakeFirst();
      if (!row) throw fail('team.not_found', { id });
      return viewTeam(row, row.members ?? 0);
    },

    /** @throws team.exists */
    async create({ name }: z.infer<typeof TeamCreate>): Promise<Team> {
      try {
        return await store.write(async (tx, changed) => {
          const row = await tx
            .insertInto('teams')
            .values({ name, name_key: nameKey(name), created_at: now() })
            .returningAll()
            .executeTakeFirstOrThrow();
          changed('teams');
          return viewTeam(row, 0);
        });
      } catch (error) {
        if (isUniqueViolation(error)) throw fail('team.exists', { name });
        throw error;
      }
    },

    /**
     * Removes a team with its memberships and grants.
     *
     * @throws team.not_found
     */
    async delete(id: number): Promise<void> {
      await store.write(async (tx, changed) => {
        const gone = await tx
          .deleteFrom('teams')
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst();
        if (!gone) throw fail('team.not_found', { id });
        changed('teams');
        changed('grants');
      });
    },

    /**
     * @param page `q` is looked for anywhere in the username
     * @throws team.not_found
     */
    async members(
      id: number,
      { limit, offset, q }: Page,
    ): Promise<{ items: Member[]; total: number }> {
      await requireTeam(store.db, id);
      const found = store.db
        .selectFrom('team_members')
        .innerJoin('users', 'users.id', 'team_members.user_id')
        .where('team_members.team_id', '=', id)
        .$if(q !== undefined, (query) =>
          query.where(({ ref }) => keyContains(ref('users.username_key'), q ?? '')),
        );
      const { total } = await found
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await found
        .select(['users.id as userId', 'users.username'])
        .orderBy('users.username_key')
        .limit(limit)
        .offset(offset)
        .execute();
      return { items, total };
    },

    /** @throws team.not_found, user.not_found, team.member_exists */
    async addMember(id: number, userId: number): Promise<Member> {
      return store.write(async (tx, changed) => {
        await requireTeam(tx, id);
        const user = await tx
          .selectFrom('users')
          .select(['id as userId', 'username'])
          .where('id', '=', userId)
          .executeTakeFirst();
        if (!user) throw fail('user.not_found', { id: userId });
        const added = await joinTeam(tx, changed, { teamId: id, userId, at: now() });
        if (!added) throw fail('team.member_exists', { name: user.username });
        return user;
      });
    },

    /** @throws team.not_found, team.member_not_found */
    async removeMember(id: number, userId: number): Promise<void> {
      await store.write(async (tx, changed) => {
        await requireTeam(tx, id);
        const gone = await leaveTeam(tx, changed, { teamId: id, userId });
        if (!gone) throw fail('team.member_not_found', { id: userId });
      });
    },
  };
}

/** @returns whether they were no member before */
export async function joinTeam(
  tx: Transaction<Schema>,
  changed: (topic: Topic) => void,
  { teamId, userId, at }: Membership & { readonly at: number },
): Promise<boolean> {
  const added = await tx
    .insertInto('team_members')
    .values({ team_id: teamId, user_id: userId, created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst();
  if (added) changed('teams');
  return added !== undefined;
}

/** @returns whether they were a member */
export async function leaveTeam(
  tx: Transaction<Schema>,
  changed: (topic: Topic) => void,
  { teamId, userId }: Membership,
): Promise<boolean> {
  const gone = await tx
    .deleteFrom('team_members')
    .where('team_id', '=', teamId)
    .where('user_id', '=', userId)
    .returning('user_id')
    .executeTakeFirst();
  if (gone) changed('teams');
  return gone !== undefined;
}

/** @throws team.not_found */
export async function requireTeam(db: Kysely<Schema>, id: number): Promise<void> {
  const row = await db.selectFrom('teams').select('id').where('id', '=', id).executeTakeFirst();
  if (!row) throw fail('team.not_found', { id });
}

function viewTeam(row: Selectable<Schema['teams']>, members: number): Team {
  return {
    id: row.id,
    name: row.name,
    members,
    createdAt: new Date(row.created_at).toISOString(),
  };
}
