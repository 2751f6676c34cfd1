import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { readConnection } from '../../server/src/environments/connection.ts';
import { connectionColumns } from '../../server/src/environments/targets.ts';
import { openVault, type Vault } from '../../server/src/environments/vault.ts';
import type { Schema } from '../../server/src/store/schema.ts';
import { openStore } from '../../server/src/store/store.ts';
import type { Stage } from './fixture.ts';

export interface Many {
  readonly environments: number;
  readonly users: number;
  readonly teams: number;
}

const CHUNK = 250;
const STAGES = ['prod', 'staging', 'dev'];
const REGIONS = ['eu', 'us', 'ap', 'sa'];

/**
 * Puts rows straight into the database of a running Sallyport, as many as its API would take long to
 * make: environments at an address where nothing listens, users who cannot sign in, teams with two
 * memberships a user, and for the admin the right to enter every environment.
 */
export async function addMany(stage: Stage, { environments, users, teams }: Many): Promise<void> {
  const { dataDir } = stage.server;
  const admin = await stage.admin.call('auth.me');
  const vault = openVault(dataDir);
  const store = await openStore({ dataDir });
  try {
    for (let from = 0; from < environments; from += CHUNK) {
      await store.write(async (tx, changed) => {
        for (let n = from; n < Math.min(from + CHUNK, environments); n += 1) {
          await addEnvironment(tx, vault, n, stage.lab.caData);
        }
        changed('environments');
      });
    }
    await store.write(async (tx, changed) => {
      const teamIds = await addTeams(tx, teams);
      await addUsers(tx, users, teamIds);
      const { id: view } = await roleOf(tx, 'view');
      const { id: edit } = await roleOf(tx, 'edit');
      const grant = { environment_selector: '', namespace_selector: null, note: 'all of them' };
      const rest = { expires_at: null, created_at: Date.now(), created_by: null };
      await tx
        .insertInto('grants')
        .values([
          { ...grant, ...rest, user_id: admin.id, team_id: null, role_id: view, namespaces: null },
          {
            ...{ ...grant, ...rest, user_id: admin.id, team_id: null, role_id: edit },
            namespaces: JSON.stringify(['team-a', 'team-b']),
          },
          ...teamIds.map((team_id) => ({
            ...{ ...grant, ...rest, user_id: null, team_id, role_id: view },
            ...{ environment_selector: 'env=dev', namespaces: JSON.stringify(['default']) },
          })),
        ])
        .execute();
      for (const topic of ['users', 'teams', 'grants'] as const) changed(topic);
    });
  } finally {
    await store.close();
  }
}

async function addEnvironment(tx: Transaction<Schema>, vault: Vault, n: number, caData: string) {
  const name = `cluster ${n + 1}`;
  const connection = readConnection({
    server: 'https://127.0.0.1:1',
    caData,
    token: 'of-nobody',
    tlsServerName: undefined,
  });
  const at = Date.now();
  const { id } = await tx
    .insertInto('environments')
    .values({
      ...{ name, name_key: name, rbac: 'external', credential: '', server: connection.server },
      labels: JSON.stringify({ env: STAGES[n % 3], region: REGIONS[n % 4], team: `t${n % 40}` }),
      ...{ state: n % 10 === 0 ? 'down' : 'up', state_since: at, checked_at: at },
      version: `v1.${30 + (n % 7)}.${n % 5}`,
      ...{ nodes: 3 + (n % 50), nodes_ready: 3 + (n % 50), cpu_millicores: 4_000 * (3 + (n % 50)) },
      ...{ cpu_used_millicores: 1_500 * (3 + (n % 50)), memory_bytes: 2 ** 34 * (3 + (n % 50)) },
      ...{ memory_used_bytes: 2 ** 33 * (3 + (n % 50)), capacity_at: at },
      ...{ created_at: at, updated_at: at },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('environments')
    .set(connectionColumns(vault, id, connection))
    .where('id', '=', id)
    .execute();
}

async function addTeams(tx: Transaction<Schema>, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const name = `team-${String(n + 1).padStart(3, '0')}`;
    const { id } = await tx
      .insertInto('teams')
      .values({ name, name_key: name, created_at: Date.now() })
      .returning('id')
      .executeTakeFirstOrThrow();
    ids.push(id);
  }
  return ids;
}

async function addUsers(tx: Transaction<Schema>, count: number, teamIds: readonly number[]) {
  const at = Date.now();
  for (let n = 0; n < count; n += 1) {
    const username = `user-${String(n + 1).padStart(4, '0')}`;
    const { id } = await tx
      .insertInto('users')
      .values({
        ...{ uid: randomUUID(), username, username_key: username, password_hash: null },
        ...{ role: 'user', disabled: n % 20 === 0 ? 1 : 0, created_at: at, updated_at: at },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const [one, other] = [teamIds[n % teamIds.length], teamIds[(n * 7 + 1) % teamIds.length]];
    const memberOf = [...new Set([one, other])].filter((team) => team !== undefined);
    if (memberOf.length === 0) continue;
    await tx
      .insertInto('team_members')
      .values(memberOf.map((team_id) => ({ team_id, user_id: id, created_at: at })))
      .execute();
  }
}

function roleOf(tx: Transaction<Schema>, name: string) {
  return tx.selectFrom('roles').select('id').where('name', '=', name).executeTakeFirstOrThrow();
}
