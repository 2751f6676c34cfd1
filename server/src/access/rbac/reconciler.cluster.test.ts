import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Lab, useLab } from '@sallyport/lab';
import type { KubeClient } from '../../environments/kubeClient.ts';
import { mayDo, type Permission } from '../../environments/permissions.ts';
import { eventually, silent } from '../../environments/testing.ts';
import { addUser } from '../../store/testRows.ts';
import { groupFor } from '../policy.ts';
import { openTestSallyport, type TestSallyport } from '../testing.ts';
import { type Binding, bindingFor, objectPath, ownerOf, selectorOf } from './manifests.ts';
import { createReconciler } from './reconciler.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const DELETE_NAMESPACE: Permission = { verb: 'delete', group: '', resource: 'namespaces' };

describe('the bindings of managed environments, on a real cluster', () => {
  let lab: Lab;
  let sallyport: TestSallyport;
  let environmentId: number;
  let owner: string;
  const run = randomBytes(3).toString('hex');
  const namespaces = { mine: `mine-${run}`, theirs: `theirs-${run}`, later: `later-${run}` };

  before(async () => {
    lab = await useLab({ pods: 'off' });
    sallyport = await openTestSallyport();
    environmentId = await sallyport.register(lab);
    owner = ownerOf(sallyport.instanceId, environmentId);
    await makeNamespace(namespaces.mine);
    await makeNamespace(namespaces.theirs);
  });
  after(async () => {
    if (sallyport) {
      for (const id of sallyport.environments.ids()) await sallyport.environments.remove(id);
      await sallyport.close();
    }
    await lab?.stop();
  });

  async function makeNamespace(name: string): Promise<void> {
    const { status } = await lab.call('POST', '/api/v1/namespaces', { metadata: { name } });
    assert.equal(status, 201);
  }

  function grant(role: string, only?: string[], environments = [environmentId]) {
    const { grants, userId } = sallyport;
    return grants.create(
      { userId, environmentIds: environments, role, namespaces: only ?? null },
      null,
    );
  }

  /** What the cluster lets somebody do who carries these groups, by its own answer. */
  async function can(groups: string[], verb: string, resource: string, namespace?: string) {
    const kube = sallyport.environments.kube(environmentId);
    assert.ok(kube);
    const scope = namespace === undefined ? {} : { namespace };
    return mayDo(kube, { verb, group: '', resource, ...scope }, { user: 'sallyport:dana', groups });
  }

  async function bindingsOf(whose = owner): Promise<Binding[]> {
    const found = await Promise.all(
      ['clusterrolebindings', 'rolebindings'].map((resource) =>
        lab.call(
          'GET',
          `${RBAC}/${resource}?labelSelector=${encodeURIComponent(selectorOf(whose))}`,
        ),
      ),
    );
    return found.flatMap(({ body }) => (body as { items: Binding[] }).items);
  }

  const applied = (id = environmentId) => [{ environmentId: id, state: 'applied', message: null }];

  it('lets a grant for the whole cluster work as soon as it is answered, until it is deleted', async () => {
    const group = groupFor('view', null);
    assert.equal(await can([group], 'get', 'pods'), false);
    const granted = await grant('view');
    assert.deepEqual(granted.bindings, applied());
    assert.equal(await can([group], 'get', 'pods'), true);
    assert.equal(await can([group], 'get', 'pods', 'kube-system'), true);
    assert.equal(await can([group], 'create', 'pods'), false);
    assert.equal(await can([group], 'get', 'secrets'), false);

    const [binding, ...others] = await bindingsOf();
    assert.equal(others.length, 0);
    assert.equal(binding?.roleRef.name, 'view');
    assert.equal(binding?.metadata.labels?.['app.kubernetes.io/managed-by'], 'sallyport');

    await sallyport.grants.delete(granted.id);
    assert.deepEqual(await bindingsOf(), []);
  });

  it('gives a role in the named namespaces and in no other', async () => {
    const group = groupFor('edit', namespaces.mine);
    const granted = await grant('edit', [namespaces.mine, namespaces.mine]);
    assert.deepEqual(granted.namespaces, [namespaces.mine]);
    assert.deepEqual(granted.bindings, applied());
    assert.equal(await can([group], 'delete', 'pods', namespaces.mine), true);
    assert.equal(await can([group], 'delete', 'pods', namespaces.theirs), false);
    assert.equal(await can([group], 'get', 'pods'), false);
    await sallyport.grants.delete(granted.id);
  });

  it('gives each role what the role of the cluster gives, and nothing to other groups', async () => {
    const granted = [await grant('cluster-admin'), await grant('admin', [namespaces.theirs])];
    const kube = sallyport.environments.kube(environmentId);
    assert.ok(kube);
    const asAdmin = { user: 'sallyport:dana', groups: [groupFor('cluster-admin', null)] };
    assert.equal(await mayDo(kube, DELETE_NAMESPACE, asAdmin), true);
    const table: Array<[group: string, allowed: boolean]> = [
      [groupFor('admin', namespaces.theirs), true],
      [groupFor('admin', namespaces.mine), false],
      [groupFor('admin', null), false],
      ['sallyport:team:role:admin', false],
    ];
    for (const [group, allowed] of table) {
      assert.equal(await can([group], 'get', 'secrets', namespaces.theirs), allowed, group);
    }
    for (const { id } of granted) await sallyport.grants.delete(id);
  });

  it('keeps a binding until the last grant that needs it is gone', async () => {
    const eve = await addUser(sallyport.store, 'eve');
    const first = await grant('view');
    const second = await sallyport.grants.create(
      { userId: eve, environmentIds: [environmentId], role: 'view' },
      null,
    );
    await sallyport.grants.delete(first.id);
    assert.equal((await bindingsOf()).length, 1);
    assert.equal(await can([groupFor('view', null)], 'get', 'pods'), true);
    await sallyport.grants.delete(second.id);
    assert.deepEqual(await bindingsOf(), []);
  });

  it('repairs what somebody else removed or changed', async () => {
    const granted = await grant('view');
    const wanted = bindingFor({ roleKey: 'view', namespace: null }, owner);
    const path = objectPath(wanted);
    const isWhole = async () => {
      const { body } = await lab.call('GET', path);
      const { roleRef, subjects } = body as Binding;
      return roleRef?.name === 'view' && subjects?.[0]?.name === groupFor('view', null);
    };

    await lab.call('DELETE', path);
    assert.equal(await eventually(isWhole, Boolean), true, 'removed');

    const intruder = { kind: 'Group', name: 'intruders', apiGroup: 'rbac.authorization.k8s.io' };
    await lab.call('PUT', path, { ...wanted, subjects: [intruder] });
    assert.equal(await eventually(isWhole, Boolean), true, 'other subjects');

    await lab.call('DELETE', path);
    await lab.call('POST', `${RBAC}/clusterrolebindings`, {
      ...wanted,
      roleRef: { ...wanted.roleRef, name: 'cluster-admin' },
    });
    assert.equal(await eventually(isWhole, Boolean), true, 'another role');
    await sallyport.grants.delete(granted.id);
  });

  it('removes what bears its labels and no grant needs', async () => {
    const stray = bindingFor({ roleKey: 'admin', namespace: null }, owner);
    const made = await lab.call('POST', `${RBAC}/clusterrolebindings`, stray);
    assert.equal(made.status, 201);
    const left = await eventually(bindingsOf, (list) => list.length === 0);
    assert.deepEqual(left, []);
  });

  /** Another process's reconciler, which does something before its first request of a kind. */
  function slowReconciler(isMeant: (method: string, path: string) => boolean, act: () => unknown) {
    const { store, namespaces: known, instanceId, environments } = sallyport;
    const sent: string[] = [];
    let waited = false;
    const kube = (id: number) => {
      const client = environments.kube(id);
      if (client === undefined) return undefined;
      const request: KubeClient['request'] = async (asked) => {
        if (!waited && isMeant(asked.method, asked.path)) {
          waited = true;
          await act();
        }
        sent.push(`${asked.method} ${asked.path}`);
        return client.request(asked);
      };
      return { ...client, request };
    };
    const reconciler = createReconciler({
      ...{ store, kube, namespaces: known, instanceId, logger: silent },
    });
    return { reconciler, sent };
  }

  it('does not remove what another process has made for a grant that came meanwhile', async () => {
    let granted: Awaited<ReturnType<typeof grant>> | undefined;
    const { reconciler, sent } = slowReconciler(
      (method, path) => method === 'GET' && path.startsWith(`${RBAC}/clusterrolebindings`),
      async () => {
        granted = await grant('view');
      },
    );
    await reconciler.reconcile(environmentId);
    assert.deepEqual(granted?.bindings, applied());
    assert.deepEqual(
      sent.filter((request) => request.startsWith('DELETE')),
      [],
    );
    assert.equal((await bindingsOf()).length, 1);
    await sallyport.grants.delete(granted?.id ?? 0);
    await reconciler.stop();
  });

  it('makes again what it has removed while a grant came to need it', async () => {
    let granted: Awaited<ReturnType<typeof grant>> | undefined;
    const stray = bindingFor({ roleKey: 'view', namespace: null }, owner);
    const { reconciler, sent } = slowReconciler(
      (method) => method === 'DELETE',
      async () => {
        granted = await grant('view');
        await lab.call('POST', `${RBAC}/clusterrolebindings`, stray);
      },
    );
    while (granted === undefined) {
      await lab.call('POST', `${RBAC}/clusterrolebindings`, stray);
      await reconciler.reconcile(environmentId);
    }
    assert.equal((await bindingsOf()).length, 1);
    const removed = sent.findIndex((request) => request.startsWith('DELETE'));
    assert.ok(sent.slice(removed).some((request) => request.startsWith('GET')));
    await sallyport.grants.delete(granted.id);
    await reconciler.stop();
  });

  it('leaves alone what others made, and says so where it stands in the way', async () => {
    const mine = bindingFor({ roleKey: 'edit', namespace: null }, owner);
    const foreign = { ...mine, metadata: { name: mine.metadata.name, labels: { team: 'ops' } } };
    const path = objectPath(foreign);
    assert.equal((await lab.call('POST', `${RBAC}/clusterrolebindings`, foreign)).status, 201);
    const uid = ((await lab.call('GET', path)).body as Binding).metadata.uid;

    const granted = await grant('edit');
    assert.equal(granted.bindings[0]?.state, 'pending');
    assert.match(
      granted.bindings[0]?.message ?? '',
      /^There is a ClusterRoleBinding sallyport:role:edit:[0-9a-f]{8} without Sallyport's labels, which is left alone; remove or rename it\.$/,
    );
    await sallyport.grants.delete(granted.id);
    assert.equal(((await lab.call('GET', path)).body as Binding).metadata.uid, uid);
    await lab.call('DELETE', path);
  });

  it('makes the binding of a namespace that does not exist yet when it appears', async () => {
    const granted = await grant('edit', [namespaces.later, namespaces.mine]);
    assert.deepEqual(granted.bindings, [
      {
        environmentId,
        state: 'pending',
        message: `Namespace ${namespaces.later} does not exist yet; the binding is made when it appears.`,
      },
    ]);
    assert.equal(
      await can([groupFor('edit', namespaces.mine)], 'get', 'pods', namespaces.mine),
      true,
    );

    await makeNamespace(namespaces.later);
    const page = { limit: 10, offset: 0, environmentId };
    const state = await eventually(
      async () => (await sallyport.grants.list(page)).items[0]?.bindings[0]?.state,
      (now) => now === 'applied',
    );
    assert.equal(state, 'applied');
    const group = groupFor('edit', namespaces.later);
    assert.equal(await can([group], 'delete', 'pods', namespaces.later), true);
    await sallyport.grants.delete(granted.id);
  });

  it('removes bindings of a grant that has ended', async () => {
    const { grants, userId } = sallyport;
    const granted = await grants.create(
      {
        userId,
        environmentIds: [environmentId],
        role: 'view',
        expiresAt: new Date(Date.now() + 5_000).toISOString(),
      },
      null,
    );
    assert.deepEqual(granted.bindings, applied());
    assert.deepEqual(await eventually(bindingsOf, (list) => list.length === 0), []);
    await grants.delete(granted.id);
  });

  it('makes nothing in an external environment', async () => {
    const external = await sallyport.register(lab, 'external');
    const granted = await grant('view', undefined, [external]);
    assert.deepEqual(granted.bindings, [
      { environmentId: external, state: 'external', message: null },
    ]);
    assert.deepEqual(await bindingsOf(ownerOf(sallyport.instanceId, external)), []);
    await sallyport.grants.delete(granted.id);
  });

  it('removes what it made when an environment becomes external, and makes it again', async () => {
    const id = await sallyport.register(lab);
    const whose = ownerOf(sallyport.instanceId, id);
    const granted = await grant('view', undefined, [id]);
    assert.equal((await bindingsOf(whose)).length, 1);

    await sallyport.environments.update(id, { rbac: 'external' });
    assert.deepEqual(await bindingsOf(whose), []);

    await sallyport.environments.update(id, { rbac: 'managed' });
    assert.equal(
      (
        await eventually(
          () => bindingsOf(whose),
          (list) => list.length === 1,
        )
      ).length,
      1,
    );
    await sallyport.grants.delete(granted.id);
  });

  it('removes what it made, and the grants, with the environment', async () => {
    const id = await sallyport.register(lab);
    const whose = ownerOf(sallyport.instanceId, id);
    await grant('view', undefined, [id]);
    const shared = await grant('view', undefined, [id, environmentId]);
    await sallyport.environments.remove(id);
    assert.deepEqual(await bindingsOf(whose), []);

    const { items } = await sallyport.grants.list({ limit: 10, offset: 0 });
    assert.deepEqual(
      items.map((item) => [item.id, item.environmentIds]),
      [[shared.id, [environmentId]]],
    );
    await sallyport.grants.delete(shared.id);
  });

  it('lives beside another Sallyport on the same cluster, and beside itself', async () => {
    const other = await openTestSallyport();
    try {
      const otherId = await other.register(lab);
      const twice = await sallyport.register(lab);
      const theirs = await other.grants.create(
        { userId: other.userId, environmentIds: [otherId], role: 'view' },
        null,
      );
      assert.deepEqual(theirs.bindings, applied(otherId));
      const granted = await grant('view', undefined, [environmentId, twice]);
      await sallyport.reconciler.reconcile(environmentId);
      await sallyport.grants.delete(granted.id);
      assert.deepEqual(await bindingsOf(), []);
      assert.equal((await bindingsOf(ownerOf(other.instanceId, otherId))).length, 1);
      assert.equal(await can([groupFor('view', null)], 'get', 'pods'), true);
      await sallyport.environments.remove(twice);
      await other.environments.remove(otherId);
    } finally {
      await other.close();
    }
  });

  it('says which right the credential lacks to make a binding', async () => {
    const name = `binder-${run}`;
    await lab.call('POST', `${RBAC}/clusterroles`, {
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterrolebindings', 'rolebindings'],
          verbs: ['list', 'create', 'update', 'delete'],
        },
      ],
    });
    const token = await lab.serviceAccountToken(name, { clusterRole: name });
    const id = await sallyport.register(lab, 'managed', lab.tokenKubeconfig(token));
    const granted = await grant('edit', undefined, [id]);
    assert.deepEqual(granted.bindings, [
      {
        environmentId: id,
        state: 'pending',
        message:
          "Sallyport's credential lacks the verb bind on the ClusterRole edit, and has not all its rights.",
      },
    ]);
    await sallyport.grants.delete(granted.id);
  });

  it('says that the credential may not even list bindings', async () => {
    const token = await lab.serviceAccountToken(`blind-${run}`);
    const id = await sallyport.register(lab, 'managed', lab.tokenKubeconfig(token));
    const granted = await grant('view', undefined, [id]);
    assert.equal(granted.bindings[0]?.state, 'pending');
    assert.match(
      granted.bindings[0]?.message ?? '',
      /^Sallyport's credential may not list (clusterrole|role)bindings \(the cluster says: .*forbidden/,
    );
    await sallyport.grants.delete(granted.id);
  });
});
