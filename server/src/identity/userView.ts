import type { User } from '@sallyport/contract';
import type { Kysely } from 'kysely';
import type { Row, Schema } from '../store/schema.ts';

/** What of a signed-in user decides what they may do. */
export type Principal = Pick<User, 'id' | 'username' | 'role'>;

/** Gives users the shape that the REST API shows, with their teams by name, and whether they
 * have a second factor. */
export async function viewUsers(
  db: Kysely<Schema>,
  rows: ReadonlyArray<Row<'users'>>,
): Promise<User[]> {
  const memberships =
    rows.length === 0
      ? []
      : await db
          .selectFrom('team_members')
          .innerJoin('teams', 'teams.id', 'team_members.team_id')
          .where(
            'team_members.user_id',
            'in',
            rows.map(({ id }) => id),
          )
          .select(['team_members.user_id', 'teams.id', 'teams.name'])
          .orderBy('teams.name_key')
          .execute();
  const factors =
    rows.length === 0
      ? []
      : await db
          .selectFrom('second_factors')
          .where(
            'user_id',
            'in',
            rows.map(({ id }) => id),
          )
          .where('confirmed_at', 'is not', null)
          .select('user_id')
          .execute();
  const withFactor = new Set(factors.map(({ user_id }) => user_id));
  const byUser = Map.groupBy(memberships, ({ user_id }) => user_id);
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    role: row.role,
    disabled: row.disabled === 1,
    teams: (byUser.get(row.id) ?? []).map(({ id, name }) => ({ id, name })),
    createdAt: new Date(row.created_at).toISOString(),
    secondFactor: withFactor.has(row.id),
    signIn: row.sign_in,
    linked: row.provider_subject !== null,
    providerAt: row.provider_at === null ? null : new Date(row.provider_at).toISOString(),
  }));
}

/** As {@link viewUsers}, for one. */
export async function viewUser(db: Kysely<Schema>, row: Row<'users'>): Promise<User> {
  const [user] = await viewUsers(db, [row]);
  return user as User;
}
