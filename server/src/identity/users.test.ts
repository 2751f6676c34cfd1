import assert from 'node:assert/strict';
import { test } from 'node:test';
import { User } from '@sallyport/contract';
import { describeOnStores } from '../store/testing.ts';
import { linkChannels } from '../workers/testing.ts';
import { everything, identityOn, openIdentity, PASSWORD, topicsOf } from './testing.ts';

const here = { address: '10.0.0.1', userAgent: 'test' };
const admin = { username: 'admin', password: PASSWORD, role: 'admin' } as const;
const alice = { username: 'Alice', password: PASSWORD, role: 'user' } as const;

describeOnStores('users', (open) => {
  test('are made, and shown as the contract says', async () => {
    const { users, teams } = await openIdentity(open);
    const made = await users.create(alice);
    assert.deepEqual(User.parse(made), made);
    assert.deepEqual(made, {
      id: made.id,
      username: 'Alice',
      role: 'user',
      disabled: false,
      teams: [],
      createdAt: '2026-01-01T00:00:00.000Z',
      secondFactor: false,
      ...{ signIn: 'password', linked: false, providerAt: null },
    });
    const team = await teams.create({ name: 'ops' });
    await teams.addMember(team.id, made.id);
    const inTeam = { ...made, teams: [{ id: team.id, name: 'ops' }] };
    assert.deepEqual(await users.get(made.id), inTeam);
    assert.deepEqual(await users.list(everything), { items: [inTeam], total: 1 });
  });

  test('have a password that is stored as a hash, and a UUID of their own', async () => {
    const { users, store } = await openIdentity(open);
    await users.create(alice);
    await users.create(admin);
    const rows = await store.db.selectFrom('users').select(['uid', 'password_hash']).execute();
    for (const { uid, password_hash } of rows) {
      assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
      assert.match(password_hash ?? '', /^\$argon2id\$/);
    }
    assert.notEqual(rows[0]?.uid, rows[1]?.uid);
  });

  test('are listed by name, page by page, and found by a part of it', async () => {
    const { users, store } = await openIdentity(open);
    await store.write(async (tx) => {
      for (const name of ['delta', 'Bravo', 'alpha', 'charlie']) {
        await tx
          .insertInto('users')
          .values({
            uid: name,
            username: name,
            username_key: name.toLowerCase(),
            password_hash: null,
            role: 'user',
            disabled: 0,
            created_at: 1,
            updated_at: 1,
          })
          .execute();
      }
    });
    const names = async (page: Partial<Parameters<typeof users.list>[0]>) => {
      const { items, total } = await users.list({ ...everything, ...page });
      return [total, ...items.map(({ username }) => username)];
    };
    assert.deepEqual(await names({}), [4, 'alpha', 'Bravo', 'charlie', 'delta']);
    assert.deepEqual(await names({ limit: 2, offset: 1 }), [4, 'Bravo', 'charlie']);
    assert.deepEqual(await names({ q: 'RA' }), [1, 'Bravo']);
    assert.deepEqual(await names({ q: 'l', limit: 1 }), [3, 'alpha']);
    assert.deepEqual(await names({ q: '%' }), [0]);
    assert.deepEqual(await names({ offset: 9 }), [4]);
  });

  test('who are not in a team yet are listed apart, so that members leave no gaps', async () => {
    const { users, teams } = await openIdentity(open);
    const team = await teams.create({ name: 'ops' });
    const another = await teams.create({ name: 'dev' });
    for (const username of ['a', 'b', 'c', 'd', 'e']) {
      const { id } = await users.create({ username, password: PASSWORD, role: 'user' });
      if ('abd'.includes(username)) await teams.addMember(team.id, id);
      if ('ac'.includes(username)) await teams.addMember(another.id, id);
    }
    const names = async (filter: Partial<Parameters<typeof users.list>[0]>) => {
      const { items, total } = await users.list({ ...everything, ...filter });
      return [total, ...items.map(({ username }) => username)];
    };
    assert.deepEqual(await names({ notInTeamId: team.id }), [2, 'c', 'e']);
    assert.deepEqual(await names({ notInTeamId: team.id, limit: 1, offset: 1 }), [2, 'e']);
    assert.deepEqual(await names({ notInTeamId: team.id, q: 'c' }), [1, 'c']);
    assert.deepEqual(await names({ notInTeamId: team.id, teamId: another.id }), [1, 'c']);
    assert.deepEqual(await names({ notInTeamId: 999 }), [5, 'a', 'b', 'c', 'd', 'e']);
  });

  test('with one name exist once, whatever its case, also where two are made at once', async () => {
    const { users, another } = await openIdentity(open);
    const other = await another();
    const results = await Promise.allSettled([
      users.create({ ...alice, username: 'Alice' }),
      other.users.create({ ...alice, username: 'ALICE' }),
      users.create({ ...alice, username: 'alice' }),
    ]);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 2);
    for (const { reason } of refused) assert.equal(reason.code, 'user.exists');
    assert.equal((await users.list(everything)).total, 1);
  });

  test('that do not exist are said not to', async () => {
    const { users } = await openIdentity(open);
    const notFound = { code: 'user.not_found' };
    await assert.rejects(users.get(7), notFound);
    await assert.rejects(users.update(7, { role: 'admin' }), notFound);
    await assert.rejects(users.delete(7), notFound);
    const change = { currentPassword: PASSWORD, newPassword: PASSWORD };
    await assert.rejects(users.changeOwnPassword(7, change, 1), notFound);
  });

  test('are changed in what the patch names alone', async () => {
    const { users, signIn } = await openIdentity(open);
    const { id } = await users.create(alice);
    assert.equal((await users.update(id, { role: 'admin' })).role, 'admin');
    await users.create(admin);
    assert.deepEqual(
      [(await users.update(id, { disabled: true })).disabled, (await users.get(id)).role],
      [true, 'admin'],
    );
    assert.equal((await users.update(id, { disabled: false })).disabled, false);
    await users.update(id, { password: 'another long password' });
    const attempt = { username: 'alice', address: '10.0.0.1' };
    await assert.rejects(signIn({ ...attempt, password: PASSWORD }), { code: 'auth.failed' });
    assert.equal((await signIn({ ...attempt, password: 'another long password' })).id, id);
  });

  test('tell the change feed what changes with them', async () => {
    const { users, store } = await openIdentity(open);
    const heard = topicsOf(store);
    const { id } = await users.create(alice);
    await users.update(id, { role: 'user' });
    await users.update(id, { disabled: true });
    await users.delete(id);
    assert.deepEqual(heard, [
      'users',
      'users',
      'kubeconfigs sessions tokens users',
      'grants kubeconfigs sessions teams tokens users',
    ]);
  });

  test('are signed out when they are disabled, removed, or given a password', async () => {
    const { users, sessions } = await openIdentity(open);
    await users.create(admin);
    const { id } = await users.create(alice);
    const ends = async (change: () => Promise<unknown>) => {
      const token = await sessions.create(id, here);
      assert.ok(await sessions.authenticate(token));
      await change();
      assert.equal(await sessions.authenticate(token), undefined);
    };
    await ends(() => users.update(id, { password: 'another long password' }));
    await ends(() => users.update(id, { disabled: true }));
    await users.update(id, { disabled: false });
    await ends(() => users.delete(id));
  });

  test('lose their kubeconfigs when they are disabled, and with a new password where that is asked', async () => {
    const { users, sessions, store } = await openIdentity(open);
    await users.create(admin);
    const { id } = await users.create(alice);
    const session = await sessions.authenticate(await sessions.create(id, here));
    const newPassword = 'another long password';
    const live = async (change: () => Promise<unknown>) => {
      await store.write(async (tx) => {
        await tx.deleteFrom('kubeconfigs').execute();
        const row = { user_id: id, name: 'laptop', token_hash: 'h', hint: 'h', created_at: 0 };
        await tx.insertInto('kubeconfigs').values(row).execute();
      });
      const heard = topicsOf(store);
      await change();
      const { revoked_at } = await store.db
        .selectFrom('kubeconfigs')
        .select('revoked_at')
        .executeTakeFirstOrThrow();
      assert.equal(
        heard.some((topics) => topics.includes('kubeconfigs')),
        revoked_at !== null,
      );
      return revoked_at === null;
    };
    const own = (currentPassword: string, revokeKubeconfigs?: boolean) =>
      users.changeOwnPassword(
        id,
        { currentPassword, newPassword, revokeKubeconfigs },
        session?.sessionId ?? 0,
      );
    assert.ok(await live(() => own(PASSWORD)));
    assert.ok(await live(() => assert.rejects(own('wrong', true))));
    assert.ok(!(await live(() => own(newPassword, true))));
    assert.ok(await live(() => users.update(id, { password: newPassword })));
    assert.ok(
      !(await live(() => users.update(id, { password: newPassword, revokeKubeconfigs: true }))),
    );
    assert.ok(!(await live(() => users.update(id, { disabled: true }))));
    assert.ok(await live(() => users.update(id, { disabled: false })));
  });

  test('lose their API tokens with their kubeconfigs, for good, and nobody else does', async () => {
    const { users, apiTokens, sessions } = await openIdentity(open);
    const keeper = await users.create(admin);
    const { id } = await users.create(alice);
    const newPassword = 'another long password';
    const kept = (await apiTokens.create(keeper.id, { name: 'terraform' })).token;
    const make = async () => (await apiTokens.create(id, { name: 'ci' })).token;
    const works = async (token: string) => (await apiTokens.authenticate(token)) !== undefined;
    const session = await sessions.authenticate(await sessions.create(id, here));
    const own = (currentPassword: string, revokeKubeconfigs: boolean) =>
      users.changeOwnPassword(
        id,
        { currentPassword, newPassword, revokeKubeconfigs },
        session?.sessionId ?? 0,
      );

    const first = await make();
    await own(PASSWORD, false);
    assert.ok(await works(first), 'a new password alone ends no script');
    await own(newPassword, true);
    assert.ok(!(await works(first)));

    const second = await make();
    await users.update(id, { password: newPassword });
    assert.ok(await works(second));
    await users.update(id, { password: newPassword, revokeKubeconfigs: true });
    assert.ok(!(await works(second)));

    const third = await make();
    await users.update(id, { disabled: true });
    assert.ok(!(await works(third)));
    await users.update(id, { disabled: false });
    assert.ok(!(await works(third)), 'it does not come back with its user');
    assert.ok(await works(kept));
  });

  test('stay signed in when their role changes, with the new role from then on', async () => {
    const { users, sessions } = await openIdentity(open);
    const { id } = await users.create(alice);
    const token = await sessions.create(id, here);
    assert.equal((await sessions.authenticate(token))?.user.role, 'user');
    await users.update(id, { role: 'admin' });
    assert.equal((await sessions.authenticate(token))?.user.role, 'admin');
  });

  test('change their own password with the current one, and are signed out elsewhere', async () => {
    const { users, sessions, signIn } = await openIdentity(open);
    const { id } = await users.create(alice);
    const mine = await sessions.create(id, here);
    const elsewhere = await sessions.create(id, here);
    const session = await sessions.authenticate(mine);
    assert.ok(session);
    const newPassword = 'another long password';
    const change = (currentPassword: string) =>
      users.changeOwnPassword(id, { currentPassword, newPassword }, session.sessionId);
    await assert.rejects(change('wrong'), { code: 'auth.password_wrong' });
    assert.ok(await sessions.authenticate(elsewhere));
    await change(PASSWORD);
    assert.ok(await sessions.authenticate(mine));
    assert.equal(await sessions.authenticate(elsewhere), undefined);
    await signIn({ username: 'alice', password: newPassword, address: '10.0.0.1' });
  });

  test('cannot find out their password by trying to change it', async () => {
    const { users, pass } = await openIdentity(open);
    const { id } = await users.create(alice);
    const change = (currentPassword: string) =>
      users.changeOwnPassword(id, { currentPassword, newPassword: PASSWORD }, 1);
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(change('wrong'), { code: 'auth.password_wrong' });
    }
    await assert.rejects(change(PASSWORD), { code: 'auth.rate_limited' });
    pass(30_000);
    await change(PASSWORD);
  });

  test('cannot find it out sooner where several processes take turns', async () => {
    const { users, store, now } = await openIdentity(open);
    const { id } = await users.create(alice);
    const workers = linkChannels(3).map((openChannel) => identityOn(store, now, openChannel));
    const change = (n: number, currentPassword: string) =>
      workers[n % 3]?.users.changeOwnPassword(id, { currentPassword, newPassword: PASSWORD }, 1);
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(async () => change(n, 'wrong'), { code: 'auth.password_wrong' });
    }
    for (const n of [0, 1, 2]) {
      await assert.rejects(async () => change(n, PASSWORD), { code: 'auth.rate_limited' });
    }
  });

  test('that are the last admin who can sign in are kept', async () => {
    const { users } = await openIdentity(open);
    const { id } = await users.create(admin);
    const second = await users.create({ ...admin, username: 'second' });
    await users.update(second.id, { disabled: true });
    const kept = { code: 'user.last_admin' };
    await assert.rejects(users.update(id, { role: 'user' }), kept);
    await assert.rejects(users.update(id, { disabled: true }), kept);
    await assert.rejects(users.delete(id), kept);
    await users.update(id, { role: 'admin', disabled: false });
    await users.delete(second.id);
    await users.create({ ...admin, username: 'third' });
    await users.delete(id);
  });

  test('never lose their last admin, even where two processes remove two at once', async () => {
    const { users, another } = await openIdentity(open);
    const other = await another();
    for (let round = 0; round < 5; round += 1) {
      const one = await users.create({ ...admin, username: `one${round}` });
      const two = await users.create({ ...admin, username: `two${round}` });
      const { items } = await users.list(everything);
      for (const { id } of items) if (id < one.id) await users.delete(id);
      const results = await Promise.allSettled([
        users.update(one.id, { role: 'user' }),
        other.users.update(two.id, { disabled: true }),
        users.delete(two.id),
        other.users.delete(one.id),
      ]);
      assert.ok(results.some(({ status }) => status === 'rejected'));
      const left = (await users.list(everything)).items;
      assert.equal(left.filter(({ role, disabled }) => role === 'admin' && !disabled).length, 1);
    }
  });

  test('are counted once, however many subjects name them, and only while they may sign in', async () => {
    const { users, teams } = await openIdentity(open);
    const make = async (username: string) => (await users.create({ ...alice, username })).id;
    const [ann, bob, eve] = [await make('ann'), await make('bob'), await make('eve')];
    const { id: teamId } = await teams.create({ name: 'crew' });
    const { id: empty } = await teams.create({ name: 'empty' });
    for (const id of [ann, bob, eve]) await teams.addMember(teamId, id);
    await users.update(eve, { disabled: true });
    const person = (userId: number) => ({ userId, teamId: null });
    const team = (id: number) => ({ userId: null, teamId: id });
    assert.equal(await users.countReached([]), 0);
    assert.equal(await users.countReached([person(ann), person(ann), person(eve)]), 1);
    assert.equal(await users.countReached([person(ann), team(teamId)]), 2);
    assert.equal(await users.countReached([team(empty)]), 0);
  });
});
