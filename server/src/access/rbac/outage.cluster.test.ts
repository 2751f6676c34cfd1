import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Lab, startLab } from '@sallyport/lab';
import { createHealth, type Health } from '../../environments/health.ts';
import { mayDo } from '../../environments/permissions.ts';
import { eventually, silent } from '../../environments/testing.ts';
import { createNamespaces } from '../namespaces.ts';
import { groupFor } from '../policy.ts';
import { createAccess } from '../resolve.ts';
import { customRoleKey } from '../roleKey.ts';
import { createRoles } from '../roles.ts';
import { openTestSallyport, type TestSallyport } from '../testing.ts';

const ADMIN = { access: undefined, showServer: true };

describe('a cluster that is down', () => {
  let lab: Lab;
  let sallyport: TestSallyport;
  let health: Health;
  let id: number;

  before(async () => {
    // Of its own: it is stopped and started.
    lab = await startLab({ pods: 'off' });
    sallyport = await openTestSallyport();
    const { store, environments } = sallyport;
    health = createHealth({
      ...{ store, environments, logger: silent, intervalMs: 200 },
      history: { note() {} },
    });
    health.start();
    id = await sallyport.register(lab);
  });
  after(async () => {
    await health?.stop();
    await sallyport?.close();
    await lab?.stop();
  });

  const look = () => sallyport.environments.get(id, ADMIN);
  const grant = () =>
    sallyport.grants.create({ userId: sallyport.userId, environmentIds: [id], role: 'view' }, null);
  const bindings = async () => {
    const { items } = await sallyport.grants.list({ limit: 10, offset: 0, environmentId: id });
    return items.flatMap((item) => item.bindings);
  };

  it('is shown as down with the reason, and takes grants that are applied when it is back', async () => {
    assert.equal((await look()).state, 'up');
    const upSince = (await look()).stateSince;

    await lab.stopApiServer();
    const down = await eventually(look, ({ state }) => state === 'down');
    assert.equal(down.state, 'down');
    assert.equal(
      down.stateMessage,
      `Sallyport cannot reach ${lab.server}: nothing listens there (connection refused).`,
    );
    assert.notEqual(down.stateSince, upSince);
    assert.equal(down.version, lab.version, 'the version that it had is still known');

    const granted = await grant();
    assert.deepEqual(granted.bindings, [
      {
        environmentId: id,
        state: 'pending',
        message: 'The cluster cannot be reached: nothing listens there (connection refused).',
      },
    ]);

    await lab.startApiServer();
    const up = await eventually(look, ({ state }) => state === 'up');
    assert.equal(up.state, 'up');
    assert.equal(up.stateMessage, null);
    const after = await eventually(bindings, ([first]) => first?.state === 'applied');
    assert.deepEqual(after, [{ environmentId: id, state: 'applied', message: null }]);
    await sallyport.grants.delete(granted.id);
  });

  it('lets a registration fail in words, and a new name and a removed grant pass', async () => {
    const granted = await grant();
    await lab.stopApiServer();
    await assert.rejects(sallyport.register(lab), { code: 'environment.unreachable' });
    await assert.rejects(sallyport.environments.check(id), { code: 'environment.unreachable' });
    assert.equal((await sallyport.environments.update(id, { name: 'renamed' })).name, 'renamed');
    const { check } = await sallyport.environments.update(id, { rbac: 'external' });
    assert.match(check.findings[0]?.message ?? '', /cannot reach/);
    await sallyport.environments.update(id, { rbac: 'managed' });
    await sallyport.grants.delete(granted.id);
    await lab.startApiServer();

    const left = await eventually(
      async () => {
        const { body } = await lab.call(
          'GET',
          '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?labelSelector=app.kubernetes.io/managed-by%3Dsallyport',
        );
        return (body as { items: unknown[] }).items.length;
      },
      (count) => count === 0,
    );
    assert.equal(left, 0, 'caught up');
  });

  it('gives nobody what a role has lost meanwhile, and has the new rules when it is back', async () => {
    await eventually(look, ({ state }) => state === 'up');
    const { store, reconciler, environments, grants, namespaces, userId } = sallyport;
    const roles = createRoles({ store, reconciler });
    const access = createAccess({ store, namespaces });
    const rule = (...verbs: string[]) => ({ apiGroups: [''], resources: ['secrets'], verbs });
    const wide = { name: 'secrets', description: '', rules: [rule('get', 'list')] };
    const { id: roleId } = await roles.create(wide);
    const granted = await grants.create({ userId, environmentIds: [id], roleId }, null);
    assert.equal(granted.bindings[0]?.state, 'applied');
    await lab.stopApiServer();
    await roles.update(roleId, { rules: [rule('list')] });
    const groups = (await access.resolve(userId, id))?.groups;
    assert.deepEqual(groups, [groupFor(customRoleKey([rule('list')]), null)]);
    await lab.startApiServer();

    const may = async (verb: string) => {
      const kube = environments.kube(id);
      assert.ok(kube && groups);
      const as = { user: 'sallyport:dana', groups };
      const question = { verb, group: '', resource: 'secrets' };
      return mayDo(kube, question, as).catch(() => undefined);
    };
    assert.equal(
      await eventually(
        () => may('get'),
        (answer) => answer !== undefined,
      ),
      false,
    );
    assert.equal(
      await eventually(
        () => may('list'),
        (answer) => answer === true,
      ),
      true,
    );
    assert.equal(await may('get'), false);
    await roles.delete(roleId, true);
    access.stop();
  });

  it('is told from one that accepts connections and says nothing', async () => {
    await eventually(look, ({ state }) => state === 'up');
    await lab.pauseApiServer();
    try {
      const down = await eventually(look, ({ state }) => state === 'down');
      assert.match(down.stateMessage ?? '', /: there was no answer in time\.$/);
    } finally {
      await lab.resumeApiServer();
    }
    assert.equal((await eventually(look, ({ state }) => state === 'up')).state, 'up');
  });

  it('is believed about the labels of its namespaces only while it answers', async () => {
    const { store, environments, grants, userId } = sallyport;
    const namespaceSelector = 'kubernetes.io/metadata.name=default';
    const { id: grantId } = await grants.create(
      { userId, environmentIds: [id], role: 'view', namespaceSelector },
      null,
    );
    const timing = { staleMs: 2_500, watchSeconds: 1 };
    const namespaces = createNamespaces({
      ...{ store, kube: environments.kube, logger: silent },
      ...timing,
    });
    namespaces.start();
    const matching = () => namespaces.matching(id, namespaceSelector);
    try {
      await namespaces.ready(id);
      assert.deepEqual(matching(), ['default']);
      await lab.pauseApiServer();
      assert.equal(await eventually(matching, (known) => known === undefined), undefined);
      assert.match(namespaces.problem(id), /cluster/);
      await lab.resumeApiServer();
      assert.deepEqual(await eventually(matching, (known) => known !== undefined), ['default']);
    } finally {
      await lab.resumeApiServer();
      await namespaces.stop();
      await grants.delete(grantId);
    }
    await eventually(look, ({ state }) => state === 'up');
  });

  it('does not tell the proxy of its state, since its target is the same', async () => {
    const heard: string[] = [];
    const end = sallyport.store.onChange((topics) => heard.push(...topics));
    await lab.stopApiServer();
    assert.equal((await eventually(look, ({ state }) => state === 'down')).state, 'down');
    await lab.startApiServer();
    assert.equal((await eventually(look, ({ state }) => state === 'up')).state, 'up');
    end();
    assert.deepEqual(heard, []);
  });

  it('is removed all the same', async () => {
    await grant();
    await lab.stopApiServer();
    await sallyport.environments.remove(id);
    assert.equal(sallyport.environments.target(id), undefined);
    assert.equal((await sallyport.grants.list({ limit: 10, offset: 0 })).total, 0);
  });
});
