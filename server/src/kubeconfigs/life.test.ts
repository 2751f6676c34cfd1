import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { addUser } from '../store/testRows.ts';
import { createAuthenticator } from './authenticate.ts';
import { revokeWhere } from './end.ts';
import { createLastUse } from './lastUse.ts';
import { USE_LAG_MS } from './life.ts';
import { bench, HOUR } from './testing.ts';

const DAY = 24 * HOUR;
const all = { environmentIds: undefined };

describeOnStores('renewing a kubeconfig', (open) => {
  it('gives a new token for the same environments, under the same name', async () => {
    const { kubeconfigs, authenticate, dana, production, staging, list } = await bench(open);
    const old = await kubeconfigs.issue({
      ...{ userId: dana, name: 'laptop', currentEnvironmentId: staging },
      environmentIds: [production, staging],
    });
    const renewed = await kubeconfigs.renew({ id: old.id, userId: dana, overlap: '1h' });
    assert.notEqual(renewed.token, old.token);
    assert.equal(renewed.currentEnvironmentId, staging);
    const [now, before] = await list();
    assert.deepEqual([now?.name, now?.environments], ['laptop', before?.environments]);
    assert.equal(before?.renewedAs, now?.id);
    assert.equal((await authenticate(renewed.token)).kubeconfigId, renewed.id);
  });

  it('leaves the old file good for the overlap, and says then that it was renewed', async () => {
    const { kubeconfigs, authenticate, dana, clock } = await bench(open);
    const old = await kubeconfigs.issue({ userId: dana, ...all });
    await authenticate(old.token);
    await kubeconfigs.renew({ id: old.id, userId: dana, overlap: '2h' });
    clock.now += 2 * HOUR - 1;
    await authenticate(old.token);
    clock.now += 1;
    await assert.rejects(async () => authenticate(old.token), {
      code: 'proxy.kubeconfig_renewed',
      message:
        'This kubeconfig was renewed at 2026-11-22 12:00 UTC, and this older file of it was good until 2026-11-22 14:00 UTC.',
    });
  });

  it('ends the old file at once where no overlap is wanted', async () => {
    const { kubeconfigs, authenticate, dana } = await bench(open);
    const old = await kubeconfigs.issue({ userId: dana, ...all });
    await authenticate(old.token);
    await kubeconfigs.renew({ id: old.id, userId: dana, overlap: '0' });
    await assert.rejects(async () => authenticate(old.token), { code: 'proxy.kubeconfig_renewed' });
  });

  it('never lengthens the life of the old file, also of one that has ended', async () => {
    const { kubeconfigs, authenticate, dana, clock, list } = await bench(open);
    const old = await kubeconfigs.issue({ userId: dana, ...all, expiresIn: '1h' });
    const { expiresAt } = (await list())[0] ?? {};
    await kubeconfigs.renew({ id: old.id, userId: dana, overlap: '24h' });
    assert.equal((await list())[1]?.expiresAt, expiresAt);
    const late = await kubeconfigs.issue({ userId: dana, ...all, expiresIn: '1h' });
    clock.now += HOUR + 1;
    await kubeconfigs.renew({ id: late.id, userId: dana, overlap: '24h' });
    await assert.rejects(async () => authenticate(late.token), {
      code: 'proxy.kubeconfig_expired',
    });
  });

  it('leaves out what may not be entered any more, and refuses where nothing is left', async () => {
    const { kubeconfigs, may, dana, production, staging, list } = await bench(open);
    const { id } = await kubeconfigs.issue({ userId: dana, ...all, currentEnvironmentId: staging });
    may.enter = [];
    await assert.rejects(kubeconfigs.renew({ id, userId: dana, overlap: '0' }), {
      code: 'kubeconfig.nothing_left',
    });
    assert.equal((await list()).length, 1, 'a refused renewal leaves no file behind');
    may.enter = [production];
    const renewed = await kubeconfigs.renew({ id, userId: dana, overlap: '0' });
    assert.deepEqual(renewed.environments, [{ id: production, name: 'production' }]);
    assert.equal(renewed.currentEnvironmentId, undefined);
  });

  it('is refused to others, the second time, and for what was revoked', async () => {
    const { kubeconfigs, store, dana } = await bench(open);
    const eve = await addUser(store, 'eve');
    const { id } = await kubeconfigs.issue({ userId: dana, ...all });
    const renew = (userId: number) => kubeconfigs.renew({ id, userId, overlap: '0' });
    await assert.rejects(renew(eve), { code: 'kubeconfig.not_found' });
    const { id: next } = await renew(dana);
    await assert.rejects(renew(dana), { code: 'kubeconfig.renewed_already' });
    await kubeconfigs.revoke(next, { userId: dana, admin: false });
    await assert.rejects(kubeconfigs.renew({ id: next, userId: dana, overlap: '0' }), {
      code: 'kubeconfig.revoked_already',
    });
  });

  it('has one successor, however many ask at once', async () => {
    const { kubeconfigs, dana, list } = await bench(open);
    const { id } = await kubeconfigs.issue({ userId: dana, ...all });
    const asked = Array.from({ length: 5 }, () =>
      kubeconfigs.renew({ id, userId: dana, overlap: '1h' }),
    );
    const done = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled');
    assert.deepEqual([done.length, (await list()).length], [1, 2]);
  });
});

