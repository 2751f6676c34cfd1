import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../log.ts';
import { describeOnStores } from '../../store/testing.ts';
import { linkChannels } from '../../workers/testing.ts';
import { knownNamespaces } from '../testNamespaces.ts';
import { createReconciler, type ResultMessage } from './reconciler.ts';

describeOnStores('several processes', (open) => {
  test('all know what the runs of each came to, also one that starts later', async (t) => {
    const store = await open();
    const { id } = await store.write((tx) =>
      tx
        .insertInto('environments')
        .values({
          ...{ name: 'one', name_key: 'one', labels: '{}', rbac: 'managed', server: 'https://c' },
          ...{ credential: '', state: 'unknown', created_at: 0, updated_at: 0 },
        })
        .returning('id')
        .executeTakeFirstOrThrow(),
    );
    const [first, second, later] = linkChannels(3);
    const create = (openChannel: typeof first) => {
      const reconciler = createReconciler({
        ...{ store, kube: () => undefined, instanceId: 'i', logger: createLogger('silent') },
        namespaces: knownNamespaces(),
        results: openChannel<ResultMessage>('bindings'),
      });
      t.after(() => reconciler.stop());
      return reconciler;
    };
    const leader = create(first);
    const other = create(second);
    assert.equal(leader.result(id), undefined);
    const result = await other.reconcile(id);
    assert.equal(result.state, 'failed');
    assert.deepEqual(leader.result(id), result);
    leader.start();
    assert.deepEqual(create(later).result(id), result);
  });
});
