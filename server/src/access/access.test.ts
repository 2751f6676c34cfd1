import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store } from '../store/store.ts';
import { describeOnStores } from '../store/testing.ts';
import { addEnvironment, addTeam, addUser } from '../store/testRows.ts';
import { createGrants } from './grants.ts';
import type { ReconcileResult } from './rbac/result.ts';
import { createAccess } from './resolve.ts';
import { knownNamespaces } from './testNamespaces.ts';

const PAGE = { limit: 100, offset: 0 };

/** Grants without clusters: what a reconciler would say of each is given. */
function grantsOn(
  store: Store,
  now?: () => number,
  result?: ReconcileResult,
  namespaces = knownNamespaces(),
) {
  const asked: number[] = [];
  const grants = createGrants({
    store,
    namespaces,
    kube: () => undefined,
    reconciler: {
      reconcile: async (id) => {
        asked.push(id);
        return result ?? { state: 'external' };
      },
      result: () => result,
    },
    ...(now ? { now } : {}),
  });
  return { ...grants, asked };
}

describeOnStores('what a user may do', (open) => {
  async function scene(now?: () => number) {
    const store = await open();
    const [dana, eve] = [await addUser(store, 'dana'), await addUser(store, 'eve')];
    const team = await addTeam(store, 'ops', [dana]);
    const [one, two] = [await addEnvironment(store, 'one'), await addEnvironment(store, 'two')];
    const namespaces = knownNamespaces();
    const access = createAccess({ store, namespaces, ...(now ? { now } : {}) });
    return { store, namespaces, dana, eve, team, one, two, access, grants: grantsOn(store, now) };
  }
  const groups = async (answer: ReturnType<ReturnType<typeof createAccess>['resolve']>) =>
    (await answer)?.groups;

  it('comes from their own grants and those of their teams, in that environment', async () => {
    const { access, grants, dana, eve, team, one, two } = await scene();
    await grants.create({ userId: dana, environmentIds: [one], role: 'view' }, null);
    await grants.create(
      { teamId: team, environmentIds: [one], role: 'edit', namespaces: ['a'] },
      null,
    );
    await grants.create({ userId: eve, environmentIds: [two], role: 'admin' }, null);
    assert.deepEqual(await groups(access.resolve(dana, one)), [
      'sallyport:role:edit:ns:a',
      'sallyport:role:view',
    ]);
    assert.equal(await access.resolve(dana, two), undefined);
    assert.equal(await access.resolve(eve, one), undefined);
    assert.equal(await access.resolve(dana, 999), undefined);
    assert.equal(await access.resolve(999, one), undefined);
    assert.deepEqual([...(await access.accessible(dana)).keys()], [one]);
    assert.deepEqual([...(await access.accessible(999)).keys()], []);
  });

  it('is answered at once when it is known, and anew with the very next question after a change', async () => {
    const { store, access, grants, dana, team, one } = await scene();
    const { id } = await grants.create({ userId: dana, environmentIds: [one], role: 'view' }, null);
    await access.resolve(dana, one);
    const known = access.resolve(dana, one);
    assert.ok(known && !(known instanceof Promise), 'from memory');

    await grants.delete(id);
    assert.equal(await access.resolve(dana, one), undefined);
    assert.equal(access.resolve(dana, one), undefined, 'a refusal is remembered too');

    await grants.create({ teamId: team, environmentIds: [one], role: 'edit' }, null);
    assert.deepEqual(await groups(access.resolve(dana, one)), ['sallyport:role:edit']);
    await store.write(async (tx, changed) => {
      await tx.deleteFrom('team_members').where('user_id', '=', dana).execute();
      changed('teams');
    });
    assert.equal(await access.resolve(dana, one), undefined, 'the team was left');
  });

  it('is nothing for a user who is disabled', async () => {
    const { store, access, grants, dana, one } = await scene();
    await grants.create({ userId: dana, environmentIds: [one], role: 'view' }, null);
    assert.ok(await access.resolve(dana, one));
    await store.write(async (tx, changed) => {
      await tx.updateTable('users').set({ disabled: 1 }).where('id', '=', dana).execute();
      changed('users');
    });
    assert.equal(await access.resolve(dana, one), undefined);
    assert.equal((await access.accessible(dana)).size, 0);
  });

  it('ends with the grant, on the millisecond', async () => {
    let clock = 1_000_000;
    const { access, grants, dana, one } = await scene(() => clock);
    const expiresAt = new Date(clock + 10).toISOString();
    await grants.create({ userId: dana, environmentIds: [one], role: 'view', expiresAt }, null);
    assert.equal((await access.resolve(dana, one))?.validUntil, clock + 10);
    clock += 9;
    assert.ok(access.resolve(dana, one));
    clock += 1;
    assert.equal(await access.resolve(dana, one), undefined);
    assert.equal((await access.accessible(dana)).size, 0);
  });

  it('follows the mode of the environment', async () => {
    const { store, access, grants, dana, one } = await scene();
    await grants.create({ userId: dana, environmentIds: [one], role: 'view' }, null);
    assert.deepEqual(await groups(access.resolve(dana, one)), ['sallyport:role:view']);
    await store.write(async (tx, changed) => {
      await tx.updateTable('environments').set({ rbac: 'external' }).execute();
      changed('environments');
    });
    const after = await access.resolve(dana, one);
    assert.deepEqual(after?.groups, []);
    assert.equal(after?.entries.length, 1);
  });

  it('follows the labels of environments with the very next question', async () => {
    const { store, access, grants, dana, one, two } = await scene();
    const label = (id: number, labels: object) =>
      store.write(async (tx, changed) => {
        changed('environments');
        const text = JSON.stringify(labels);
        await tx.updateTable('environments').set({ labels: text }).where('id', '=', id).execute();
      });
    await grants.create(
      { userId: dana, environmentSelector: 'env in (prod,stage),!old', role: 'view' },
      null,
    );
    assert.equal(await access.resolve(dana, one), undefined);
    await label(one, { env: 'prod' });
    assert.deepEqual(await groups(access.resolve(dana, one)), ['sallyport:role:view']);
    assert.equal(await access.resolve(dana, two), undefined);
    assert.deepEqual([...(await access.accessible(dana)).keys()], [one]);
    await label(one, { env: 'prod', old: '' });
    assert.equal(await access.resolve(dana, one), undefined, 'the label is against it now');
    await label(one, {});
    assert.equal((await access.accessible(dana)).size, 0);
  });

  it('is every environment only where that was asked for', async () => {
    const { store, access, grants, dana, one, two } = await scene();
    await grants.create({ userId: dana, allEnvironments: true, role: 'view' }, null);
    const three = await addEnvironment(store, 'three');
    assert.deepEqual([...(await access.accessible(dana)).keys()].sort(), [one, two, three]);
  });

  it('follows the labels of namespaces, by a group for each that matches', async () => {
    const { access, grants, namespaces, dana, one } = await scene();
    const namespaceSelector = 'team=payments';
    await grants.create(
      { userId: dana, environmentIds: [one], role: 'edit', namespaceSelector },
      null,
    );
    const unknown = await access.resolve(dana, one);
    assert.deepEqual(unknown?.groups, [], 'what is not known gives nothing');
    namespaces.know(one, namespaceSelector, ['pay', 'pay-eu']);
    const known = await access.resolve(dana, one);
    assert.deepEqual(known?.groups, [
      'sallyport:role:edit:ns:pay',
      'sallyport:role:edit:ns:pay-eu',
    ]);
    assert.deepEqual(known?.entries, [
      { role: 'edit', namespaces: ['pay', 'pay-eu'], namespaceSelector, expiresAt: null },
    ]);
    namespaces.know(one, namespaceSelector, ['pay']);
    assert.deepEqual(await groups(access.resolve(dana, one)), ['sallyport:role:edit:ns:pay']);
    namespaces.know(one, namespaceSelector, []);
    assert.deepEqual(await groups(access.resolve(dana, one)), []);
  });

  it('is not what was read before a change that came in between', async () => {
    const { access, grants, dana, one } = await scene();
    for (let round = 0; round < 20; round += 1) {
      const made = await grants.create({ userId: dana, environmentIds: [one], role: 'view' }, null);
      const asked = [access.resolve(dana, one)];
      const deleted = grants.delete(made.id).then(() => access.resolve(dana, one));
      for (let more = 0; more < 10; more += 1) {
        await new Promise(setImmediate);
        asked.push(access.resolve(dana, one));
      }
      assert.equal(await deleted, undefined);
      await Promise.all(asked);
      assert.equal(await access.resolve(dana, one), undefined);
    }
  });
});

