import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store } from '../store/store.ts';
import { describeOnStores } from '../store/testing.ts';
import { addEnvironment } from '../store/testRows.ts';
import { createListing, type EnvironmentFilter } from './listing.ts';

const ENVIRONMENTS = [
  { name: 'west-10', labels: { env: 'prod', region: 'us' }, state: 'up' },
  { name: 'West-9', labels: { env: 'prod' }, state: 'down' },
  { name: 'build', labels: {}, state: 'unknown' },
  { name: 'east', labels: { env: 'staging', region: '' }, state: 'up' },
] as const;

describeOnStores('lists of environments', (open) => {
  async function filled(store: Store) {
    const ids: number[] = [];
    for (const { name, labels, state } of ENVIRONMENTS) {
      const id = await addEnvironment(store, name);
      ids.push(id);
      await store.write(async (tx) => {
        await tx
          .updateTable('environments')
          .set({ labels: JSON.stringify(labels), state })
          .where('id', '=', id)
          .execute();
      });
    }
    const listing = createListing(store);
    const names = async (filter: Partial<EnvironmentFilter> = {}) =>
      (await listing.names({ ids: undefined, ...filter })).items.map(({ name }) => name);
    return { ids, listing, names };
  }

  it('in names, numbers count as numbers and the case does not count', async () => {
    const { names } = await filled(await open());
    assert.deepEqual(await names(), ['build', 'east', 'West-9', 'west-10']);
    assert.deepEqual(await names({ sort: '-name' }), ['west-10', 'West-9', 'east', 'build']);
  });

  it('by state, what is down comes first, and each state is in the order of names', async () => {
    const { names } = await filled(await open());
    assert.deepEqual(await names({ sort: 'state' }), ['West-9', 'build', 'east', 'west-10']);
    assert.deepEqual(await names({ sort: '-state' }), ['east', 'west-10', 'build', 'West-9']);
  });

  it('shows what has the state, the labels, and every word in its name or a label', async () => {
    const { ids, names } = await filled(await open());
    assert.deepEqual(await names({ state: 'up' }), ['east', 'west-10']);
    assert.deepEqual(await names({ labels: 'env=prod' }), ['West-9', 'west-10']);
    assert.deepEqual(await names({ labels: 'env=prod,region=us' }), ['west-10']);
    assert.deepEqual(await names({ labels: 'region=' }), ['east'], 'a label may be empty');
    assert.deepEqual(await names({ labels: 'constructor=x' }), []);
    assert.deepEqual(await names({ labels: '!env' }), ['build']);
    assert.deepEqual(await names({ q: 'WEST' }), ['West-9', 'west-10']);
    assert.deepEqual(await names({ q: ' prod  west-1 ' }), ['west-10']);
    assert.deepEqual(await names({ q: 'region=us' }), ['west-10']);
    assert.deepEqual(await names({ q: 'west%' }), []);
    assert.deepEqual(await names({ q: 'west', ids: new Set(ids.slice(1)) }), ['West-9']);
  });

  it('gives a page of what matches, and asks what may be done of its rows alone', async () => {
    const { listing } = await filled(await open());
    const asked: number[] = [];
    const entries = [{ role: 'view', namespaces: null, expiresAt: null }];
    const page = (offset: number) =>
      listing.list({
        ...{ ids: undefined, limit: 2, offset, labels: 'env', showServer: false },
        access: {
          get(id) {
            asked.push(id);
            return { entries };
          },
        },
      });
    const { items, total } = await page(1);
    assert.deepEqual([total, ...items.map(({ name }) => name)], [3, 'West-9', 'west-10']);
    assert.deepEqual(items[0]?.access, entries);
    assert.deepEqual(
      asked,
      items.map(({ id }) => id),
    );
    assert.deepEqual(await page(4), { items: [], total: 3 });
  });

  it('counts states and labels of those one may see', async () => {
    const { ids, listing } = await filled(await open());
    assert.deepEqual(await listing.summary({ ids: undefined }), {
      total: 4,
      states: { up: 2, down: 1, unknown: 1 },
      labels: [
        { key: 'env', value: 'prod', count: 2 },
        { key: 'env', value: 'staging', count: 1 },
        { key: 'region', value: '', count: 1 },
        { key: 'region', value: 'us', count: 1 },
      ],
    });
    assert.deepEqual(await listing.summary({ ids: new Set(ids.slice(1, 3)) }), {
      total: 2,
      states: { up: 0, down: 1, unknown: 1 },
      labels: [{ key: 'env', value: 'prod', count: 1 }],
    });
  });
});
