import type { Store } from '../store/store.ts';

/** Rows that a kubeconfig stands on, for tests. */
export async function addUser(store: Store, username: string): Promise<number> {
  return await store.write(async (tx, changed) => {
    changed('users');
    const { id } = await tx
      .insertInto('users')
      .values({
        uid: crypto.randomUUID(),
        username,
        username_key: username,
        password_hash: null,
        role: 'user',
        disabled: 0,
        created_at: 0,
        updated_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  });
}

export async function addEnvironment(store: Store, name: string): Promise<number> {
  return await store.write(async (tx, changed) => {
    changed('environments');
    const { id } = await tx
      .insertInto('environments')
      .values({
        name,
        name_key: name.toLowerCase(),
        labels: '{}',
        rbac: 'external',
        server: 'https://127.0.0.1:1',
        ca_data: null,
        tls_server_name: null,
        credential: 'sealed',
        state: 'unknown',
        state_since: null,
        state_message: null,
        checked_at: null,
        version: null,
        created_at: 0,
        updated_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  });
}
