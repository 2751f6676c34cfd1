import type { Store } from '../store/store.ts';

/** Finds by what name people know the object of an act, before the act may remove it. */
export function createNames({ db }: Pick<Store, 'db'>) {
  const simple = {
    users: (id: number) => db.selectFrom('users').select('username as name').where('id', '=', id),
    teams: (id: number) => db.selectFrom('teams').select('name').where('id', '=', id),
    environments: (id: number) => db.selectFrom('environments').select('name').where('id', '=', id),
    roles: (id: number) => db.selectFrom('roles').select('name').where('id', '=', id),
    sessions: (id: number) =>
      db
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select('users.username as name')
        .where('sessions.id', '=', id),
    kubeconfigs: (id: number) => db.selectFrom('kubeconfigs').select('name').where('id', '=', id),
    tokens: (id: number) => db.selectFrom('api_tokens').select('name').where('id', '=', id),
  };

  async function grant(id: number): Promise<string | undefined> {
    const row = await db
      .selectFrom('grants')
      .innerJoin('roles', 'roles.id', 'grants.role_id')
      .leftJoin('users', 'users.id', 'grants.user_id')
      .leftJoin('teams', 'teams.id', 'grants.team_id')
      .select(['roles.name as role', 'users.username as user', 'teams.name as team'])
      .where('grants.id', '=', id)
      .executeTakeFirst();
    return row && `${row.role} to ${row.user === null ? `team ${row.team}` : row.user}`;
  }

  /** @param resource as it stands in front of the dot of a route's name */
  return async function nameOf(resource: string, id: number): Promise<string | undefined> {
    if (resource === 'grants') return grant(id);
    if (!Object.hasOwn(simple, resource)) return undefined;
    return (await simple[resource as keyof typeof simple](id).executeTakeFirst())?.name;
  };
}
