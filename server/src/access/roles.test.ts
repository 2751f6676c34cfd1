import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RoleRule } from '@sallyport/contract';
import { describeOnStores } from '../store/testing.ts';
import { addEnvironment, addTeam, addUser } from '../store/testRows.ts';
import { createAccess } from './resolve.ts';
import { customRoleKey } from './roleKey.ts';
import { createRoles } from './roles.ts';
import { knownNamespaces } from './testNamespaces.ts';

const PAGE = { limit: 100, offset: 0 };
const pods: RoleRule = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };
const secrets: RoleRule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

describeOnStores('roles', (open) => {
  async function scene() {
    const store = await open();
    const reconciled: number[] = [];
    const roles = createRoles({
      store,
      reconciler: {
        reconcile: async (id) => {
          reconciled.push(id);
          return { state: 'external' };
        },
      },
    });
    const environment = await addEnvironment(store, 'Prod');
    const grant = (
      roleId: number,
      subject: { user_id?: number; team_id?: number },
      ends?: number,
    ) =>
      store.write(async (tx, changed) => {
        const { id } = await tx
          .insertInto('grants')
          .values({
            ...{ user_id: null, team_id: null, ...subject },
            ...{ role_id: roleId, namespaces: null, created_at: 0, created_by: null },
            expires_at: ends ?? null,
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        await tx
          .insertInto('grant_environments')
          .values({ grant_id: id, environment_id: environment })
          .execute();
        changed('grants');
        return id;
      });
    return { store, roles, reconciled, environment, grant };
  }
  const make = (rules = [pods], name = 'Pod readers') => ({ name, description: '', rules });

  it('are at first those that every cluster has, with what to mind about them', async () => {
    const { roles } = await scene();
    const { items, total } = await roles.list(PAGE);
    assert.equal(total, 4);
    assert.deepEqual(
      items.map(({ name, builtin, rules, clusterRole }) => [name, builtin, rules, clusterRole]),
      ['view', 'edit', 'admin', 'cluster-admin'].map((name) => [name, true, null, name]),
    );
    assert.deepEqual(
      items.map(({ warnings }) => warnings.length > 0),
      [false, true, true, true],
    );
    assert.deepEqual(
      (await roles.list({ limit: 1, offset: 1, q: 'admin' })).items.map(({ name }) => name),
      ['cluster-admin'],
    );
  });

  it('are made of rules, and found again as they were written', async () => {
    const { roles } = await scene();
    const made = await roles.create(make([secrets, pods]));
    assert.equal(made.builtin, false);
    assert.deepEqual(made.rules, [secrets, pods]);
    assert.equal(made.clusterRole, `sallyport:${customRoleKey([pods, secrets])}`);
    assert.match(made.warnings[0]?.message ?? '', /Reading Secrets/);
    assert.deepEqual(await roles.get(made.id), made);
    assert.equal((await roles.list({ ...PAGE, q: 'POD' })).items[0]?.id, made.id);
  });

  it('have names of their own, upper and lower case as one', async () => {
    const { roles } = await scene();
    const { id } = await roles.create(make());
    await assert.rejects(roles.create(make([pods], 'pod READERS')), { code: 'role.exists' });
    await assert.rejects(roles.create(make([pods], 'View')), { code: 'role.exists' });
    await assert.rejects(roles.update(id, { name: 'ADMIN' }), { code: 'role.exists' });
  });

  it('are refused with the rules that Kubernetes would refuse, each said', async () => {
    const { roles } = await scene();
    const rules = [pods, { apiGroups: [''], resources: [], verbs: [] }];
    await assert.rejects(roles.create(make(rules)), {
      code: 'role.rules_invalid',
      message: /Rule 2: A rule needs at least one verb\. Rule 2: .* at least one resource/,
    });
    const { id } = await roles.create(make());
    await assert.rejects(roles.update(id, { rules }), { code: 'role.rules_invalid' });
  });

  it('give their people another group with the very next question when their rules change', async () => {
    const { store, roles, grant, environment, reconciled } = await scene();
    const access = createAccess({ store, namespaces: knownNamespaces() });
    const dana = await addUser(store, 'dana');
    const { id } = await roles.create(make([pods, secrets]));
    await grant(id, { user_id: dana });
    const before = (await access.resolve(dana, environment))?.groups;
    assert.deepEqual(before, [`sallyport:role:${customRoleKey([pods, secrets])}`]);
    await roles.update(id, { rules: [pods] });
    assert.deepEqual((await access.resolve(dana, environment))?.groups, [
      `sallyport:role:${customRoleKey([pods])}`,
    ]);
    assert.deepEqual(reconciled, [environment]);

    await roles.update(id, { name: 'Renamed', description: 'x' });
    const renamed = await access.resolve(dana, environment);
    assert.deepEqual(renamed?.entries[0]?.role, 'Renamed');
    assert.deepEqual(renamed?.groups, [`sallyport:role:${customRoleKey([pods])}`]);
    access.stop();
  });

  it('of the same rules are one group', async () => {
    const { store, roles, grant, environment } = await scene();
    const access = createAccess({ store, namespaces: knownNamespaces() });
    const dana = await addUser(store, 'dana');
    for (const name of ['one', 'two']) {
      await grant((await roles.create(make([pods], name))).id, { user_id: dana });
    }
    const answer = await access.resolve(dana, environment);
    assert.deepEqual(
      answer?.entries.map(({ role }) => role),
      ['one', 'two'],
    );
    assert.equal(answer?.groups.length, 1);
    access.stop();
  });

  it('that every cluster has can be neither changed nor removed', async () => {
    const { roles } = await scene();
    const [view] = (await roles.list(PAGE)).items;
    assert.ok(view);
    await assert.rejects(roles.update(view.id, { name: 'x' }), { code: 'role.builtin' });
    await assert.rejects(roles.delete(view.id, true), { code: 'role.builtin' });
    await assert.rejects(roles.update(999, { name: 'x' }), { code: 'role.not_found' });
    await assert.rejects(roles.delete(999, false), { code: 'role.not_found' });
  });

  it('say who and what a change would touch; are removed with their grants only when asked', async () => {
    const { store, roles, grant, environment } = await scene();
    const dana = await addUser(store, 'dana');
    const team = await addTeam(store, 'ops', [dana, await addUser(store, 'eve')]);
    const { id } = await roles.create(make());
    await grant(id, { user_id: dana });
    await grant(id, { team_id: team });
    await grant(id, { user_id: dana }, 1);
    const use = await roles.use(id);
    assert.deepEqual([use.grants, use.grantsInForce], [3, 2]);
    assert.deepEqual(use.environments, [{ id: environment, name: 'Prod' }]);
    assert.deepEqual(use.subjects, [
      { userId: dana, teamId: null },
      { userId: null, teamId: team },
    ]);
    assert.equal((await roles.get(id)).grants, 3);

    await assert.rejects(roles.delete(id, false), {
      code: 'role.in_use',
      message: /Grants name the role Pod readers: 3 of them/,
    });
    await roles.delete(id, true);
    await assert.rejects(roles.get(id), { code: 'role.not_found' });
    const access = createAccess({ store, namespaces: knownNamespaces() });
    assert.equal(await access.resolve(dana, environment), undefined);
    access.stop();
  });
});
