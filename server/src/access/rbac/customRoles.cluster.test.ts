import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { RoleRule } from '@sallyport/contract';
import { type Lab, useLab } from '@sallyport/lab';
import { mayDo } from '../../environments/permissions.ts';
import { serviceAccountRules } from '../../environments/serviceAccount.ts';
import { eventually } from '../../environments/testing.ts';
import { groupFor } from '../policy.ts';
import { customRoleKey } from '../roleKey.ts';
import { createRoles } from '../roles.ts';
import { openTestSallyport, type TestSallyport } from '../testing.ts';
import { boundRole, ownerOf } from './manifests.ts';
import type { ClusterRole } from './roleManifests.ts';

const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const RUN = randomBytes(3).toString('hex');
/** Of this run alone, so that other Sallyports on the cluster give nobody the same group. */
const widgets = (...verbs: string[]): RoleRule => ({
  apiGroups: [`${RUN}.example.com`],
  resources: ['widgets'],
  verbs,
});

describe('the ClusterRoles of custom roles, on a real cluster', () => {
  let lab: Lab;
  let sallyport: TestSallyport;
  let roles: ReturnType<typeof createRoles>;
  let environmentId: number;

  before(async () => {
    lab = await useLab({ pods: 'off' });
    sallyport = await openTestSallyport();
    const { store, reconciler } = sallyport;
    roles = createRoles({ store, reconciler });
    environmentId = await sallyport.register(lab);
  });
  after(async () => {
    if (sallyport) {
      for (const id of sallyport.environments.ids()) await sallyport.environments.remove(id);
      await sallyport.close();
    }
    await lab?.stop();
  });

  const nameOf = (rules: RoleRule[], id = environmentId) =>
    boundRole(customRoleKey(rules), ownerOf(sallyport.instanceId, id));
  const pathOf = (rules: RoleRule[], id = environmentId) =>
    `${CLUSTER_ROLES}/${encodeURIComponent(nameOf(rules, id))}`;
  const read = async (rules: RoleRule[], id = environmentId) => {
    const { status, body } = await lab.call('GET', pathOf(rules, id));
    return status === 200 ? (body as ClusterRole) : undefined;
  };
  const grant = (roleId: number, id = environmentId) =>
    sallyport.grants.create({ userId: sallyport.userId, environmentIds: [id], roleId }, null);
  const can = (rules: RoleRule[], verb: string) => {
    const kube = sallyport.environments.kube(environmentId);
    assert.ok(kube);
    return mayDo(
      kube,
      { verb, group: `${RUN}.example.com`, resource: 'widgets' },
      { user: 'sallyport:dana', groups: [groupFor(customRoleKey(rules), null)] },
    );
  };

  it('are there as soon as a grant is answered, and gone with the last grant', async () => {
    const rules = [widgets('get')];
    const role = await roles.create({ name: 'One', description: '', rules });
    assert.equal(await read(rules), undefined, 'nothing is made before somebody needs it');
    const granted = await grant(role.id);
    assert.deepEqual(granted.bindings, [{ environmentId, state: 'applied', message: null }]);
    const made = await read(rules);
    assert.deepEqual(made?.rules, rules);
    assert.equal(made?.metadata.annotations?.['sallyport/role'], 'One');
    assert.equal(await can(rules, 'get'), true);
    assert.equal(await can(rules, 'delete'), false);
    await sallyport.grants.delete(granted.id);
    assert.equal(await read(rules), undefined);
    assert.equal(
      await eventually(
        () => can(rules, 'get'),
        (yes) => !yes,
      ),
      false,
    );
  });

  it('follow a change of the role: the old group gives nothing, the new one what the rules say', async () => {
    const [wide, narrow] = [[widgets('get', 'delete', 'list')], [widgets('list')]];
    const role = await roles.create({ name: 'Two', description: '', rules: wide });
    const granted = await grant(role.id);
    await roles.update(role.id, { rules: narrow, name: 'Two again' });
    assert.equal(await read(wide), undefined);
    assert.equal((await read(narrow))?.metadata.annotations?.['sallyport/role'], 'Two again');
    assert.equal(await can(narrow, 'list'), true);
    assert.equal(await can(narrow, 'delete'), false);
    assert.equal(
      await eventually(
        () => can(wide, 'delete'),
        (yes) => !yes,
      ),
      false,
    );
    await sallyport.grants.delete(granted.id);
  });

  it('are repaired whatever somebody writes into them, an aggregation included', async () => {
    const rules = [widgets('watch')];
    const role = await roles.create({ name: 'Three', description: '', rules });
    const granted = await grant(role.id);
    const found = await read(rules);
    assert.ok(found);
    const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const spoilt: ClusterRole[] = [
      { ...found, rules: everything },
      { ...found, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: RUN } }] } },
    ];
    for (const body of spoilt) {
      const { resourceVersion: _, ...metadata } = found.metadata;
      await lab.call('PUT', pathOf(rules), { ...body, metadata });
      const whole = await eventually(
        () => read(rules),
        (now) => now?.aggregationRule === undefined && isDeepStrictEqual(now?.rules, rules),
      );
      assert.deepEqual(whole?.rules, rules);
      assert.equal(whole?.aggregationRule, undefined);
    }
    await lab.call('DELETE', pathOf(rules));
    assert.ok(await eventually(() => read(rules), Boolean), 'made again');
    await sallyport.grants.delete(granted.id);
  });

  it('leave alone what somebody else made, and say so', async () => {
    const rules = [widgets('patch')];
    const role = await roles.create({ name: 'Four', description: '', rules });
    const foreign = { metadata: { name: nameOf(rules) }, rules: [widgets('get')] };
    await lab.call('POST', CLUSTER_ROLES, foreign);
    const granted = await grant(role.id);
    assert.equal(granted.bindings[0]?.state, 'pending');
    assert.match(granted.bindings[0]?.message ?? '', /There is a ClusterRole .* without Sallyport/);
    assert.deepEqual((await read(rules))?.rules, foreign.rules);
    await lab.call('DELETE', pathOf(rules));
    await sallyport.grants.delete(granted.id);
  });

  it('need escalate or the rights themselves: what is missing is said with the grant', async () => {
    const account = async (name: string, customRoles: boolean, more: RoleRule[] = []) => {
      const clusterRole = `${name}-${RUN}`;
      const rules = serviceAccountRules({ rbac: 'managed', customRoles, impersonation: 'full' });
      await lab.call('POST', CLUSTER_ROLES, {
        metadata: { name: clusterRole },
        rules: [...rules.map(({ rule }) => rule), ...more],
      });
      const token = await lab.serviceAccountToken(clusterRole, { clusterRole });
      return sallyport.register(lab, 'managed', lab.tokenKubeconfig(token));
    };
    const rules = [widgets('create')];
    const role = await roles.create({ name: 'Five', description: '', rules });
    const without = await account('without', false);
    const denied = await grant(role.id, without);
    assert.equal(denied.bindings[0]?.state, 'pending');
    assert.match(
      denied.bindings[0]?.message ?? '',
      /may not list clusterroles .*Custom roles need the manifest for custom roles/,
    );
    // What custom roles cannot have must not keep others from working.
    const { userId } = sallyport;
    const view = await sallyport.grants.create(
      { userId, environmentIds: [without], role: 'view', namespaces: ['default'] },
      null,
    );
    assert.equal(view.bindings[0]?.state, 'applied');

    const write: RoleRule = {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles'],
      verbs: ['list', 'create', 'update', 'delete'],
    };
    const lacking = await account('lacking', false, [write]);
    const escalating = await grant(role.id, lacking);
    assert.match(escalating.bindings[0]?.message ?? '', /lacks the verb escalate on clusterroles/);

    const holding = await account('holding', false, [write, ...rules]);
    assert.equal((await grant(role.id, holding)).bindings[0]?.state, 'applied');
    const full = await account('full', true);
    assert.equal((await grant(role.id, full)).bindings[0]?.state, 'applied');

    // While their accounts still may, so that nothing stays in a cluster that others share.
    for (const id of [without, lacking, holding, full]) await sallyport.environments.remove(id);
    for (const name of ['without', 'lacking', 'holding', 'full']) {
      await lab.call('DELETE', `${CLUSTER_ROLES}/${name}-${RUN}`);
    }
  });
});
