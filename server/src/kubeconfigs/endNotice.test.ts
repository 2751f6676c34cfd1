import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Logger, Store } from '../store/store.ts';
import { describeOnStores, type OpenTestStore } from '../store/testing.ts';
import { createEndNotices } from './endNotice.ts';
import { bench, HOUR } from './testing.ts';

const DAY = 24 * HOUR;
const silent: Logger = { info() {}, warn() {}, error() {} };

describeOnStores('the notice that a kubeconfig is about to end', (open) => {
  /** dana's kubeconfig, for thirty days or as said, and what tells of its end. */
  async function scene(opener: OpenTestStore, expiry = '720h') {
    const made = await bench(opener);
    made.setting.expiry = made.setting.longest = expiry;
    const { token } = await made.kubeconfigs.issue({
      userId: made.dana,
      environmentIds: undefined,
    });
    const caller = await made.authenticate(token);
    const notices = (store: Store) =>
      createEndNotices({ store, logger: silent, now: made.now, patience: 10_000 });
    return { ...made, token, caller, notices };
  }

  it('is not given a week before it, and asks no database until then', async () => {
    const { notices, caller, clock, store } = await scene(open);
    const { due } = notices(store);
    assert.equal(due({ ...caller, expiresAt: null }), undefined);
    clock.now += 23 * DAY - 1;
    assert.equal(due(caller), undefined);
    clock.now += 1;
    assert.equal(
      await due(caller),
      'This kubeconfig expires at 2026-12-22 12:00 UTC. Renew it at {url}/kubeconfigs',
    );
  });

  it('is given of a file that lives a day in its last quarter, not from its first minute on', async () => {
    const { notices, caller, clock, store } = await scene(open, '24h');
    const { due } = notices(store);
    assert.equal(due(caller), undefined);
    clock.now += 18 * HOUR - 1;
    assert.equal(due(caller), undefined);
    clock.now += 1;
    assert.match((await due(caller)) ?? '', /expires at 2026-11-23 12:00 UTC/);
  });

  it('is given of a sign-in through the provider that counts not much longer', async () => {
    const { notices, caller, clock, store } = await scene(open);
    const signIn = { signInAt: clock.now, signInUntil: clock.now + 8 * DAY };
    const { due } = notices(store);
    clock.now += 6 * DAY - 1;
    assert.equal(due({ ...caller, ...signIn }), undefined);
    clock.now += 1;
    assert.equal(
      await due({ ...caller, ...signIn, expiresAt: null }),
      'Your sign-in through the provider counts until 2026-11-30 12:00 UTC. Sign in at {url} again, and this kubeconfig goes on',
    );
  });

  it('is given of the end that comes first, where both are near', async () => {
    const { notices, caller, clock, store } = await scene(open);
    const expiresAt = clock.now + 7 * DAY;
    const told = async (signInUntil: number) => {
      const both = { ...caller, expiresAt, signInAt: clock.now - 20 * DAY, signInUntil };
      return (await notices(store).due(both)) ?? '';
    };
    clock.now += 6 * DAY;
    assert.match(await told(expiresAt - 1), /^Your sign-in/);
    clock.now += 2 * HOUR;
    assert.match(await told(expiresAt), /^This kubeconfig expires/);
  });

  it('is given once an hour, by one process of all', async () => {
    const { notices, caller, clock, store } = await scene(open);
    clock.now += 23 * DAY;
    const another = await open({ beside: store });
    const processes = [notices(store), notices(another), notices(store), notices(another)];
    const round = async () => {
      const told = await Promise.all(processes.map(({ due }) => due(caller)));
      return told.filter((text) => text !== undefined).length;
    };
    assert.equal(await round(), 1);
    assert.deepEqual(
      processes.map(({ due }) => due(caller)),
      [undefined, undefined, undefined, undefined],
      'who has asked does not ask again',
    );
    clock.now += HOUR;
    assert.equal(await round(), 0, 'the answers that carry two of them are never within an hour');
    clock.now += 2 * 60_000;
    assert.equal(await round(), 1);
  });

  it('tells the users of an older file that it was renewed', async () => {
    const { notices, kubeconfigs, caller, authenticate, token, dana, store } = await scene(open);
    const { due } = notices(store);
    await kubeconfigs.renew({ id: caller.kubeconfigId, userId: dana, overlap: '24h' });
    assert.equal(
      await due(await authenticate(token)),
      'This kubeconfig was renewed at 2026-11-22 12:00 UTC, and this older file of it ends at 2026-11-23 12:00 UTC. Use the newer file, or see {url}/kubeconfigs',
    );
  });

  it('is left out where the database fails or is slow: the request goes on', async () => {
    const { caller, clock, store, now } = await scene(open);
    clock.now += 24 * DAY;
    const logged: string[] = [];
    const logger = { ...silent, warn: (_: object, message: string) => void logged.push(message) };
    const failing = createEndNotices({
      ...{ logger, now },
      store: { ...store, write: () => Promise.reject(new Error('no disk')) },
    });
    assert.equal(await failing.due(caller), undefined);
    assert.equal(logged.length, 1);
    const slow = createEndNotices({
      ...{ logger, now, patience: 1 },
      store: { ...store, write: () => new Promise(() => {}) },
    });
    assert.equal(await slow.due(caller), undefined);
  });
});
