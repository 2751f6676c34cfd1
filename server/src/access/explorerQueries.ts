import type { ExplainedPerson, RoleRule } from '@sallyport/contract';
import type { Store } from '../store/store.ts';
import { rulesInWords } from './roleWords.ts';

type Db = Pick<Store, 'db'>;

/** A person with what their identity in a cluster is made of. */
export interface KnownPerson extends ExplainedPerson {
  readonly uid: string;
  readonly teamIds: ReadonlySet<number>;
}

/**
 * Reads people with their teams.
 *
 * @param ids absent: everybody
 */
export async function readPeople({ db }: Db, ids?: readonly number[]): Promise<KnownPerson[]> {
  let users = db.selectFrom('users').select(['id', 'username', 'uid', 'disabled']);
  let members = db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.id', 'team_members.team_id')
    .select(['team_members.user_id as userId', 'teams.id', 'teams.name']);
  if (ids) {
    users = users.where('id', 'in', ids);
    members = members.where('team_members.user_id', 'in', ids);
  }
  const [rows, memberships] = await Promise.all([
    users.orderBy('username_key').execute(),
    members.orderBy('teams.name_key').execute(),
  ]);
  const teamsOf = Map.groupBy(memberships, ({ userId }) => userId);
  return rows.map(({ id, username, uid, disabled }) => {
    const teams = teamsOf.get(id) ?? [];
    return {
      ...{ id, username, uid },
      disabled: disabled === 1,
      teams: teams.map(({ name }) => name),
      teamIds: new Set(teams.map((team) => team.id)),
    };
  });
}

/** The names of teams by id. */
export async function readTeamNames({ db }: Db): Promise<ReadonlyMap<number, string>> {
  const rows = await db.selectFrom('teams').select(['id', 'name']).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** What each role allows, in words, by its name. */
export async function readMeanings({ db }: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('roles').select(['name', 'description', 'rules']).execute();
  return new Map(
    rows.map(({ name, description, rules }) => [
      name,
      rules === null ? description : `May ${rulesInWords(JSON.parse(rules) as RoleRule[])}.`,
    ]),
  );
}

/** The notes of grants by id. */
export async function readNotes({ db }: Db): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('grants')
    .select(['id', 'note'])
    .where('note', '<>', '')
    .execute();
  return new Map(rows.map(({ id, note }) => [id, note]));
}
