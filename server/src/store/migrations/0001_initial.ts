import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const required: Column = (column) => column.notNull();

/** A column that goes with the row it points to. */
const partOf =
  (target: string): Column =>
  (column) =>
    column.notNull().references(target).onDelete('cascade');

const oneOf = (name: string, ...values: Array<string | number>) =>
  sql<boolean>`${sql.ref(name)} in (${sql.join(values.map((value) => sql.lit(value)))})`;

/** The first schema; schema.ts says what each column holds. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sqlite = dialect === 'sqlite';
  // SQLite forgets the highest id once its row is gone, unless it is told AUTOINCREMENT.
  const id: Column = (column) =>
    sqlite ? column.primaryKey().autoIncrement() : column.generatedAlwaysAsIdentity().primaryKey();
  // SQLite's integer has 64 bits, and its strict tables know no other word for it.
  const time = sqlite ? 'integer' : 'bigint';
  // Names sort by code point on SQLite; PostgreSQL would sort by the database's language.
  const key = sqlite ? 'text' : sql`text collate "C"`;
  // Without STRICT, SQLite would take text in a number's place.
  const table = (name: string) =>
    sqlite ? db.schema.createTable(name).modifyEnd(sql`strict`) : db.schema.createTable(name);
  const index = async (on: string, ...columns: string[]) => {
    await db.schema
      .createIndex(`${on}_by_${columns.join('_')}`)
      .on(on)
      .columns(columns)
      .execute();
  };

  for (const name of ['meta', 'settings']) {
    await table(name)
      .addColumn('key', 'text', (column) => column.primaryKey().notNull())
      .addColumn('value', 'text', required)
      .execute();
  }

  await table('users')
    .addColumn('id', 'integer', id)
    .addColumn('uid', 'text', (column) => column.notNull().unique())
    .addColumn('username', 'text', required)
    .addColumn('username_key', key, (column) => column.notNull().unique())
    .addColumn('password_hash', 'text')
    .addColumn('role', 'text', required)
    .addColumn('disabled', 'integer', required)
    .addColumn('created_at', time, required)
    .addColumn('updated_at', time, required)
    .addCheckConstraint('users_role', oneOf('role', 'admin', 'user'))
    .addCheckConstraint('users_disabled', oneOf('disabled', 0, 1))
    .execute();

  await table('teams')
    .addColumn('id', 'integer', id)
    .addColumn('name', 'text', required)
    .addColumn('name_key', key, (column) => column.notNull().unique())
    .addColumn('created_at', time, required)
    .execute();

  await table('team_members')
    .addColumn('team_id', 'integer', partOf('teams.id'))
    .addColumn('user_id', 'integer', partOf('users.id'))
    .addColumn('created_at', time, required)
    .addPrimaryKeyConstraint('team_members_key', ['team_id', 'user_id'])
    .execute();
  await index('team_members', 'user_id');

  await table('sessions')
    .addColumn('id', 'integer', id)
    .addColumn('user_id', 'integer', partOf('users.id'))
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', time, required)
    .addColumn('last_seen_at', time, required)
    .addColumn('expires_at', time, required)
    .addColumn('address', 'text', required)
    .addColumn('user_agent', 'text', required)
    .execute();
  await index('sessions', 'user_id');
  await index('sessions', 'expires_at');

  await table('api_tokens')
    .addColumn('id', 'integer', id)
    .addColumn('user_id', 'integer', partOf('users.id'))
    .addColumn('name', 'text', required)
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', required)
    .addColumn('created_at', time, required)
    .addColumn('expires_at', time)
    .addColumn('last_used_at', time)
    .execute();
  await index('api_tokens', 'user_id');

  await table('environments')
    .addColumn('id', 'integer', id)
    .addColumn('name', 'text', required)
    .addColumn('name_key', key, (column) => column.notNull().unique())
    .addColumn('labels', 'text', required)
    .addColumn('rbac', 'text', required)
    .addColumn('server', 'text', required)
    .addColumn('ca_data', 'text')
    .addColumn('tls_server_name', 'text')
    .addColumn('credential', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('state_since', time)
    .addColumn('state_message', 'text')
    .addColumn('checked_at', time)
    .addColumn('version', 'text')
    .addColumn('created_at', time, required)
    .addColumn('updated_at', time, required)
    .addCheckConstraint('environments_rbac', oneOf('rbac', 'managed', 'external'))
    .addCheckConstraint('environments_state', oneOf('state', 'up', 'down', 'unknown'))
    .execute();

  await table('roles')
    .addColumn('id', 'integer', id)
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text', required)
    .addColumn('builtin', 'integer', required)
    .addCheckConstraint('roles_builtin', oneOf('builtin', 0, 1))
    .execute();

  await table('grants')
    .addColumn('id', 'integer', id)
    .addColumn('user_id', 'integer', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('team_id', 'integer', (column) => column.references('teams.id').onDelete('cascade'))
    .addColumn('role_id', 'integer', (column) => column.notNull().references('roles.id'))
    .addColumn('namespaces', 'text')
    .addColumn('expires_at', time)
    .addColumn('created_at', time, required)
    // A grant outlives the admin who made it.
    .addColumn('created_by', 'integer', (column) =>
      column.references('users.id').onDelete('set null'),
    )
    .addCheckConstraint('grants_subject', sql`(user_id is null) <> (team_id is null)`)
    .execute();
  await index('grants', 'user_id');
  await index('grants', 'team_id');
  await index('grants', 'role_id');
  await index('grants', 'created_by');
  await index('grants', 'expires_at');

  await table('grant_environments')
    .addColumn('grant_id', 'integer', partOf('grants.id'))
    .addColumn('environment_id', 'integer', partOf('environments.id'))
    .addPrimaryKeyConstraint('grant_environments_key', ['grant_id', 'environment_id'])
    .execute();
  await index('grant_environments', 'environment_id');

  await table('kubeconfigs')
    .addColumn('id', 'integer', id)
    .addColumn('user_id', 'integer', partOf('users.id'))
    .addColumn('name', 'text', required)
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', required)
    .addColumn('created_at', time, required)
    .addColumn('expires_at', time)
    .addColumn('revoked_at', time)
    .addColumn('last_used_at', time)
    .addColumn('last_used_from', 'text')
    .addColumn('last_used_by', 'text')
    .execute();
  await index('kubeconfigs', 'user_id');

  await table('kubeconfig_environments')
    .addColumn('kubeconfig_id', 'integer', partOf('kubeconfigs.id'))
    .addColumn('environment_id', 'integer', partOf('environments.id'))
    .addColumn('position', 'integer', required)
    .addPrimaryKeyConstraint('kubeconfig_environments_key', ['kubeconfig_id', 'environment_id'])
    .execute();
  await index('kubeconfig_environments', 'environment_id');

  await table('changes')
    .addColumn('id', 'integer', id)
    .addColumn('topic', 'text', required)
    .addColumn('created_at', time, required)
    .execute();

  await seedRoles(db as Kysely<RolesOnly>);
}

/** The roles table as this migration made it, whatever schema.ts says in later versions. */
interface RolesOnly {
  roles: { name: string; description: string; builtin: 0 | 1 };
}

/**
 * The user-facing ClusterRoles that every cluster has (Kubernetes documentation, "Using RBAC
 * Authorization"), from the least to the most powerful.
 */
async function seedRoles(db: Kysely<RolesOnly>): Promise<void> {
  const roles = [
    ['view', 'See most objects, but no Secrets, roles or role bindings.'],
    ['edit', 'Change most objects and read Secrets, but see no roles or role bindings.'],
    ['admin', 'Do everything inside a namespace, roles and role bindings included.'],
    ['cluster-admin', 'Do anything at all, nodes and the cluster itself included.'],
  ] as const;
  for (const [name, description] of roles) {
    await db.insertInto('roles').values({ name, description, builtin: 1 }).execute();
  }
}
