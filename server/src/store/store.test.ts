import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { NewRow } from './schema.ts';
import { openStore, type Store } from './store.ts';
import { describeOnStores } from './testing.ts';
import { isForeignKeyViolation, isUniqueViolation } from './violations.ts';

const user = (name: string): NewRow<'users'> => ({
  uid: `uid-${name}`,
  username: name,
  username_key: name,
  password_hash: null,
  role: 'user',
  disabled: 0,
  created_at: 1,
  updated_at: 1,
});

async function addUser(store: Store, name: string): Promise<number> {
  const { id } = await store.write((tx) =>
    tx.insertInto('users').values(user(name)).returning('id').executeTakeFirstOrThrow(),
  );
  return id;
}

async function addEnvironment(store: Store, name: string): Promise<number> {
  const { id } = await store.write((tx) =>
    tx
      .insertInto('environments')
      .values({
        name,
        name_key: name,
        labels: '{}',
        rbac: 'managed',
        server: 'https://localhost:6443',
        ca_data: null,
        tls_server_name: null,
        credential: 'sealed',
        state: 'unknown',
        state_since: null,
        state_message: null,
        checked_at: null,
        version: null,
        created_at: 1,
        updated_at: 1,
      })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );
  return id;
}

describeOnStores('a store', (open) => {
  test('has the built-in roles from the start, each with a sentence', async () => {
    const store = await open();
    const roles = await store.db.selectFrom('roles').selectAll().orderBy('id').execute();
    assert.deepEqual(
      roles.map(({ id, name, builtin }) => [id, name, builtin]),
      [
        [1, 'view', 1],
        [2, 'edit', 1],
        [3, 'admin', 1],
        [4, 'cluster-admin', 1],
      ],
    );
    for (const { description } of roles) assert.match(description, /^[A-Z].*\.$/);
  });

  test('gives numbers as numbers, also times and counts', async () => {
    const store = await open();
    const at = Date.UTC(2126, 0, 1);
    await store.write((tx) =>
      tx.insertInto('teams').values({ name: 'a', name_key: 'a', created_at: at }).execute(),
    );
    const row = await store.db
      .selectFrom('teams')
      .select(({ fn }) => ['created_at', fn.countAll<number>().over().as('count')])
      .executeTakeFirstOrThrow();
    assert.deepEqual(row, { created_at: at, count: 1 });
  });

  test('never gives an id a second time', async () => {
    const store = await open();
    const first = await addUser(store, 'a');
    await store.write((tx) => tx.deleteFrom('users').execute());
    assert.ok((await addUser(store, 'a')) > first);
  });

  test('refuses to change anything outside of write', async () => {
    const store = await open();
    await assert.rejects(store.db.insertInto('users').values(user('a')).execute(), /read.?only/);
    await assert.rejects(
      store.db.transaction().execute((tx) => tx.deleteFrom('roles').execute()),
      /read.?only/,
    );
  });

  test('writes nothing and tells nobody where the function throws', async () => {
    const store = await open();
    let told = 0;
    store.onChange(() => {
      told += 1;
    });
    const oops = new Error('oops');
    await assert.rejects(
      store.write(async (tx, changed) => {
        await tx.insertInto('users').values(user('a')).execute();
        changed('users');
        throw oops;
      }),
      oops,
    );
    assert.deepEqual(await store.db.selectFrom('users').selectAll().execute(), []);
    assert.equal(told, 0);
    await addUser(store, 'a');
  });

  test('runs write transactions one after another, those of another process too', async () => {
    const store = await open();
    const other = await open({ beside: store });
    await store.write((tx) => tx.insertInto('meta').values({ key: 'n', value: '0' }).execute());
    const increment = (each: Store) =>
      each.write(async (tx) => {
        const { value } = await tx
          .selectFrom('meta')
          .select('value')
          .where('key', '=', 'n')
          .executeTakeFirstOrThrow();
        await tx
          .updateTable('meta')
          .set({ value: String(Number(value) + 1) })
          .where('key', '=', 'n')
          .execute();
      });
    await Promise.all(Array.from({ length: 50 }, (_, n) => increment(n % 2 ? store : other)));
    const row = await store.db.selectFrom('meta').select('value').executeTakeFirstOrThrow();
    assert.equal(row.value, '50');
  });

  test('lets reads through while a write transaction is open', async () => {
    const store = await open();
    await store.write(async (tx) => {
      await tx.insertInto('users').values(user('a')).execute();
      assert.deepEqual(await store.db.selectFrom('users').selectAll().execute(), []);
    });
    assert.equal((await store.db.selectFrom('users').selectAll().execute()).length, 1);
  });

  test('can be opened by several at once on an empty database', async () => {
    const place = await open.place();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(place)));
    for (const store of stores) {
      assert.equal((await store.db.selectFrom('roles').selectAll().execute()).length, 4);
    }
    await Promise.all(stores.map((store) => store.close()));
  });

  test('keeps what was written when it is opened again', async () => {
    const store = await open();
    await addUser(store, 'a');
    await store.close();
    const again = await open({ beside: store });
    assert.equal((await again.db.selectFrom('users').selectAll().execute()).length, 1);
    assert.equal((await again.db.selectFrom('roles').selectAll().execute()).length, 4);
  });

  test('finishes the writes that were begun before it closes', async () => {
    const store = await open();
    const adding = addUser(store, 'a');
    await store.close();
    assert.equal(await adding, 1);
  });

  test('refuses values that a column is not for', async () => {
    const store = await open();
    const refused = (values: object) =>
      assert.rejects(
        store.write((tx) =>
          tx
            .insertInto('users')
            .values({ ...user('a'), ...values })
            .execute(),
        ),
      );
    await refused({ role: 'root' });
    await refused({ disabled: 2 });
    await refused({ created_at: 'yesterday' });
    await refused({ username: null });
  });

  test('refuses a grant to nobody, and one to a user and a team at once', async () => {
    const store = await open();
    const user_id = await addUser(store, 'a');
    const grant = (subject: { user_id: number | null; team_id: number | null }) =>
      store.write(async (tx) => {
        const team = await tx
          .insertInto('teams')
          .values({ name: 'a', name_key: 'a', created_at: 1 })
          .returning('id')
          .executeTakeFirstOrThrow();
        await tx
          .insertInto('grants')
          .values({
            user_id: subject.user_id,
            team_id: subject.team_id && team.id,
            role_id: 1,
            namespaces: null,
            expires_at: null,
            created_at: 1,
            created_by: null,
          })
          .execute();
      });
    await assert.rejects(grant({ user_id: null, team_id: null }), /grants_subject/);
    await assert.rejects(grant({ user_id, team_id: 1 }), /grants_subject/);
    await grant({ user_id, team_id: null });
  });

  test('tells apart why a row was refused', async () => {
    const store = await open();
    await addUser(store, 'a');
    await assert.rejects(addUser(store, 'a'), (error) => {
      assert.ok(isUniqueViolation(error));
      assert.ok(!isForeignKeyViolation(error));
      return true;
    });
    const lost = { team_id: 7, user_id: 7, created_at: 1 };
    await assert.rejects(
      store.write((tx) => tx.insertInto('team_members').values(lost).execute()),
      (error) => {
        assert.ok(isForeignKeyViolation(error));
        assert.ok(!isUniqueViolation(error));
        return true;
      },
    );
    assert.ok(!isUniqueViolation(new Error('other')));
    assert.ok(!isUniqueViolation('other'));
  });

  test('removes with a user all that is theirs, and keeps the grants they made', async () => {
    const store = await open();
    const gone = await addUser(store, 'gone');
    const stays = await addUser(store, 'stays');
    const environment = await addEnvironment(store, 'e');
    await store.write(async (tx) => {
      const team = await tx
        .insertInto('teams')
        .values({ name: 't', name_key: 't', created_at: 1 })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('team_members')
        .values({ team_id: team.id, user_id: gone, created_at: 1 })
        .execute();
      const credential = { user_id: gone, token_hash: 'h', created_at: 1 };
      await tx
        .insertInto('sessions')
        .values({ ...credential, last_seen_at: 1, expires_at: 2, address: '', user_agent: '' })
        .execute();
      const named = {
        ...credential,
        name: 'n',
        hint: 'abcd',
        expires_at: null,
        last_used_at: null,
      };
      await tx.insertInto('api_tokens').values(named).execute();
      const kubeconfig = await tx
        .insertInto('kubeconfigs')
        .values({ ...named, revoked_at: null, last_used_from: null, last_used_by: null })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('kubeconfig_environments')
        .values({ kubeconfig_id: kubeconfig.id, environment_id: environment, position: 0 })
        .execute();
      for (const user_id of [gone, stays]) {
        const grant = await tx
          .insertInto('grants')
          .values({
            user_id,
            team_id: null,
            role_id: 1,
            namespaces: null,
            expires_at: null,
            created_at: 1,
            created_by: gone,
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        await tx
          .insertInto('grant_environments')
          .values({ grant_id: grant.id, environment_id: environment })
          .execute();
      }
    });
    await store.write((tx) => tx.deleteFrom('users').where('id', '=', gone).execute());

    for (const table of ['team_members', 'sessions', 'api_tokens', 'kubeconfigs'] as const) {
      assert.deepEqual(await store.db.selectFrom(table).selectAll().execute(), [], table);
    }
    assert.deepEqual(
      await store.db.selectFrom('kubeconfig_environments').selectAll().execute(),
      [],
    );
    const grants = await store.db.selectFrom('grants').select(['user_id', 'created_by']).execute();
    assert.deepEqual(grants, [{ user_id: stays, created_by: null }]);

    await store.write((tx) => tx.deleteFrom('environments').execute());
    assert.deepEqual(await store.db.selectFrom('grant_environments').selectAll().execute(), []);
    await assert.rejects(
      store.write((tx) => tx.deleteFrom('roles').where('id', '=', 1).execute()),
      isForeignKeyViolation,
    );
  });

  test('is not opened where a newer version has changed the schema', async () => {
    const store = await open();
    await store.write((tx) =>
      sql`insert into kysely_migration (name, timestamp) values ('9999_future', '')`.execute(tx),
    );
    await assert.rejects(open({ beside: store }), { code: 'store.newer', message: /9999_future/ });
  });
});