describeOnStores('grants', (open) => {
  async function scene(result?: ReconcileResult) {
    const store = await open();
    const user = await addUser(store, 'dana');
    const team = await addTeam(store, 'ops', [user]);
    const environments = [await addEnvironment(store, 'one'), await addEnvironment(store, 'two')];
    return { store, user, team, environments, grants: grantsOn(store, undefined, result) };
  }

  it('are shown with names, and asked of each cluster once', async () => {
    const { grants, user, environments } = await scene();
    const [one = 0, two = 0] = environments;
    const made = await grants.create(
      {
        userId: user,
        environmentIds: [two, one, two],
        role: 'edit',
        namespaces: ['b', 'a', 'b'],
        expiresAt: '2099-01-01T02:00:00+02:00',
      },
      user,
    );
    const { id, createdAt, roleId, ...rest } = made;
    assert.ok(id > 0 && roleId > 0 && createdAt);
    assert.deepEqual(rest, {
      userId: user,
      teamId: null,
      subject: 'dana',
      environmentIds: [one, two],
      environmentCount: 2,
      environmentSelector: null,
      allEnvironments: false,
      role: 'edit',
      namespaces: ['a', 'b'],
      namespaceSelector: null,
      note: '',
      expiresAt: '2099-01-01T00:00:00.000Z',
      state: 'active',
      createdBy: 'dana',
      bindings: [one, two].map((environmentId) => ({
        environmentId,
        state: 'pending',
        message: 'The cluster has not been asked yet.',
      })),
    });
    assert.deepEqual(grants.asked, [one, two]);
    await grants.delete(id);
    assert.deepEqual(grants.asked, [one, two, one, two]);
    await assert.rejects(grants.delete(id), { code: 'grant.not_found' });
  });

  it('are listed by subject, environment and name, in pages', async () => {
    const { grants, user, team, environments } = await scene();
    const [one = 0, two = 0] = environments;
    await grants.create({ userId: user, environmentIds: [one], role: 'view' }, null);
    await grants.create({ teamId: team, environmentIds: [one, two], role: 'edit' }, null);
    await grants.create({ userId: user, environmentIds: [two], role: 'cluster-admin' }, null);
    const roles = async (filter: object) => {
      const { items, total } = await grants.list({ ...PAGE, ...filter });
      return [total, ...items.map(({ role }) => role)];
    };
    assert.deepEqual(await roles({}), [3, 'view', 'edit', 'cluster-admin']);
    assert.deepEqual(await roles({ limit: 1, offset: 1 }), [3, 'edit']);
    assert.deepEqual(await roles({ userId: user }), [2, 'view', 'cluster-admin']);
    assert.deepEqual(await roles({ teamId: team }), [1, 'edit']);
    assert.deepEqual(await roles({ environmentId: two }), [2, 'edit', 'cluster-admin']);
    assert.deepEqual(await roles({ q: 'OPS' }), [1, 'edit']);
    assert.deepEqual(await roles({ q: 'cluster' }), [1, 'cluster-admin']);
    assert.deepEqual(await roles({ q: 'nobody' }), [0]);
    const team2 = (await grants.list({ ...PAGE, teamId: team })).items[0];
    assert.deepEqual([team2?.subject, team2?.environmentIds], ['ops', [one, two]]);
  });

  it('tell in a list of as many environments as asked for, what is pending first', async () => {
    const { store, user, environments } = await scene();
    const [one = 0, two = 0] = environments;
    const grants = createGrants({
      store,
      namespaces: knownNamespaces(),
      kube: () => undefined,
      reconciler: {
        reconcile: async () => ({ state: 'external' }),
        result: (id) => (id === one ? { state: 'external' } : undefined),
      },
    });
    await grants.create({ userId: user, environmentIds: [one, two], role: 'edit' }, null);
    const told = async (filter: object) => {
      const [grant] = (await grants.list({ ...PAGE, ...filter })).items;
      assert.equal(grant?.environmentCount, 2);
      assert.deepEqual(
        grant.bindings.map(({ environmentId }) => environmentId),
        grant.environmentIds,
      );
      return grant.environmentIds;
    };
    assert.deepEqual(await told({}), [one, two]);
    assert.deepEqual(await told({ reach: 1 }), [two], 'what is pending');
    assert.deepEqual(await told({ reach: 1, environmentId: one }), [one], 'what was asked by');
    assert.deepEqual(await told({ reach: 0 }), []);
  });

  it('are refused where they point to nothing, or have ended before they begin', async () => {
    const { grants, user, environments } = await scene();
    const [one = 0] = environments;
    const base = { userId: user, environmentIds: [one], role: 'view' };
    const refused: Array<[object, string]> = [
      [{ ...base, userId: 99 }, 'user.not_found'],
      [{ environmentIds: [one], role: 'view', teamId: 99 }, 'team.not_found'],
      [{ ...base, environmentIds: [one, 99] }, 'environment.not_found'],
      [{ ...base, role: 'owner' }, 'role.not_found'],
      [{ userId: user, environmentIds: [one], roleId: 99 }, 'role.not_found'],
      [{ ...base, expiresAt: '2020-01-01T00:00:00Z' }, 'grant.invalid'],
    ];
    for (const [input, code] of refused) {
      await assert.rejects(grants.create(input as typeof base, null), { code });
    }
    assert.equal((await grants.list(PAGE)).total, 0);
    assert.deepEqual(grants.asked, []);
  });

  it('are refused where they say what another says already, and only then', async () => {
    const { grants, user, team, environments } = await scene();
    const [one = 0, two = 0] = environments;
    const base = { userId: user, environmentIds: [one, two], role: 'view', namespaces: ['a', 'b'] };
    const first = await grants.create(base, null);
    const same = [
      base,
      { ...base, environmentIds: [two, one], namespaces: ['b', 'a', 'a'], note: 'again' },
      { ...base, expiresAt: '2099-01-01T00:00:00Z' },
    ];
    for (const input of same) {
      await assert.rejects(grants.create(input, null), { code: 'grant.exists' });
    }
    const { userId, environmentIds, namespaces, ...rest } = base;
    const others = [
      { ...base, environmentIds: [one] },
      { ...base, role: 'edit' },
      { ...base, namespaces: ['a'] },
      { ...rest, userId, environmentIds },
      { ...rest, namespaces, teamId: team, environmentIds },
      { ...rest, userId, namespaces, environmentSelector: 'a=b' },
      { ...rest, userId, namespaces, allEnvironments: true },
      { ...rest, userId, environmentIds, namespaceSelector: 'a=b' },
    ];
    for (const input of others) await grants.create(input, null);
    for (const input of others) {
      await assert.rejects(grants.create(input, null), { code: 'grant.exists' });
    }
    await grants.delete(first.id);
    await grants.create(base, null);
  });

  it('have a note and an end that can be changed, and nothing else', async () => {
    let clock = Date.now();
    const { store, user, environments } = await scene();
    const grants = grantsOn(store, () => clock);
    const [one = 0] = environments;
    const base = { userId: user, environmentIds: [one], role: 'view' };
    const { id } = await grants.create({ ...base, note: 'for the audit' }, user);
    const soon = new Date(clock + 1_000).toISOString();
    const noted = await grants.update(id, { note: 'until the audit is over' });
    assert.deepEqual([noted.note, noted.expiresAt], ['until the audit is over', null]);
    const ending = await grants.update(id, { expiresAt: soon });
    assert.deepEqual([ending.note, ending.expiresAt], ['until the audit is over', soon]);
    const past = new Date(clock - 1).toISOString();
    await assert.rejects(grants.update(id, { expiresAt: past }), { code: 'grant.invalid' });
    clock += 1_000;
    assert.equal((await grants.get(id)).state, 'ended');
    const second = await grants.create(base, user);
    await assert.rejects(grants.update(id, { expiresAt: null }), { code: 'grant.exists' });
    await grants.delete(second.id);
    assert.equal((await grants.update(id, { expiresAt: null })).state, 'active');
    await assert.rejects(grants.update(99, { note: '' }), { code: 'grant.not_found' });
  });

  it('are ended several at once, and listed by state, role and what they reach by label', async () => {
    let clock = Date.now();
    const { store, user, team, environments } = await scene();
    const grants = grantsOn(store, () => clock);
    const [one = 0, two = 0] = environments;
    await store.write(async (tx) => {
      await tx
        .updateTable('environments')
        .set({ labels: '{"env":"prod"}' })
        .where('id', '=', one)
        .execute();
    });
    const inAWeek = new Date(clock + 6 * 86_400_000).toISOString();
    const made = [
      await grants.create(
        { userId: user, environmentSelector: 'env=prod', role: 'view', note: 'On Call' },
        null,
      ),
      await grants.create(
        { teamId: team, environmentIds: [two], role: 'edit', expiresAt: inAWeek },
        null,
      ),
      await grants.create({ teamId: team, allEnvironments: true, role: 'view' }, null),
    ];
    assert.deepEqual(
      made.map(({ environmentIds }) => environmentIds),
      [[one], [two], [one, two]],
    );
    const ids = made.map(({ id }) => id);
    const listed = async (filter: object) =>
      (await grants.list({ ...PAGE, ...filter })).items.map(({ id }) => ids.indexOf(id));
    assert.deepEqual(await listed({ environmentId: one }), [0, 2]);
    assert.deepEqual(await listed({ environmentId: two }), [1, 2]);
    assert.deepEqual(await listed({ roleId: made[0]?.roleId }), [0, 2]);
    assert.deepEqual(await listed({ state: 'ending' }), [1]);
    assert.deepEqual(await listed({ q: 'on call' }), [0]);
    clock += 7 * 86_400_000;
    assert.deepEqual(await listed({ state: 'ended' }), [1]);
    assert.deepEqual(await listed({ state: 'active' }), [0, 2]);
    const [first = 0, , third = 0] = ids;
    const answer = await grants.end([third, first, 999]);
    assert.deepEqual(answer, { ended: [first, third], missing: [999] });
    assert.deepEqual(await listed({}), [1]);
  });

  it('can be tried before they are made: whom and what they would reach', async () => {
    const { grants, store, user, team, environments } = await scene();
    const [one = 0, two = 0] = environments;
    await store.write(async (tx) => {
      await tx
        .updateTable('environments')
        .set({ labels: '{"env":"prod"}', rbac: 'external' })
        .where('id', '=', one)
        .execute();
    });
    const names = async (reach: Parameters<typeof grants.preview>[0]) => {
      const { environments, people } = await grants.preview(reach);
      return [environments.items.map(({ id }) => id), environments.total, people];
    };
    assert.deepEqual(await names({ environmentSelector: 'env' }), [[one], 1, null]);
    assert.deepEqual(await names({ allEnvironments: true, teamId: team }), [
      [one, two],
      2,
      { total: 1, usernames: ['dana'] },
    ]);
    assert.deepEqual(await names({ environmentIds: [two], userId: user }), [
      [two],
      1,
      { total: 1, usernames: ['dana'] },
    ]);
    const unreached = await grants.preview({ allEnvironments: true, namespaceSelector: 'a=b' });
    assert.deepEqual(
      unreached.environments.items.map(({ namespaces, message }) => [namespaces, message]),
      [
        [null, null],
        [null, 'Its stored credential cannot be opened.'],
      ],
    );
    await assert.rejects(grants.preview({ allEnvironments: true, userId: 99 }), {
      code: 'user.not_found',
    });
    await assert.rejects(grants.preview({ allEnvironments: true, teamId: 99 }), {
      code: 'team.not_found',
    });
  });

  it('stay listed when they have ended, and then need nothing of clusters', async () => {
    const { store, user, environments } = await scene();
    let clock = Date.now();
    const grants = grantsOn(store, () => clock);
    const expiresAt = new Date(clock + 1_000).toISOString();
    const [one = 0] = environments;
    await grants.create({ userId: user, environmentIds: [one], role: 'view', expiresAt }, null);
    clock += 2_000;
    const { items } = await grants.list(PAGE);
    assert.deepEqual(items[0]?.bindings, []);
  });

  it('go with their user', async () => {
    const { store, grants, user, environments } = await scene();
    await grants.create({ userId: user, environmentIds: environments, role: 'view' }, null);
    await store.write(async (tx) => {
      await tx.deleteFrom('users').where('id', '=', user).execute();
    });
    assert.equal((await grants.list(PAGE)).total, 0);
  });
});
