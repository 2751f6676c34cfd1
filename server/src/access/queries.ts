import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { EffectiveGrant } from './policy.ts';

type Db = Kysely<Schema> | Transaction<Schema>;

/** What a grant gives, with the environment that it gives it in. */
export interface GrantInEnvironment extends EffectiveGrant {
  readonly environmentId: number;
  readonly mode: 'managed' | 'external';
}

/**
 * Reads the grants of a user and of the user's teams.
 *
 * @param environmentId absent: in all environments
 * @returns none for a user who is disabled or not there
 */
export async function grantsOfUser(
  db: Db,
  userId: number,
  environmentId?: number,
): Promise<GrantInEnvironment[]> {
  let query = grantRows(db)
    .innerJoin('users', (join) => join.on('users.id', '=', userId).on('users.disabled', '=', 0))
    .where(({ eb, or, selectFrom }) =>
      or([
        eb('grants.user_id', '=', userId),
        eb(
          'grants.team_id',
          'in',
          selectFrom('team_members').select('team_id').where('team_members.user_id', '=', userId),
        ),
      ]),
    );
  if (environmentId !== undefined) query = query.where('environments.id', '=', environmentId);
  return (await query.execute()).map(toGrant);
}

/**
 * Reads all grants of everybody.
 *
 * @param environmentId absent: in all environments
 */
export async function grantsInEnvironments(
  db: Db,
  environmentId?: number,
): Promise<GrantInEnvironment[]> {
  let query = grantRows(db);
  if (environmentId !== undefined) query = query.where('environments.id', '=', environmentId);
  return (await query.execute()).map(toGrant);
}

function grantRows(db: Db) {
  return db
    .selectFrom('grants')
    .innerJoin('grant_environments', 'grant_environments.grant_id', 'grants.id')
    .innerJoin('environments', 'environments.id', 'grant_environments.environment_id')
    .innerJoin('roles', 'roles.id', 'grants.role_id')
    .select([
      'environments.id as environmentId',
      'environments.rbac as mode',
      'roles.name as role',
      'roles.key as roleKey',
      'grants.namespaces',
      'grants.expires_at as expiresAt',
    ]);
}

function toGrant(row: Omit<GrantInEnvironment, 'namespaces'> & { namespaces: string | null }) {
  return { ...row, namespaces: readNamespaces(row.namespaces) };
}

/** The namespaces of a grant, out of their column. */
export function readNamespaces(column: string | null): readonly string[] | null {
  return column === null ? null : (JSON.parse(column) as string[]);
}