describeOnStores('how many kubeconfigs a user may hold', (open) => {
  it('counts the live ones, so that revoking one makes room', async () => {
    const { kubeconfigs, dana, setting, clock } = await bench(open);
    setting.perUser = 2;
    const issue = () => kubeconfigs.issue({ userId: dana, ...all });
    const first = await issue();
    clock.now += HOUR;
    await issue();
    await assert.rejects(issue(), {
      code: 'kubeconfig.too_many',
      message: 'A user may hold 2 live kubeconfigs at the most here.',
    });
    await kubeconfigs.revoke(first.id, { userId: dana, admin: false });
    await issue();
    clock.now += DAY;
    await issue();
  });

  it('holds however many are asked for at once', async () => {
    const { kubeconfigs, dana, setting, list } = await bench(open);
    setting.perUser = 3;
    const asked = Array.from({ length: 8 }, () => kubeconfigs.issue({ userId: dana, ...all }));
    await Promise.allSettled(asked);
    assert.equal((await list()).length, 3);
  });

  it('never stands in the way of a renewal, but counts what an overlap keeps alive', async () => {
    const { kubeconfigs, dana, setting } = await bench(open);
    setting.perUser = 1;
    const { id } = await kubeconfigs.issue({ userId: dana, ...all });
    const next = await kubeconfigs.renew({ id, userId: dana, overlap: '24h' });
    await assert.rejects(kubeconfigs.renew({ id: next.id, userId: dana, overlap: '24h' }), {
      code: 'kubeconfig.too_many',
    });
  });
});

