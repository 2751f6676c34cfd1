import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { EffectiveGrant } from './policy.ts';
import { matcherOf, readLabels } from './selectors.ts';

type Db = Kysely<Schema> | Transaction<Schema>;

/**
 * What a grant gives, with the environment that it gives it in. Where the grant has a namespace
 * selector its `namespaces` are none yet: {@link withNamespaces} fills them in.
 */
export interface GrantInEnvironment extends EffectiveGrant {
  readonly grantId: number;
  /** The team that has it; null: the user has it themselves. */
  readonly teamId: number | null;
  readonly userId: number | null;
  readonly environmentId: number;
  readonly mode: 'managed' | 'external';
}

/** The namespaces of an environment's cluster that a selector means now; undefined: not known. */
export type MatchingNamespaces = (
  environmentId: number,
  selector: string,
) => readonly string[] | undefined;

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
  const enabled = (query: Rows) =>
    ofUser(query, userId).innerJoin('users', (join) =>
      join.on('users.id', '=', userId).on('users.disabled', '=', 0),
    );
  return grantsInPlaces(db, enabled, environmentId);
}

/** The same, of a user who is disabled too: what they would have. */
export async function grantsForUser(
  db: Db,
  userId: number,
  environmentId?: number,
): Promise<GrantInEnvironment[]> {
  return grantsInPlaces(db, (query) => ofUser(query, userId), environmentId);
}

function ofUser(query: Rows, userId: number): Rows {
  return query.where(({ eb, or, selectFrom }) =>
    or([
      eb('grants.user_id', '=', userId),
      eb(
        'grants.team_id',
        'in',
        selectFrom('team_members').select('team_id').where('team_members.user_id', '=', userId),
      ),
    ]),
  );
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
  return grantsInPlaces(db, (query) => query, environmentId);
}

/**
 * Reads the grants that choose namespaces by label and have not ended.
 *
 * @param now epoch milliseconds
 */
export async function grantsByNamespaceLabel(db: Db, now: number): Promise<GrantInEnvironment[]> {
  const live = (query: Rows) =>
    query
      .where('grants.namespace_selector', 'is not', null)
      .where(({ eb, or }) =>
        or([eb('grants.expires_at', 'is', null), eb('grants.expires_at', '>', now)]),
      );
  return grantsInPlaces(db, live, undefined);
}

/**
 * The same grants with the namespaces that their selectors mean now. In an external environment
 * nothing asks for them, since its owner writes the bindings.
 */
export function withNamespaces<G extends GrantInEnvironment>(
  grants: readonly G[],
  matching: MatchingNamespaces,
): G[] {
  return grants.map((grant) => {
    const { environmentId, mode, namespaceSelector } = grant;
    if (namespaceSelector === undefined || mode === 'external') return grant;
    return { ...grant, namespaces: matching(environmentId, namespaceSelector) ?? [] };
  });
}

function grantRows(db: Db) {
  return db
    .selectFrom('grants')
    .innerJoin('roles', 'roles.id', 'grants.role_id')
    .select([
      'grants.id as grantId',
      'grants.user_id as userId',
      'grants.team_id as teamId',
      'roles.name as role',
      'roles.key as roleKey',
      'grants.namespaces',
      'grants.namespace_selector as namespaceSelector',
      'grants.expires_at as expiresAt',
    ]);
}

type Rows = ReturnType<typeof grantRows>;

/** Those that name their environments, and those that choose them by label. */
async function grantsInPlaces(
  db: Db,
  narrow: (query: Rows) => Rows,
  environmentId: number | undefined,
): Promise<GrantInEnvironment[]> {
  let named = narrow(grantRows(db))
    .where('grants.environment_selector', 'is', null)
    .innerJoin('grant_environments', 'grant_environments.grant_id', 'grants.id')
    .innerJoin('environments', 'environments.id', 'grant_environments.environment_id')
    .select(['environments.id as environmentId', 'environments.rbac as mode']);
  const selecting = narrow(grantRows(db))
    .where('grants.environment_selector', 'is not', null)
    .select(({ ref }) => ref('grants.environment_selector').$notNull().as('environmentSelector'));
  if (environmentId !== undefined) named = named.where('environments.id', '=', environmentId);
  const [byName, bySelector] = await Promise.all([named.execute(), selecting.execute()]);
  const grants = byName.map(toGrant);
  if (bySelector.length === 0) return grants;
  const environments = await labelledEnvironments(db, environmentId);
  for (const { environmentSelector, ...row } of bySelector) {
    const matches = matcherOf(environmentSelector);
    for (const { id, rbac, labels } of environments) {
      if (matches(labels)) grants.push(toGrant({ ...row, environmentId: id, mode: rbac }));
    }
  }
  return grants;
}

/** The environments with what selectors are held against. */
export async function labelledEnvironments(db: Db, environmentId?: number) {
  let query = db.selectFrom('environments').select(['id', 'name', 'rbac', 'labels']);
  if (environmentId !== undefined) query = query.where('id', '=', environmentId);
  const rows = await query.orderBy('name_key').execute();
  return rows.map((row) => ({ ...row, labels: readLabels(row.labels) }));
}

type GrantRow = Omit<GrantInEnvironment, 'namespaces' | 'namespaceSelector'> & {
  readonly namespaces: string | null;
  readonly namespaceSelector: string | null;
};

function toGrant({ namespaceSelector, ...row }: GrantRow): GrantInEnvironment {
  if (namespaceSelector !== null) return { ...row, namespaces: [], namespaceSelector };
  return { ...row, namespaces: readNamespaces(row.namespaces) };
}

/** The namespaces of a grant, out of their column. */
export function readNamespaces(column: string | null): readonly string[] | null {
  return column === null ? null : (JSON.parse(column) as string[]);
}
