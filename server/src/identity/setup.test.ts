import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { newToken, parseToken } from '../tokens.ts';
import { HOUR, openIdentity, PASSWORD, topicsOf } from './testing.ts';

const ADDRESS = '10.0.0.1';
const DONE = { code: 'setup.done' };
const WRONG = { code: 'setup.token_wrong' };
const first = { username: 'root', password: PASSWORD };

describeOnStores('set-up', (open) => {
  const setUp = async () => {
    const identity = await openIdentity(open);
    const token = await identity.setup.issueToken();
    assert.ok(token);
    return { ...identity, token };
  };

  test('makes the first admin with the token, and is over then', async () => {
    const { setup, token, signIn, store } = await setUp();
    assert.deepEqual(parseToken(token), { kind: 'setup' });
    assert.equal(await setup.required(), true);
    const heard = topicsOf(store);
    const user = await setup.complete({ ...first, token }, ADDRESS);
    assert.deepEqual([user.username, user.role, user.disabled], ['root', 'admin', false]);
    assert.deepEqual(heard, ['users']);
    assert.equal((await signIn({ ...first, address: ADDRESS })).id, user.id);

    assert.equal(await setup.required(), false);
    assert.equal(await setup.issueToken(), undefined);
    await assert.rejects(setup.complete({ ...first, token }, ADDRESS), DONE);
    assert.deepEqual(await store.db.selectFrom('meta').selectAll().execute(), []);
  });

  test('keeps the hash of the token alone', async () => {
    const { token, store } = await setUp();
    const rows = await store.db.selectFrom('meta').selectAll().execute();
    assert.equal(rows.length, 1);
    assert.ok(!JSON.stringify(rows).includes(token));
  });

  test('refuses any other token, before it looks at the rest', async () => {
    const { setup, token } = await setUp();
    for (const wrong of ['', 'x', token.slice(0, -1), newToken('setup').token]) {
      await assert.rejects(setup.complete({ ...first, token: wrong }, ADDRESS), WRONG);
    }
    assert.equal(await setup.required(), true);
  });

  test('refuses every token where none was issued', async () => {
    const { setup } = await openIdentity(open);
    const { token } = newToken('setup');
    await assert.rejects(setup.complete({ ...first, token }, ADDRESS), WRONG);
  });

  test('refuses a token after a day', async () => {
    const { setup, token, pass } = await setUp();
    pass(24 * HOUR);
    await assert.rejects(setup.complete({ ...first, token }, ADDRESS), WRONG);
    const next = await setup.issueToken();
    await setup.complete({ ...first, token: next ?? '' }, ADDRESS);
  });

  test('takes the token of each replica that was started meanwhile', async () => {
    const { another, token } = await setUp();
    const other = await another();
    assert.ok(await other.setup.issueToken());
    assert.ok(await other.setup.complete({ ...first, token }, ADDRESS));
  });

  test('has one winner where two try at once', async () => {
    const { setup, token, another, users } = await setUp();
    const other = await another();
    const results = await Promise.allSettled([
      setup.complete({ ...first, token }, ADDRESS),
      other.setup.complete({ token, username: 'second', password: PASSWORD }, ADDRESS),
      setup.complete({ token, username: 'third', password: PASSWORD }, ADDRESS),
    ]);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.deepEqual(
      refused.map(({ reason }) => reason.code),
      ['setup.done', 'setup.done'],
    );
    assert.equal((await users.list({ limit: 10, offset: 0 })).total, 1);
  });

  test('lets an address try ten times, then makes it wait', async () => {
    const { setup, token, pass } = await setUp();
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(setup.complete({ ...first, token: 'wrong' }, ADDRESS), WRONG);
    }
    const again = () => setup.complete({ ...first, token }, ADDRESS);
    await assert.rejects(again(), { code: 'auth.rate_limited' });
    pass(30_000);
    await again();
  });

  test('makes the first admin from a password alone, once', async () => {
    const { setup, token } = await setUp();
    const user = await setup.createFirstAdmin('admin', PASSWORD);
    assert.equal(user?.role, 'admin');
    assert.equal(await setup.createFirstAdmin('admin', PASSWORD), undefined);
    await assert.rejects(setup.complete({ ...first, token }, ADDRESS), DONE);
  });

  test('refuses a first admin whose password or name nobody may choose', async () => {
    const { setup } = await openIdentity(open);
    const invalid = (message: RegExp) => ({ code: 'request.invalid', message });
    await assert.rejects(setup.createFirstAdmin('admin', 'short'), invalid(/password.*12/));
    await assert.rejects(setup.createFirstAdmin('a b', PASSWORD), invalid(/username/));
    assert.equal(await setup.required(), true);
  });
});
