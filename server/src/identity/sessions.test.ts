import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from '@sallyport/contract';
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
      second_factor_due: 0,
    });
    assert.deepEqual(await sessions.authenticate(token), {
      sessionId: id,
      user: { id: user.id, username: 'alice', role: 'user' },
      secondFactorDue: false,
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

  test('are listed with where they come from, last seen first, and only while they go on', async () => {
    const { sessions, user, users, pass, life } = await setUp();
    const other = await users.create({ username: 'bob', password: PASSWORD, role: 'user' });
    await sessions.create(other.id, here);
    const old = await sessions.create(user.id, { address: '10.0.0.9', userAgent: 'old' });
    pass(HOUR);
    await sessions.create(user.id, { address: '10.0.0.2', userAgent: 'Firefox' });
    const page = { limit: 10, offset: 0 };
    const current = (await sessions.authenticate(old))?.sessionId;
    await eventually(async () => {
      const { items } = await sessions.list(user.id, current, page);
      return items.every(({ lastSeenAt }) => lastSeenAt === '2026-01-01T01:00:00.000Z');
    });
    const { items, total } = await sessions.list(user.id, current, page);
    assert.deepEqual(
      items.map((item) => Session.parse(item)),
      items,
    );
    assert.equal(total, 2);
    assert.deepEqual(
      items.map((item) => [item.address, item.userAgent, item.current, item.createdAt]),
      [
        ['10.0.0.2', 'Firefox', false, '2026-01-01T01:00:00.000Z'],
        ['10.0.0.9', 'old', true, '2026-01-01T00:00:00.000Z'],
      ],
    );
    assert.equal(items[1]?.expiresAt, '2026-01-01T12:00:00.000Z');
    assert.equal((await sessions.list(user.id, current, { limit: 1, offset: 1 })).items.length, 1);
    life.lifetime = HOUR;
    assert.equal((await sessions.list(user.id, current, page)).total, 1, 'a shortened lifetime');
    life.lifetime = 12 * HOUR;
    pass(2 * HOUR);
    assert.deepEqual(await sessions.list(user.id, current, page), { items: [], total: 0 });
  });

  test('are ended one by one, by their owner or by an admin, in every process', async () => {
    const { sessions, user, users, another } = await setUp();
    const elsewhere = (await another()).sessions;
    const other = await users.create({ username: 'bob', password: PASSWORD, role: 'user' });
    const [mine, gone] = [
      await sessions.create(user.id, here),
      await sessions.create(user.id, here),
    ];
    const id = (await elsewhere.authenticate(gone))?.sessionId ?? 0;
    await assert.rejects(sessions.endOne(id, other.id), { code: 'session.not_found' });
    await sessions.endOne(id, user.id);
    assert.equal(await sessions.authenticate(gone), undefined);
    await eventually(async () => (await elsewhere.authenticate(gone)) === undefined);
    assert.ok(await sessions.authenticate(mine));
    await assert.rejects(sessions.endOne(id), { code: 'session.not_found' });
    assert.equal(await sessions.endAllOf(user.id, id), 1);
    assert.equal(await sessions.authenticate(mine), undefined);
  });
});
