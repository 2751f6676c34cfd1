import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeOnStores, type OpenTestStore } from '../../store/testing.ts';
import { everything, HOUR, openIdentity, PASSWORD, topicsOf } from '../testing.ts';
import { admit, type EntryRules } from './accounts.ts';
import type { Newcomer } from './claims.ts';

const DAY = 24 * HOUR;
const erin: Newcomer = {
  ...{ issuer: 'https://idp.example', subject: 's-1', username: 'erin' },
  groups: ['ops'],
};
const anybody: EntryRules = {
  ...{ entry: 'anybody', entryGroups: [], adminGroups: [], teams: [] },
  countsFor: 7 * DAY,
};

async function bench(open: OpenTestStore) {
  const house = await openIdentity(open);
  const { store, now, users } = house;
  // Who signs in through the provider can be made only where there is one.
  await store.write((tx) =>
    tx
      .insertInto('sign_in_provider')
      .values({
        ...{ id: 1, issuer: 'https://idp.example', client_id: 'sallyport', client_secret: 'x' },
        ...{ ca: null, scopes: 'openid', username_claim: 'sub', groups_claim: null },
        ...{ button: 'Go', entry: 'anybody', entry_groups: '[]', admin_groups: '[]' },
        counts_for: 7 * DAY,
      })
      .execute(),
  );
  const root = await users.create({ username: 'root', password: PASSWORD, role: 'admin' });
  return {
    ...house,
    root,
    admit: (newcomer: Newcomer, rules: Partial<EntryRules> = {}) =>
      admit(store, newcomer, { ...anybody, ...rules }, now()),
  };
}

describeOnStores('somebody whom the provider has identified', (open) => {
  it('is made a user without grants, teams or a password', async () => {
    const { admit, store } = await bench(open);
    const { user, changes } = await admit(erin);
    assert.deepEqual(changes, { created: true });
    assert.partialDeepStrictEqual(user, {
      ...{ username: 'erin', role: 'user', disabled: false, teams: [] },
      ...{ signIn: 'provider', linked: true, providerAt: '2026-01-01T00:00:00.000Z' },
    });
    const row = await store.db
      .selectFrom('users')
      .where('id', '=', user.id)
      .select('password_hash')
      .executeTakeFirst();
    assert.equal(row?.password_hash, null);
    assert.deepEqual(await store.db.selectFrom('grants').selectAll().execute(), []);
  });

  it('is the same user the next time, by the subject and not by the name', async () => {
    const { admit, users } = await bench(open);
    const { user } = await admit(erin);
    const again = await admit({ ...erin, username: 'erin-smith' });
    assert.deepEqual([again.user.id, again.user.username], [user.id, 'erin']);
    await assert.rejects(admit({ ...erin, subject: 's-2' }), { code: 'auth.provider_name_taken' });
    await assert.rejects(admit({ ...erin, subject: 's-2', username: 'ERIN' }), {
      code: 'auth.provider_name_taken',
    });
    await assert.rejects(admit({ ...erin, issuer: 'https://other.example' }), {
      code: 'auth.provider_name_taken',
    });
    assert.equal((await users.list(everything)).total, 2);
  });

  it('is not the user of that name who has a password here, until an admin says so', async () => {
    const { admit, users } = await bench(open);
    const local = await users.create({ username: 'Erin', password: PASSWORD, role: 'user' });
    await assert.rejects(admit(erin), { code: 'auth.provider_name_taken' });
    await users.update(local.id, { signIn: 'provider' });
    const { user, changes } = await admit(erin);
    assert.equal(user.id, local.id);
    assert.deepEqual(changes, { linked: true });
    // It was for one person, once.
    await assert.rejects(admit({ ...erin, subject: 's-2' }), { code: 'auth.provider_name_taken' });
    await users.update(local.id, { signIn: 'provider' });
    assert.equal((await admit({ ...erin, subject: 's-2' })).user.id, local.id);
    await assert.rejects(admit(erin), { code: 'auth.provider_name_taken' });
  });

  it('comes in where those may who are here already, and else does not', async () => {
    const { admit, users } = await bench(open);
    await assert.rejects(admit(erin, { entry: 'existing' }), { code: 'auth.provider_unknown' });
    await users.create({ username: 'erin', role: 'user', signIn: 'provider' });
    assert.deepEqual((await admit(erin, { entry: 'existing' })).changes, { linked: true });
    assert.deepEqual((await admit(erin, { entry: 'existing' })).changes, {});
  });

  it('comes in as a member of a group, for as long as they are one', async () => {
    const { admit } = await bench(open);
    const rules = { entry: 'groups', entryGroups: ['dev', 'ops'] } as const;
    await assert.rejects(admit({ ...erin, groups: ['Ops'] }, rules), {
      code: 'auth.provider_not_in_group',
    });
    await admit(erin, rules);
    await assert.rejects(admit({ ...erin, groups: [] }, rules), {
      code: 'auth.provider_not_in_group',
    });
  });

  it('stays out once disabled, known or about to be linked', async () => {
    const { admit, users } = await bench(open);
    const { user } = await admit(erin);
    await users.update(user.id, { disabled: true });
    await assert.rejects(admit(erin), { code: 'auth.provider_disabled' });
    await users.update(user.id, { signIn: 'provider' });
    await assert.rejects(admit(erin), { code: 'auth.provider_disabled' });
  });

  it('is in the teams of their groups after each sign-in, and in others as before', async () => {
    const { admit, teams, users } = await bench(open);
    const [ops, dev, own] = [
      await teams.create({ name: 'ops' }),
      await teams.create({ name: 'dev' }),
      await teams.create({ name: 'own' }),
    ];
    const rules = {
      teams: [
        { group: 'ops', teamId: ops.id },
        { group: 'everybody', teamId: ops.id },
        { group: 'dev', teamId: dev.id },
      ],
    };
    const { user, changes } = await admit(erin, rules);
    assert.deepEqual(changes, { created: true, joined: [ops.id] });
    await teams.addMember(own.id, user.id);
    const later = await admit({ ...erin, groups: ['dev', 'everybody'] }, rules);
    assert.deepEqual(later.changes, { joined: [dev.id] });
    const last = await admit({ ...erin, groups: [] }, rules);
    assert.deepEqual(last.changes, { left: [ops.id, dev.id] });
    assert.deepEqual(
      (await users.get(user.id)).teams.map(({ name }) => name),
      ['own'],
    );
  });

  it('is an admin by a group, and no more once they have left it', async () => {
    const { admit, store } = await bench(open);
    const heard = topicsOf(store);
    const rules = { adminGroups: ['ops'] };
    assert.equal((await admit(erin, rules)).user.role, 'admin');
    assert.deepEqual((await admit({ ...erin, groups: [] }, rules)).changes, { role: 'user' });
    assert.deepEqual(heard, ['users', 'users']);
    // Without such groups the role is Sallyport's own matter.
    assert.equal((await admit(erin)).user.role, 'user');
  });

  it('stays an admin where there is no other', async () => {
    const { admit, users, root } = await bench(open);
    const rules = { adminGroups: ['ops'] };
    const { user } = await admit(erin, rules);
    await users.update(root.id, { disabled: true });
    const { user: kept, changes } = await admit({ ...erin, groups: [] }, rules);
    assert.deepEqual([kept.id, kept.role, changes], [user.id, 'admin', { keptAdmin: true }]);
  });

  it('stands in nobody’s way: of two who come first at once, one is made', async () => {
    const { admit, users } = await bench(open);
    const both = await Promise.all([admit(erin), admit(erin)]);
    assert.equal(both[0]?.user.id, both[1]?.user.id);
    assert.equal((await users.list(everything)).total, 2);
  });

  it('is told of to caches only where something is no longer so', async () => {
    const { admit, store, pass } = await bench(open);
    await admit(erin);
    const heard = topicsOf(store);
    pass(DAY);
    await admit(erin);
    assert.deepEqual(heard, []);
    pass(7 * DAY);
    await admit(erin);
    assert.deepEqual(heard, ['users']);
  });
});

