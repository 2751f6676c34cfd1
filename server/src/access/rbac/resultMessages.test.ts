import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../log.ts';
import type { Store } from '../../store/store.ts';
import { describeOnStores } from '../../store/testing.ts';
import { linkChannels } from '../../workers/testing.ts';
import { knownNamespaces } from '../testNamespaces.ts';
import { createReconciler, type ResultMessage } from './reconciler.ts';

describeOnStores('several processes', (open) => {
  test('all know what the runs of each came to, also one that starts later', async (t) => {
    const store = await open();
    const id = await environment(store);
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

  test('the log says by its name which environment a run has failed for, once', async (t) => {
    const store = await open();
    const id = await environment(store);
    const lines: Array<readonly [details: object, message: string]> = [];
    const note = (details: object, message: string) => void lines.push([details, message]);
    const reconciler = createReconciler({
      ...{ store, kube: () => undefined, instanceId: 'i', namespaces: knownNamespaces() },
      logger: { info: note, warn: note, error: note },
    });
    t.after(() => reconciler.stop());
    await reconciler.reconcile(id);
    await reconciler.reconcile(id);
    const why = 'its stored credential cannot be opened';
    assert.deepEqual(lines, [
      [{ environmentId: id, environment: 'one', why }, 'bindings not up to date'],
    ]);
  });
});

async function environment(store: Store): Promise<number> {
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
  return id;
}
