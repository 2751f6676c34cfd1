import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiToken } from '@sallyport/contract';
import { describeOnStores, eventually } from '../store/testing.ts';
import { hashToken, newToken, parseToken } from '../tokens.ts';
import { everything, openIdentity, PASSWORD } from './testing.ts';

const MINUTE = 60_000;

describeOnStores('API tokens', (open) => {
  const setUp = async () => {
    const identity = await openIdentity(open);
    const make = (username: string) =>
      identity.users.create({ username, password: PASSWORD, role: 'user' });
    return { ...identity, alice: await make('alice'), make };
  };

  test('show their secret once, and the store has its hash alone', async () => {
    const { apiTokens, alice, store } = await setUp();
    const { token, ...made } = await apiTokens.create(alice.id, { name: 'CI' });
    assert.deepEqual(ApiToken.parse(made), made);
    assert.deepEqual(parseToken(token), { kind: 'api' });
    assert.equal(made.hint, token.slice(-4));
    const row = await store.db.selectFrom('api_tokens').selectAll().executeTakeFirstOrThrow();
    assert.equal(row.token_hash, hashToken(token));
    assert.ok(!JSON.stringify(row).includes(token));
    assert.deepEqual(await apiTokens.list(alice.id, everything), { items: [made], total: 1 });
  });

  test('say whose they are', async () => {
    const { apiTokens, alice, users } = await setUp();
    const { token } = await apiTokens.create(alice.id, { name: 'CI' });
    const who = { id: alice.id, username: 'alice', role: 'user' };
    assert.deepEqual(await apiTokens.authenticate(token), who);
    await users.update(alice.id, { role: 'admin' });
    assert.deepEqual(await apiTokens.authenticate(token), { ...who, role: 'admin' });
  });

  test('are refused where they are garbage, unknown, or of another kind', async () => {
    const { apiTokens } = await setUp();
    for (const token of ['', 'garbage', newToken('api').token, newToken('kubeconfig').token]) {
      assert.equal(await apiTokens.authenticate(token), undefined);
    }
  });

  test('are refused from the moment they expire', async () => {
    const { apiTokens, alice, now, pass } = await setUp();
    const expiresAt = new Date(now() + MINUTE).toISOString();
    const made = await apiTokens.create(alice.id, { name: 'short', expiresAt });
    assert.equal(made.expiresAt, expiresAt);
    pass(MINUTE - 1);
    assert.ok(await apiTokens.authenticate(made.token));
    pass(1);
    assert.equal(await apiTokens.authenticate(made.token), undefined);
  });

  test('are not made where they would have expired already', async () => {
    const { apiTokens, alice, now } = await setUp();
    const expiresAt = new Date(now()).toISOString();
    await assert.rejects(apiTokens.create(alice.id, { name: 'late', expiresAt }), {
      code: 'request.invalid',
    });
    await apiTokens.create(alice.id, { name: 'never', expiresAt: null });
  });

  test('are refused with the next request once they are revoked, in another process too', async () => {
    const { apiTokens, alice, another } = await setUp();
    const other = await another();
    const { id, token } = await apiTokens.create(alice.id, { name: 'CI' });
    assert.ok(await apiTokens.authenticate(token));
    assert.ok(await other.apiTokens.authenticate(token));
    await apiTokens.delete(alice.id, id);
    assert.equal(await apiTokens.authenticate(token), undefined);
    await eventually(async () => (await other.apiTokens.authenticate(token)) === undefined);
    await assert.rejects(apiTokens.delete(alice.id, id), { code: 'token.not_found' });
  });

  test('end where their user is disabled, and do not come back with them', async () => {
    const { apiTokens, alice, users } = await setUp();
    const { token } = await apiTokens.create(alice.id, { name: 'CI' });
    assert.ok(await apiTokens.authenticate(token));
    await users.update(alice.id, { disabled: true });
    assert.equal(await apiTokens.authenticate(token), undefined);
    await users.update(alice.id, { disabled: false });
    assert.equal(await apiTokens.authenticate(token), undefined);
    const next = await apiTokens.create(alice.id, { name: 'CI' });
    assert.ok(await apiTokens.authenticate(next.token));
  });

  test('are each their user’s own: nobody else sees or revokes them', async () => {
    const { apiTokens, alice, make } = await setUp();
    const bob = await make('bob');
    const { id, token } = await apiTokens.create(alice.id, { name: 'CI' });
    assert.deepEqual(await apiTokens.list(bob.id, everything), { items: [], total: 0 });
    await assert.rejects(apiTokens.delete(bob.id, id), { code: 'token.not_found' });
    assert.ok(await apiTokens.authenticate(token));
  });

  test('are listed newest first, and found by a part of their name', async () => {
    const { apiTokens, alice } = await setUp();
    for (const name of ['Backup', 'ci', 'CI 2']) await apiTokens.create(alice.id, { name });
    const names = async (page: object) => {
      const { items, total } = await apiTokens.list(alice.id, { ...everything, ...page });
      return [total, ...items.map(({ name }) => name)];
    };
    assert.deepEqual(await names({}), [3, 'CI 2', 'ci', 'Backup']);
    assert.deepEqual(await names({ q: 'Ci' }), [2, 'CI 2', 'ci']);
    assert.deepEqual(await names({ limit: 1, offset: 2 }), [3, 'Backup']);
  });

  test('have their last use written at most once a minute', async () => {
    const { apiTokens, alice, now, pass } = await setUp();
    const { token } = await apiTokens.create(alice.id, { name: 'CI' });
    const lastUsed = async () =>
      (await apiTokens.list(alice.id, everything)).items[0]?.lastUsedAt ?? null;
    assert.equal(await lastUsed(), null);
    const first = new Date(now()).toISOString();
    await apiTokens.authenticate(token);
    await eventually(async () => (await lastUsed()) !== null);
    pass(MINUTE - 1);
    await apiTokens.authenticate(token);
    assert.equal(await lastUsed(), first);
    pass(1);
    await apiTokens.authenticate(token);
    await eventually(async () => (await lastUsed()) !== first);
    assert.equal(await lastUsed(), new Date(now()).toISOString());
  });
});