describeOnStores('a kubeconfig that nobody uses', (open) => {
  it('ends after the time that was set when it was made, and says so', async () => {
    const { kubeconfigs, authenticate, dana, setting, clock, list } = await bench(open);
    setting.expiry = setting.longest = '0';
    const before = await kubeconfigs.issue({ userId: dana, ...all });
    setting.idleAfter = 30 * DAY;
    const { token } = await kubeconfigs.issue({ userId: dana, ...all });
    setting.idleAfter = 0;
    clock.now += 30 * DAY + USE_LAG_MS - 1;
    await authenticate(token);
    clock.now += 1;
    await assert.rejects(async () => authenticate(token), {
      code: 'proxy.kubeconfig_idle',
      message: 'This kubeconfig was not used for 30 days, so it ended at 2026-12-22 12:10 UTC.',
    });
    assert.deepEqual(
      (await list()).map(({ state, idleAfter, idleAt }) => [state, idleAfter, idleAt]),
      [
        ['expired', '720h', '2026-12-22T12:10:00.000Z'],
        ['active', null, null],
      ],
    );
    await authenticate(before.token);
  });

  it('goes on when it was used, in another process as well', async () => {
    const { kubeconfigs, authenticate, dana, setting, clock, store, now } = await bench(open);
    setting.expiry = setting.longest = '0';
    setting.idleAfter = DAY;
    const { token } = await kubeconfigs.issue({ userId: dana, ...all });
    await authenticate(token);
    const other = createAuthenticator({ store: await open({ beside: store }), now });
    const use = createLastUse({ store, now, onError: assert.ifError });
    clock.now += DAY;
    use.note(await other.authenticate(token), { address: '203.0.113.7', userAgent: undefined });
    await use.stop();
    clock.now += DAY;
    assert.ok(authenticate(token) instanceof Promise, 'what is written of it is read again');
    await authenticate(token);
    assert.ok(!(authenticate(token) instanceof Promise), 'and then it is known');
    clock.now += USE_LAG_MS;
    await assert.rejects(async () => authenticate(token), { code: 'proxy.kubeconfig_idle' });
    other.stop();
  });

  it('says that it expired where that was sooner', async () => {
    const { kubeconfigs, authenticate, dana, setting, clock } = await bench(open);
    setting.idleAfter = 2 * DAY;
    const { token } = await kubeconfigs.issue({ userId: dana, ...all });
    clock.now += 3 * DAY;
    for (let i = 0; i < 2; i += 1) {
      await assert.rejects(async () => authenticate(token), { code: 'proxy.kubeconfig_expired' });
    }
    assert.throws(() => authenticate(token), 'a refusal that stays needs no query');
  });

  it('is not forgotten to have been used when that could not be written at first', async () => {
    const { kubeconfigs, authenticate, dana, list, store, now } = await bench(open);
    const { token } = await kubeconfigs.issue({ userId: dana, ...all });
    let broken = true;
    const write: typeof store.write = (fn) =>
      broken ? Promise.reject(new Error('no disk')) : store.write(fn);
    const failures: unknown[] = [];
    const use = createLastUse({
      ...{ store: { ...store, write }, now },
      onError: (error) => failures.push(error),
    });
    use.note(await authenticate(token), { address: '203.0.113.7', userAgent: undefined });
    await use.stop();
    assert.equal(failures.length, 1);
    broken = false;
    await use.stop();
    assert.equal((await list())[0]?.lastUsedFrom, '203.0.113.7');
  });
});

