import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { everything, openIdentity, PASSWORD, topicsOf } from './testing.ts';

const here = { address: '10.0.0.1', userAgent: 'test' };

describeOnStores('one act on several users', (open) => {
  async function setUp() {
    const identity = await openIdentity(open);
    const make = async (username: string, role: 'admin' | 'user' = 'user') =>
      (await identity.users.create({ username, password: PASSWORD, role })).id;
    return {
      ...identity,
      admin: await make('admin', 'admin'),
      ann: await make('ann'),
      bob: await make('bob'),
      make,
    };
  }

  test('says what became of each, in the order that was asked for, each once', async () => {
    const { bulk, users, admin, ann, bob } = await setUp();
    await users.update(bob, { disabled: true });
    const results = await bulk({ act: 'disable', ids: [bob, 999, ann, admin, ann] }, admin);
    assert.deepEqual(
      results.map(({ id, name, outcome }) => [id, name, outcome]),
      [
        [bob, 'bob', 'unchanged'],
        [999, null, 'refused'],
        [ann, 'ann', 'done'],
        [admin, 'admin', 'refused'],
      ],
    );
    assert.match(results[1]?.message ?? '', /no user 999/);
    assert.match(results[3]?.message ?? '', /This is you/);
    assert.deepEqual(
      (await users.list(everything)).items.map(({ username, disabled }) => [username, disabled]),
      [
        ['admin', false],
        ['ann', true],
        ['bob', true],
      ],
    );
  });

  test('shuts out at once those who are signed in, and lets them in again', async () => {
    const { bulk, sessions, admin, ann, store } = await setUp();
    const token = await sessions.create(ann, here);
    assert.ok(await sessions.authenticate(token));
    const heard = topicsOf(store);
    await bulk({ act: 'disable', ids: [ann] }, admin);
    assert.equal(await sessions.authenticate(token), undefined);
    await bulk({ act: 'enable', ids: [ann] }, admin);
    assert.equal(await sessions.authenticate(token), undefined, 'that sign-in has ended');
    assert.ok(await sessions.authenticate(await sessions.create(ann, here)));
    assert.deepEqual(heard, ['kubeconfigs sessions tokens users', 'users']);
  });

  test('takes the kubeconfigs and API tokens of those who are disabled, for good', async () => {
    const { bulk, admin, ann, bob, store, apiTokens } = await setUp();
    const [hers, his] = [
      await apiTokens.create(ann, { name: 'ci' }),
      await apiTokens.create(bob, { name: 'ci' }),
    ];
    await store.write(async (tx) => {
      for (const id of [ann, bob]) {
        const row = { user_id: id, name: 'laptop', token_hash: `${id}`, hint: '', created_at: 0 };
        await tx.insertInto('kubeconfigs').values(row).execute();
      }
    });
    await bulk({ act: 'disable', ids: [ann] }, admin);
    await bulk({ act: 'enable', ids: [ann, bob] }, admin);
    const rows = await store.db.selectFrom('kubeconfigs').selectAll().orderBy('id').execute();
    assert.deepEqual(
      rows.map(({ revoked_at }) => revoked_at !== null),
      [true, false],
    );
    assert.equal(await apiTokens.authenticate(hers.token), undefined);
    assert.equal((await apiTokens.authenticate(his.token))?.id, bob);
  });

  test('never takes the last admin, whoever asks and in whichever order', async () => {
    const { bulk, users, admin, ann, make } = await setUp();
    const second = await make('second', 'admin');
    const outcomes = async (act: 'disable' | 'delete') =>
      (await bulk({ act, ids: [admin, second] }, ann)).map(({ outcome }) => outcome);
    assert.deepEqual(await outcomes('delete'), ['done', 'refused']);
    assert.deepEqual(await outcomes('disable'), ['refused', 'refused']);
    assert.equal((await users.get(second)).disabled, false);
  });

  test('deletes those who can be, however many cannot', async () => {
    const { bulk, users, admin, ann, bob, store } = await setUp();
    const heard = topicsOf(store);
    await bulk({ act: 'delete', ids: [admin, ann, 999, bob] }, admin);
    assert.equal((await users.list(everything)).total, 1);
    assert.deepEqual(heard, ['grants kubeconfigs sessions teams tokens users']);
  });

  test('puts people into a team and takes them out', async () => {
    const { bulk, teams, users, admin, ann, bob, store } = await setUp();
    const { id: teamId } = await teams.create({ name: 'crew' });
    await teams.addMember(teamId, ann);
    const outcomes = async (act: 'addToTeam' | 'removeFromTeam') =>
      (await bulk({ act, teamId, ids: [ann, bob, admin] }, admin)).map(({ outcome }) => outcome);
    assert.deepEqual(await outcomes('addToTeam'), ['unchanged', 'done', 'done']);
    assert.equal((await teams.get(teamId)).members, 3);
    assert.deepEqual(
      (await users.list({ ...everything, teamId, role: 'user' })).items.map((u) => u.username),
      ['ann', 'bob'],
    );
    const heard = topicsOf(store);
    assert.deepEqual(await outcomes('removeFromTeam'), ['done', 'done', 'done']);
    assert.deepEqual(await outcomes('removeFromTeam'), ['unchanged', 'unchanged', 'unchanged']);
    assert.deepEqual(heard, ['teams'], 'what changes nothing tells of nothing');
    await assert.rejects(bulk({ act: 'addToTeam', teamId: 99, ids: [ann] }, admin), {
      code: 'team.not_found',
    });
  });
});