describeOnStores('users who sign in through the provider', (open) => {
  it('are none where there is no provider', async () => {
    const { users } = await openIdentity(open);
    await assert.rejects(users.create({ username: 'erin', role: 'user', signIn: 'provider' }), {
      code: 'provider.not_set_up',
    });
    const { id } = await users.create({ username: 'dana', password: PASSWORD, role: 'user' });
    await assert.rejects(users.update(id, { signIn: 'provider' }), { code: 'provider.not_set_up' });
    assert.equal((await users.get(id)).signIn, 'password');
  });

  it('have API tokens that wait once their last sign-in is too old', async () => {
    const { admit, apiTokens, pass, another } = await bench(open);
    const { user } = await admit(erin);
    const { token } = await apiTokens.create(user.id, { name: 'ci' });
    const elsewhere = await another();
    const check = async () => {
      for (const room of [apiTokens, elsewhere.apiTokens]) {
        assert.equal((await room.authenticate(token))?.id, user.id);
      }
    };
    await check();
    pass(6 * DAY);
    await admit(erin);
    pass(2 * DAY);
    await check();
    pass(5 * DAY);
    for (const room of [apiTokens, elsewhere.apiTokens]) {
      await assert.rejects(room.authenticate(token), {
        code: 'auth.sign_in_lapsed',
        message:
          'Your sign-in through the provider counted until 2026-01-14T00:00:00Z, so this API token waits.',
      });
    }
    await admit(erin);
    await check();
  });

  it('are signed in no longer than their sign-in counts', async () => {
    const { admit, sessions, pass } = await bench(open);
    const { user } = await admit(erin);
    const here = { address: '10.0.0.1', userAgent: 'test' };
    const short = await sessions.create(user.id, { ...here, longest: HOUR });
    const long = await sessions.create(user.id, { ...here, longest: 7 * DAY });
    const plain = await sessions.create(user.id, { ...here, longest: 0 });
    pass(HOUR);
    assert.equal(await sessions.authenticate(short), undefined);
    assert.ok(await sessions.authenticate(long));
    assert.ok(await sessions.authenticate(plain));
  });
});
