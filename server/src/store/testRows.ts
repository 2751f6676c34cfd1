/** Rows that tests of other rooms stand on. */
import { randomUUID } from 'node:crypto';
import type { Store } from './store.ts';

/** Makes a user. @returns the id */
export async function addUser(store: Store, username: string): Promise<number> {
  return store.write(async (tx, changed) => {
    changed('users');
    const row = await tx
      .insertInto('users')
      .values({
        uid: randomUUID(),
        username,
        username_key: username.toLowerCase(),
        password_hash: null,
        role: 'user',
        disabled: 0,
        created_at: 0,
        updated_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  });
}

/** Makes a team with these members. @returns the id */
export async function addTeam(store: Store, name: string, members: number[]): Promise<number> {
  return store.write(async (tx, changed) => {
    changed('teams');
    const { id } = await tx
      .insertInto('teams')
      .values({ name, name_key: name.toLowerCase(), created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const user of members) {
      await tx
        .insertInto('team_members')
        .values({ team_id: id, user_id: user, created_at: 0 })
        .execute();
    }
    return id;
  });
}

/** Makes an environment that is only a row: nothing reaches its cluster. @returns the id */
export async function addEnvironment(
  store: Store,
  name: string,
  rbac: 'managed' | 'external' = 'managed',
): Promise<number> {
  return store.write(async (tx, changed) => {
    changed('environments');
    const { id } = await tx
      .insertInto('environments')
      .values({
        name,
        name_key: name.toLowerCase(),
        labels: '{}',
        rbac,
        server: 'https://192.0.2.1',
        credential: 'none',
        state: 'unknown',
        created_at: 0,
        updated_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  });
}