describeOnStores('taking back many kubeconfigs', (open) => {
  /** dana has one for each of two environments and one for both; eve has one. */
  async function many(opener: typeof open) {
    const scene = await bench(opener);
    const { kubeconfigs, store, dana, production, staging } = scene;
    const tokens: string[] = [];
    for (const environmentIds of [[production], [staging], [production, staging]]) {
      tokens.push((await kubeconfigs.issue({ userId: dana, environmentIds })).token);
    }
    const eve = await addUser(store, 'eve');
    await store.write(async (tx, changed) => {
      const { id } = await tx
        .insertInto('kubeconfigs')
        .values({ user_id: eve, name: 'hers', token_hash: 'e', hint: 'e', created_at: 0 })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('kubeconfig_environments')
        .values({ kubeconfig_id: id, environment_id: production, position: 0 })
        .execute();
      changed('kubeconfigs');
    });
    const states = async () => [...(await scene.list()), ...(await scene.list(eve))];
    return { ...scene, eve, tokens, states };
  }

  it('takes all of a user, and nobody else’s', async () => {
    const { kubeconfigs, dana, states, tokens, authenticate } = await many(open);
    for (const token of tokens) await authenticate(token);
    assert.equal(await kubeconfigs.revokeMany({ userId: dana }), 3);
    assert.deepEqual(
      (await states()).map(({ state }) => state),
      ['revoked', 'revoked', 'revoked', 'active'],
    );
    for (const token of tokens) {
      await assert.rejects(async () => authenticate(token), { code: 'proxy.kubeconfig_revoked' });
    }
    assert.equal(await kubeconfigs.revokeMany({ userId: dana }), 0, 'the live ones are counted');
  });

  it('takes all that reach an environment, whatever else they reach', async () => {
    const { kubeconfigs, staging, production, dana, states } = await many(open);
    assert.equal(await kubeconfigs.revokeMany({ environmentId: staging }), 2);
    assert.deepEqual(
      (await states()).map(({ state }) => state),
      ['revoked', 'revoked', 'active', 'active'],
    );
    assert.equal(await kubeconfigs.revokeMany({ environmentId: production, userId: dana }), 1);
  });

  it('tells a user or an environment that is not there from one without kubeconfigs', async () => {
    const { kubeconfigs, forbidden } = await many(open);
    await assert.rejects(kubeconfigs.revokeMany({ userId: 99_999 }), { code: 'user.not_found' });
    await assert.rejects(kubeconfigs.revokeMany({ environmentId: 99_999 }), {
      code: 'environment.not_found',
    });
    assert.equal(await kubeconfigs.revokeMany({ environmentId: forbidden }), 0);
  });

  it('can be part of what another room does, and is undone with it', async () => {
    const { store, dana, states, now } = await many(open);
    const failing = store.write(async (tx) => {
      assert.equal(await revokeWhere(tx, { userId: dana }, now()), 3);
      throw new Error('the rest of it failed');
    });
    await assert.rejects(failing, /the rest of it/);
    assert.ok((await states()).every(({ state }) => state === 'active'));
  });

  it('is found by user, environment, state and words, page by page', async () => {
    const { kubeconfigs, clock, dana, production, staging, states } = await many(open);
    const page = { limit: 10, offset: 0 };
    const ids = async (filter: object) =>
      (await kubeconfigs.list({ ...page, ...filter })).items.map(({ id }) => id);
    const [both = 0, second = 0, first = 0, hers = 0] = (await states()).map(({ id }) => id);
    assert.deepEqual(await ids({}), [hers, both, second, first]);
    assert.deepEqual(await ids({ username: 'EVE' }), [hers]);
    assert.deepEqual(await ids({ environmentId: staging }), [both, second]);
    assert.deepEqual(await ids({ environmentId: production, userId: dana }), [both, first]);
    assert.deepEqual(await ids({ q: 'eve' }), [hers]);
    assert.deepEqual(await ids({ q: 'stagi', limit: 1 }), [second]);
    await kubeconfigs.revoke(first, { userId: dana, admin: false });
    assert.deepEqual(await ids({ state: 'revoked' }), [first]);
    clock.now += 18 * HOUR - 1;
    assert.deepEqual(await ids({ state: 'expiring' }), [], 'three quarters of a life are not soon');
    clock.now += 1;
    assert.deepEqual(await ids({ state: 'expiring' }), [both, second], 'never is not soon');
    await kubeconfigs.renew({ id: second, userId: dana, overlap: '1h', expiresIn: '2h' });
    assert.deepEqual(await ids({ state: 'expiring', userId: dana }), [both]);
    clock.now += 3 * HOUR;
    assert.deepEqual(await ids({ state: 'expired' }), [hers + 1, second]);
    assert.deepEqual(await ids({ state: 'active' }), [hers, both]);
  });

  it('leaves names to their owners and admins', async () => {
    const { kubeconfigs, dana, eve, list } = await many(open);
    const [{ id } = { id: 0 }] = await list();
    const rename = (userId: number, admin: boolean) =>
      kubeconfigs.rename(id, `by ${userId}`, { userId, admin });
    await assert.rejects(rename(eve, false), { code: 'kubeconfig.not_found' });
    assert.equal((await rename(dana, false)).name, `by ${dana}`);
    assert.equal((await rename(eve, true)).name, `by ${eve}`);
  });
});
