import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createEntrance } from '../proxy/entrance.ts';
import type { Store } from '../store/store.ts';
import { describeOnStores, type OpenTestStore } from '../store/testing.ts';
import { createAuthenticator } from './authenticate.ts';
import { bench, HOUR } from './testing.ts';

const DAY = 24 * HOUR;
const all = { environmentIds: undefined };

/** Sets how long a sign-in through the provider counts, as its settings do. */
async function setCountsFor(store: Store, counts_for: number): Promise<void> {
  await store.write(async (tx, changed) => {
    await tx
      .insertInto('sign_in_provider')
      .values({
        ...{ id: 1, issuer: 'https://idp.example', client_id: 'sallyport', client_secret: 'x' },
        ...{ ca: null, scopes: 'openid', username_claim: 'sub', groups_claim: null },
        ...{ button: 'Go', entry: 'anybody', entry_groups: '[]', admin_groups: '[]' },
        counts_for,
      })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ counts_for }))
      .execute();
    changed('users');
  });
}

describeOnStores('a kubeconfig of somebody who signs in through the provider', (open) => {
  async function house(of: OpenTestStore) {
    const made = await bench(of);
    const { store, dana, now } = made;
    await setCountsFor(store, 7 * DAY);
    /** As a sign-in does; caches hear of it where it makes good again what had lapsed. */
    const signIn = (tell: boolean) =>
      store.write(async (tx, changed) => {
        await tx
          .updateTable('users')
          .set({ sign_in: 'provider', provider_at: now() })
          .where('id', '=', dana)
          .execute();
        if (tell) changed('users');
      });
    await signIn(true);
    const { id, token } = await made.kubeconfigs.issue({
      userId: dana,
      ...all,
      expiresIn: '24h',
    });
    return { ...made, signIn, id, token };
  }

  it('waits once the last sign-in is too old, and works again after the next', async () => {
    const { authenticate, clock, signIn, dana, kubeconfigs, setting } = await house(open);
    Object.assign(setting, { longest: '720h' });
    const { token } = await kubeconfigs.issue({ userId: dana, ...all, expiresIn: '720h' });
    const { signInAt, signInUntil } = await authenticate(token);
    assert.deepEqual([signInAt, signInUntil], [clock.now, clock.now + 7 * DAY]);
    clock.now += 7 * DAY - 1;
    await authenticate(token);
    clock.now += 1;
    for (let times = 0; times < 2; times += 1) {
      await assert.rejects(async () => authenticate(token), {
        code: 'proxy.sign_in_lapsed',
        message:
          'Your sign-in through the provider counted until 2026-11-29 12:00 UTC, so this kubeconfig waits.',
      });
    }
    await signIn(true);
    await authenticate(token);
  });

  it('goes on where somebody has signed in meanwhile, though no cache was told', async () => {
    const { authenticate, clock, signIn, dana, kubeconfigs, setting, store, now } =
      await house(open);
    Object.assign(setting, { longest: '720h' });
    const { token } = await kubeconfigs.issue({ userId: dana, ...all, expiresIn: '720h' });
    const another = createAuthenticator({ store, now });
    await authenticate(token);
    await another.authenticate(token);
    clock.now += 6 * DAY;
    await signIn(false);
    clock.now += 2 * DAY;
    await authenticate(token);
    await another.authenticate(token);
    another.stop();
  });

  it('ends what is open no later than the sign-in, or the file', async () => {
    const { authenticate, clock, production, token, store } = await house(open);
    const access = { entries: [], groups: [], validUntil: null };
    const target = { environmentId: production, environmentName: 'production' } as never;
    const enter = createEntrance({ resolve: () => access, target: () => target });
    const untilOf = async () => (await enter(await authenticate(token), production)).validUntil;
    assert.equal(await untilOf(), clock.now + DAY);
    await setCountsFor(store, HOUR);
    assert.equal(await untilOf(), clock.now + HOUR);
  });

  it('says that it has expired where that is so, since signing in would not help', async () => {
    const { authenticate, clock, token } = await house(open);
    clock.now += 8 * DAY;
    await assert.rejects(async () => authenticate(token), { code: 'proxy.kubeconfig_expired' });
  });

  it('has no such end with 0, nor where its user signs in by a password', async () => {
    const { authenticate, clock, token, store, dana } = await house(open);
    await setCountsFor(store, 0);
    assert.equal((await authenticate(token)).signInUntil, null);
    await setCountsFor(store, HOUR);
    clock.now += HOUR;
    await assert.rejects(async () => authenticate(token), { code: 'proxy.sign_in_lapsed' });
    await store.write(async (tx, changed) => {
      await tx.updateTable('users').set({ sign_in: 'password' }).where('id', '=', dana).execute();
      changed('users');
    });
    assert.equal((await authenticate(token)).signInUntil, null);
  });

  it('waits also where the provider was taken away: after seven days', async () => {
    const { authenticate, clock, store, dana, kubeconfigs, setting } = await house(open);
    Object.assign(setting, { longest: '720h' });
    const { token } = await kubeconfigs.issue({ userId: dana, ...all, expiresIn: '720h' });
    await store.write(async (tx, changed) => {
      await tx.deleteFrom('sign_in_provider').execute();
      changed('users');
    });
    await authenticate(token);
    clock.now += 7 * DAY;
    await assert.rejects(async () => authenticate(token), { code: 'proxy.sign_in_lapsed' });
  });

  it('shows in lists until when', async () => {
    const { list, clock, kubeconfigs, id, dana } = await house(open);
    const until = new Date(clock.now + 7 * DAY).toISOString();
    assert.equal((await list())[0]?.signInUntil, until);
    const by = { userId: dana, admin: false };
    assert.equal((await kubeconfigs.get(id, by)).signInUntil, until);
  });
});
