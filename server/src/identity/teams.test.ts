import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Team } from '@sallyport/contract';
import { describeOnStores } from '../store/testing.ts';
import { everything, openIdentity, PASSWORD, topicsOf } from './testing.ts';

describeOnStores('teams', (open) => {
  test('are made, listed by name with their size, and removed', async () => {
    const { teams, users } = await openIdentity(open);
    const ops = await teams.create({ name: 'Ops' });
    assert.deepEqual(Team.parse(ops), ops);
    const dev = await teams.create({ name: 'dev' });
    const user = await users.create({ username: 'alice', password: PASSWORD, role: 'user' });
    await teams.addMember(ops.id, user.id);
    assert.deepEqual(await teams.list(everything), {
      items: [dev, { ...ops, members: 1 }],
      total: 2,
    });
    assert.deepEqual(await teams.list({ ...everything, q: 'OP' }), {
      items: [{ ...ops, members: 1 }],
      total: 1,
    });
    assert.equal((await teams.list({ limit: 1, offset: 1 })).items[0]?.id, ops.id);
    await teams.delete(ops.id);
    assert.deepEqual((await users.get(user.id)).teams, []);
    assert.equal((await teams.list(everything)).total, 1);
  });

  test('that somebody is not in yet are listed apart', async () => {
    const { teams, users } = await openIdentity(open);
    const { id } = await users.create({ username: 'alice', password: PASSWORD, role: 'user' });
    for (const name of ['a', 'b', 'c', 'd']) {
      const team = await teams.create({ name });
      if ('ac'.includes(name)) await teams.addMember(team.id, id);
    }
    const names = async (filter: Partial<Parameters<typeof teams.list>[0]>) => {
      const { items, total } = await teams.list({ ...everything, ...filter });
      return [total, ...items.map(({ name }) => name)];
    };
    assert.deepEqual(await names({ withoutUserId: id }), [2, 'b', 'd']);
    assert.deepEqual(await names({ withoutUserId: id, limit: 1, offset: 1 }), [2, 'd']);
    assert.deepEqual(await names({ withoutUserId: 999 }), [4, 'a', 'b', 'c', 'd']);
  });

  test('with one name exist once, whatever its case, also where two are made at once', async () => {
    const { teams, another } = await openIdentity(open);
    const other = await another();
    const results = await Promise.allSettled([
      teams.create({ name: 'ops' }),
      other.teams.create({ name: 'OPS' }),
    ]);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.deepEqual(
      refused.map(({ reason }) => reason.code),
      ['team.exists'],
    );
  });

  test('have members, each once, listed by name and found by a part of it', async () => {
    const { teams, users } = await openIdentity(open);
    const { id } = await teams.create({ name: 'ops' });
    const bob = await users.create({ username: 'bob', password: PASSWORD, role: 'user' });
    const alice = await users.create({ username: 'Alice', password: PASSWORD, role: 'user' });
    const asMember = { userId: bob.id, username: 'bob' };
    assert.deepEqual(await teams.addMember(id, bob.id), asMember);
    await teams.addMember(id, alice.id);
    await assert.rejects(teams.addMember(id, bob.id), {
      code: 'team.member_exists',
      message: /^bob /,
    });
    assert.deepEqual(await teams.members(id, everything), {
      items: [{ userId: alice.id, username: 'Alice' }, asMember],
      total: 2,
    });
    assert.deepEqual(await teams.members(id, { ...everything, q: 'B' }), {
      items: [asMember],
      total: 1,
    });
    await teams.removeMember(id, alice.id);
    assert.deepEqual(await teams.members(id, everything), { items: [asMember], total: 1 });
    await assert.rejects(teams.removeMember(id, alice.id), { code: 'team.member_not_found' });
  });

  test('that do not exist are said not to, and so are users', async () => {
    const { teams } = await openIdentity(open);
    const notFound = { code: 'team.not_found' };
    await assert.rejects(teams.delete(7), notFound);
    await assert.rejects(teams.members(7, everything), notFound);
    await assert.rejects(teams.addMember(7, 1), notFound);
    await assert.rejects(teams.removeMember(7, 1), notFound);
    const { id } = await teams.create({ name: 'ops' });
    await assert.rejects(teams.addMember(id, 7), { code: 'user.not_found' });
  });

  test('tell the change feed what changes with them', async () => {
    const { teams, users, store } = await openIdentity(open);
    const user = await users.create({ username: 'bob', password: PASSWORD, role: 'user' });
    const heard = topicsOf(store);
    const { id } = await teams.create({ name: 'ops' });
    await teams.addMember(id, user.id);
    await teams.removeMember(id, user.id);
    await teams.delete(id);
    assert.deepEqual(heard, ['teams', 'teams', 'teams', 'grants teams']);
  });
});
