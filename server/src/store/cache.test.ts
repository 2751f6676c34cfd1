import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCache } from './cache.ts';
import type { Store, Topic } from './store.ts';
import { describeOnStores } from './testing.ts';

describeOnStores('a cache', (open) => {
  const change = (store: Store, topic: Topic) =>
    store.write(async (_tx, changed) => changed(topic));

  /** A cache whose loads are answered by hand, in any order. */
  const setUp = async (max?: number) => {
    const store = await open();
    const asked: Array<{ key: string; answer: (value: string | undefined) => void }> = [];
    const load = (key: string) =>
      new Promise<string | undefined>((answer) => asked.push({ key, answer }));
    const cache = createCache({ store, topics: ['users', 'teams'], load, max });
    const know = async (key: string, value: string) => {
      const got = cache.get(key);
      asked.at(-1)?.answer(value);
      assert.equal(await got, value);
    };
    return { store, cache, asked, know, keys: () => asked.map(({ key }) => key).join('') };
  };

  test('reads a value once, also for several who ask at the same time', async () => {
    const { cache, asked } = await setUp();
    const both = Promise.all([cache.get('a'), cache.get('a')]);
    asked[0]?.answer('A');
    assert.deepEqual(await both, ['A', 'A']);
    assert.equal(await cache.get('a'), 'A');
    assert.equal(asked.length, 1);
  });

  test('reads anew after a change of its topics, and of no others', async () => {
    const { store, cache, know, keys } = await setUp();
    await know('a', 'A');
    await change(store, 'settings');
    assert.equal(await cache.get('a'), 'A');
    await change(store, 'teams');
    await know('a', 'B');
    assert.equal(keys(), 'aa');
  });

  test('keeps nothing whose reading began before a change', async () => {
    const { store, cache, asked } = await setUp();
    const before = cache.get('a');
    await change(store, 'users');
    const after = cache.get('a');
    assert.equal(asked.length, 2);
    asked[1]?.answer('new');
    assert.equal(await after, 'new');
    asked[0]?.answer('old');
    assert.equal(await before, 'old');
    assert.equal(await cache.get('a'), 'new');
  });

  test('asks again for what was not there', async () => {
    const { cache, asked, know } = await setUp();
    const missing = cache.get('a');
    asked[0]?.answer(undefined);
    assert.equal(await missing, undefined);
    await know('a', 'A');
  });

  test('asks again after a failure', async () => {
    const store = await open();
    let fails = true;
    const load = async () => {
      if (fails) throw new Error('gone');
      return 'A';
    };
    const cache = createCache<string, string>({ store, topics: ['users'], load });
    await assert.rejects(cache.get('a'), /gone/);
    fails = false;
    assert.equal(await cache.get('a'), 'A');
  });

  test('gives up the oldest value where there is no room', async () => {
    const { cache, know, keys } = await setUp(2);
    for (const key of ['a', 'b', 'c']) await know(key, key);
    assert.equal(await cache.get('b'), 'b');
    await know('a', 'a');
    assert.equal(keys(), 'abca');
  });

  test('forgets one value where that is asked', async () => {
    const { cache, know, keys } = await setUp();
    await know('a', 'A');
    await know('b', 'B');
    cache.forget('a');
    await know('a', 'A2');
    assert.equal(await cache.get('b'), 'B');
    assert.equal(keys(), 'aba');
  });
});
