import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Channel } from '../channel.ts';
import { linkChannels } from '../workers/testing.ts';
import { createChangeFeed } from './changes.ts';
import { createPeers, type PeerMessage } from './peers.ts';
import { openSqlite } from './sqlite.ts';
import { type Logger, openStore, type Store, type Topic } from './store.ts';
import { describeOnStores, eventually } from './testing.ts';

const silent: Logger = { info() {}, warn() {}, error() {} };

/** Changes a topic, and nothing else. */
const change = (store: Store, ...topics: Topic[]) =>
  store.write(async (_tx, changed) => topics.forEach(changed));

/** Writes down what a store's listeners are told. */
function listen(store: Store): string[] {
  const heard: string[] = [];
  store.onChange((topics) => heard.push([...topics].sort().join(' ')));
  return heard;
}

const ALL = 'environments grants kubeconfigs sessions settings teams tokens users';

describeOnStores('the change feed', (open) => {
  test('tells this process before the write is answered', async () => {
    const store = await open();
    const heard = listen(store);
    await change(store, 'users', 'grants');
    assert.deepEqual(heard, ['grants users']);
  });

  test('lets listeners see what was written', async () => {
    const store = await open();
    const seen = new Promise((resolve) => {
      store.onChange(() => resolve(store.db.selectFrom('settings').selectAll().execute()));
    });
    await store.write(async (tx, changed) => {
      await tx.insertInto('settings').values({ key: 'k', value: '1' }).execute();
      changed('settings');
    });
    assert.deepEqual(await seen, [{ key: 'k', value: '1' }]);
  });

  test('tells nobody of a write that names no topic', async () => {
    const store = await open();
    const heard = listen(store);
    await store.write((tx) => tx.insertInto('meta').values({ key: 'k', value: '1' }).execute());
    await change(store, 'users');
    assert.deepEqual(heard, ['users']);
  });

  test('tells other processes, each change once, and this one not again', async () => {
    const store = await open();
    const other = await open({ beside: store });
    const here = listen(store);
    const there = listen(other);
    for (const topic of ['users', 'teams', 'tokens'] as const) {
      await change(store, topic);
      await eventually(() => there.at(-1) === topic);
    }
    await change(other, 'settings');
    await eventually(() => here.includes('settings'));
    assert.deepEqual(here, ['users', 'teams', 'tokens', 'settings']);
    assert.deepEqual(there, ['users', 'teams', 'tokens', 'settings']);
  });

  test('loses nothing where two processes write at the same time', async () => {
    const store = await open();
    const other = await open({ beside: store });
    let missing = 0;
    other.onChange((topics) => {
      if (topics.has('users')) missing = 0;
    });
    for (let n = 0; n < 30; n += 1) {
      missing = 1;
      await Promise.all([change(store, 'users'), change(other, 'teams')]);
      await eventually(() => missing === 0);
    }
  });

  test('stops telling whoever no longer wants to hear', async () => {
    const store = await open();
    let told = 0;
    const stop = store.onChange(() => {
      told += 1;
    });
    await change(store, 'users');
    stop();
    await change(store, 'users');
    assert.equal(told, 1);
  });

  test('goes on telling the others where one listener throws, and logs it', async () => {
    const errors: object[] = [];
    const logger: Logger = {
      info() {},
      warn() {},
      error: (details) => errors.push(details),
    };
    const store = await open({ logger });
    const oops = new Error('oops');
    store.onChange(() => {
      throw oops;
    });
    const heard = listen(store);
    await change(store, 'users');
    assert.deepEqual(heard, ['users']);
    assert.deepEqual(errors, [{ err: oops }]);
  });

  test('takes everything as changed where rows were pruned before they were read', async () => {
    const store = await open();
    const other = await open({ beside: store });
    const heard = listen(other);
    await store.write(async (tx, changed) => {
      const row = { topic: 'users', created_at: 1 };
      for (let n = 0; n < 3; n += 1) await tx.insertInto('changes').values(row).execute();
      await tx.deleteFrom('changes').execute();
      changed('teams');
    });
    await eventually(() => heard.length > 0);
    assert.deepEqual(heard, [ALL]);
  });

  test('takes everything as changed where a newer version tells of a topic unknown here', async () => {
    const store = await open();
    const other = await open({ beside: store });
    const heard = listen(other);
    await change(store, 'phases-of-the-moon' as Topic);
    await eventually(() => heard.length > 0);
    assert.deepEqual(heard, [ALL]);
  });

  test('keeps the last ten thousand rows or so, and no more', async () => {
    const store = await open();
    await store.write(async (tx) => {
      const rows = Array.from({ length: 1000 }, () => ({ topic: 'users', created_at: 1 }));
      for (let n = 0; n < 12; n += 1) await tx.insertInto('changes').values(rows).execute();
    });
    for (let n = 0; n < 500; n += 1) await change(store, 'users', 'teams');
    const { count } = await store.db
      .selectFrom('changes')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    assert.ok(count >= 10_000 && count <= 11_000, `${count} rows`);
  });
});

/** Another process on the same machine: it looks for changes once an hour, or when it is told. */
async function secondProcess(t: TestContext, dataDir: string, channel: Channel<PeerMessage>) {
  const database = { ...(await openSqlite(dataDir)), pollMs: 3_600_000 };
  const feed = await createChangeFeed(database, silent, Date.now, channel);
  t.after(() => feed.close().then(() => database.close()));
  const heard: string[] = [];
  feed.onChange((topics) => heard.push(...topics));
  return { feed, heard };
}

async function firstProcess(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-changes-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const [here, there] = linkChannels(2);
  const store = await openStore({ dataDir, others: here<PeerMessage>('changes') });
  t.after(() => store.close());
  return {
    dataDir,
    store,
    here: here<PeerMessage>('changes'),
    there: there<PeerMessage>('changes'),
  };
}

test('the others on this machine have heard of a change when its write is answered', async (t) => {
  const { dataDir, store, there } = await firstProcess(t);
  const { heard } = await secondProcess(t, dataDir, there);
  // The first may be read by the poll that a feed begins with, the second may not.
  for (const topic of ['users', 'teams'] as const) {
    await change(store, topic);
    assert.ok(heard.includes(topic));
  }
});

test('nobody waits for a process that has said good-bye', async (t) => {
  const { dataDir, store, there } = await firstProcess(t);
  const { feed } = await secondProcess(t, dataDir, there);
  await change(store, 'users');
  await feed.close();
  const waited: string[] = [];
  there.subscribe(({ kind }) => waited.push(kind));
  await change(store, 'teams');
  assert.deepEqual(waited, ['news']);
});

test('a process that does not answer holds a write up once, until it speaks again', async () => {
  const [here, there] = linkChannels(2);
  const peers = createPeers(here<PeerMessage>('changes'), async () => true, 500);
  const other = there<PeerMessage>('changes');
  const numbers: number[] = [];
  other.subscribe((message) => {
    if (message.kind === 'news') numbers.push(message.number);
  });
  const isHeld = async (told: Promise<void>) => {
    let done = false;
    void told.then(() => {
      done = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    const held = !done;
    await told;
    return held;
  };
  other.publish({ kind: 'here', from: 'other' });
  assert.ok(await isHeld(peers.tell()), 'it is waited for');
  assert.ok(!(await isHeld(peers.tell())), 'and not again');
  other.publish({ kind: 'here', from: 'other' });
  const told = peers.tell();
  other.publish({ kind: 'heard', from: 'other', to: 'somebody else', number: numbers.at(-1) ?? 0 });
  assert.ok(await isHeld(told), 'an answer to another is none to this one');
  peers.close();
});
