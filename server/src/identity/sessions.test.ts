import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOnStores, eventually } from '../store/testing.ts';
import { hashToken, newToken, parseToken } from '../tokens.ts';
import { HOUR, openIdentity, PASSWORD } from './testing.ts';

const here = { address: '10.0.0.1', userAgent: 'test' };
const MINUTE = 60_000;

describeOnStores('sessions', (open) => {
  const setUp = async () => {
    const identity = await openIdentity(open);
    const user = await identity.users.create({
      username: 'alice',
      password: PASSWORD,
      role: 'user',
    });
    const row = () =>
      identity.store.db.selectFrom('sessions').selectAll().executeTakeFirstOrThrow();
    return { ...identity, user, row };
  };

  test('are known by a token of which the store has the hash alone', async () => {
    const { sessions, user, row, now } = await setUp();
    const token = await sessions.create(user.id, { ...here, userAgent: 'x'.repeat(1000) });
    assert.deepEqual(parseToken(token), { kind: 'session' });
    const { id, ...stored } = await row();
    assert.deepEqual(stored, {
      user_id: user.id,
      token_hash: hashToken(token),
      created_at: now(),
      last_seen_at: now(),
      expires_at: now() + 12 * HOUR,
      address: here.address,
      user_agent: 'x'.repeat(200),
    });
    assert.deepEqual(await sessions.authenticate(token), {
      sessionId: id,
      user: { id: user.id, username: 'alice', role: 'user' },
    });
  });

  test('are not begun for a user who is disabled or gone', async () => {
    const { sessions, user, users } = await setUp();
    await users.update(user.id, { disabled: true });
    await assert.rejects(sessions.create(user.id, here), { code: 'auth.failed' });
    await assert.rejects(sessions.create(777, here), { code: 'auth.failed' });
  });

  test('are not found by garbage, by an unknown token, or by one of another kind', async () => {
    const { sessions } = await setUp();
    for (const token of ['', 'garbage', newToken('session').token, newToken('api').token]) {
      assert.equal(await sessions.authenticate(token), undefined);
      await sessions.end(token);
    }
  });

  test('end after their lifetime, however much they are used', async () => {
    const { sessions, user, pass } = await setUp();
    const token = await sessions.create(user.id, here);
    for (let hour = 0; hour < 11; hour += 1) {
      pass(HOUR);
      assert.ok(await sessions.authenticate(token), `after ${hour + 1} hours`);
    }
    pass(HOUR - 1);
    assert.ok(await sessions.authenticate(token));
    pass(1);
    assert.equal(await sessions.authenticate(token), undefined);
  });

  test('end when they were not used for a while', async () => {
    const { sessions, user, pass } = await setUp();
    const token = await sessions.create(user.id, here);
    pass(2 * HOUR - 1);
    assert.ok(await sessions.authenticate(token));
    pass(2 * HOUR - 1);
    assert.ok(await sessions.authenticate(token));
    pass(2 * HOUR);
    assert.equal(await sessions.authenticate(token), undefined);
  });

  test('end sooner where the lifetime was shortened, and not later where it was lengthened', async () => {
    const { sessions, user, life, pass } = await setUp();
    const token = await sessions.create(user.id, here);
    life.idle = 100 * HOUR;
    life.lifetime = HOUR;
    pass(HOUR);
    assert.equal(await sessions.authenticate(token), undefined);
    life.lifetime = 24 * HOUR;
    assert.ok(await sessions.authenticate(token));
    pass(11 * HOUR);
    assert.equal(await sessions.authenticate(token), undefined);
  });

  test('have their last use written at most once a minute', async () => {
    const { sessions, user, pass, row, now } = await setUp();
    const token = await sessions.create(user.id, here);
    const begun = now();
    pass(MINUTE - 1);
    await sessions.authenticate(token);
    pass(1);
    await sessions.authenticate(token);
    await eventually(async () => (await row()).last_seen_at !== begun);
    assert.equal((await row()).last_seen_at, begun + MINUTE);
    pass(MINUTE / 2);
    await sessions.authenticate(token);
    await sessions.create(user.id, here);
    const first = await row();
    assert.equal(first.last_seen_at, begun + MINUTE);
  });

  test('that another process has seen in use are not idle here', async () => {
    const { sessions, user, pass, row, now, another } = await setUp();
    const other = await another();
    const token = await sessions.create(user.id, here);
    assert.ok(await sessions.authenticate(token));
    pass(1.5 * HOUR);
    assert.ok(await other.sessions.authenticate(token));
    await eventually(async () => (await row()).last_seen_at === now());
    pass(1.5 * HOUR);
    assert.ok(await sessions.authenticate(token));
  });

  test('that are ended are refused with the next request, also in another process', async () => {
    const { sessions, user, another } = await setUp();
    const other = await another();
    const token = await sessions.create(user.id, here);
    assert.ok(await sessions.authenticate(token));
    assert.ok(await other.sessions.authenticate(token));
    await sessions.end(token);
    assert.equal(await sessions.authenticate(token), undefined);
    await eventually(async () => (await other.sessions.authenticate(token)) === undefined);
  });

  test('are ended all at once, but for one that goes on', async () => {
    const { sessions, user, users } = await setUp();
    const bob = await users.create({ username: 'bob', password: PASSWORD, role: 'user' });
    const mine = await sessions.create(user.id, here);
    const others = [await sessions.create(user.id, here), await sessions.create(user.id, here)];
    const ofBob = await sessions.create(bob.id, here);
    const { sessionId } = (await sessions.authenticate(mine)) ?? {};
    await sessions.endAllOf(user.id, sessionId);
    assert.ok(await sessions.authenticate(mine));
    for (const token of others) assert.equal(await sessions.authenticate(token), undefined);
    await sessions.endAllOf(user.id);
    assert.equal(await sessions.authenticate(mine), undefined);
    assert.ok(await sessions.authenticate(ofBob));
  });

  test('that are over are cleared away when the next one begins', async () => {
    const { sessions, user, store, pass } = await setUp();
    await sessions.create(user.id, here);
    pass(12 * HOUR);
    await sessions.create(user.id, here);
    assert.equal((await store.db.selectFrom('sessions').selectAll().execute()).length, 1);
  });
});
