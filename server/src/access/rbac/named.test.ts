import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeOnStores } from '../../store/testing.ts';
import { addEnvironment, addTeam, addUser } from '../../store/testRows.ts';
import { createGrants } from '../grants.ts';
import { knownNamespaces } from '../testNamespaces.ts';
import { namedIdentities } from './named.ts';

describeOnStores('whom Sallyport has to impersonate', (open) => {
  async function scene() {
    const store = await open();
    const dana = await addUser(store, 'dana');
    await addTeam(store, 'ops', [dana]);
    const production = await addEnvironment(store, 'production');
    const namespaces = knownNamespaces();
    const grants = createGrants({
      store,
      namespaces,
      kube: () => undefined,
      reconciler: {
        reconcile: async () => ({ state: 'external' }),
        result: () => undefined,
      },
    });
    await grants.create(
      { userId: dana, environmentIds: [production], role: 'edit', namespaceSelector: 'team=pay' },
      null,
    );
    await grants.create(
      { userId: dana, environmentIds: [production], role: 'view', namespaces: ['web'] },
      null,
    );
    const named = (id: number | undefined) =>
      namedIdentities(store, id, Date.now(), namespaces.matching);
    return { named, production, namespaces };
  }

  it('is every user, every team, and the groups of the grants, those by label too', async () => {
    const { named, production, namespaces } = await scene();
    namespaces.know(production, 'team=pay', ['pay-eu', 'pay-us']);
    const { users, groups } = await named(production);
    assert.deepEqual(users, ['sallyport:dana']);
    assert.deepEqual(groups, [
      'sallyport:team:ops',
      'sallyport:role:edit:ns:pay-eu',
      'sallyport:role:edit:ns:pay-us',
      'sallyport:role:view:ns:web',
    ]);
  });

  it('is nobody by a label of which nothing is known', async () => {
    const { named, production } = await scene();
    const { groups } = await named(production);
    assert.deepEqual(groups, ['sallyport:team:ops', 'sallyport:role:view:ns:web']);
  });

  it('is the built-in roles for the whole cluster, before there is an environment', async () => {
    const { named } = await scene();
    const { groups } = await named(undefined);
    assert.ok(groups.includes('sallyport:role:view') && groups.includes('sallyport:role:edit'));
  });
});
