import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { networkOf } from './signInLimits.ts';
import { openIdentity, PASSWORD } from './testing.ts';

const MINUTE = 60_000;
const FAILED = { code: 'auth.failed' };
const LIMITED = { code: 'auth.rate_limited' };

test('addresses of one customer count as one', () => {
  assert.equal(networkOf('::ffff:10.0.0.1'), networkOf('10.0.0.1'));
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff::9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.notEqual(networkOf('10.0.0.1'), networkOf('10.0.0.2'));
  assert.equal(networkOf('unknown'), 'unknown');
});

describeOnStores('signing in', (open) => {
  const setUp = async () => {
    const identity = await openIdentity(open);
    const alice = await identity.users.create({
      username: 'Alice',
      password: PASSWORD,
      role: 'user',
    });
    const attempt = (address: string, password = PASSWORD, username = 'alice') =>
      identity.signIn({ username, password, address });
    return { ...identity, alice, attempt };
  };

  test('takes the right password, and the name in any case', async () => {
    const { attempt, alice } = await setUp();
    assert.deepEqual(await attempt('10.0.0.1', PASSWORD, 'ALICE'), alice);
  });

  test('does not tell apart a wrong password, an unknown name and a disabled user', async () => {
    const { attempt, alice, users } = await setUp();
    const refusals: unknown[] = [];
    const refused = (attempted: Promise<unknown>) =>
      assert.rejects(attempted, (error: Error) => {
        refusals.push({ ...error, text: error.message });
        return true;
      });
    await refused(attempt('10.0.0.1', 'wrong'));
    await refused(attempt('10.0.0.1', PASSWORD, 'nobody'));
    await users.update(alice.id, { disabled: true });
    await refused(attempt('10.0.0.1'));
    assert.deepEqual(refusals[1], refusals[0]);
    assert.deepEqual(refusals[2], refusals[0]);
    assert.equal((refusals[0] as { code: string }).code, 'auth.failed');
  });

  test('is not possible for a user without a password', async () => {
    const { attempt, store } = await setUp();
    await store.write((tx) => tx.updateTable('users').set({ password_hash: null }).execute());
    await assert.rejects(attempt('10.0.0.1', ''), FAILED);
    await assert.rejects(attempt('10.0.0.1'), FAILED);
  });

  test('has to wait after ten failures, longer each time, and says how long', async () => {
    const { attempt, pass } = await setUp();
    for (let n = 0; n < 10; n += 1) await assert.rejects(attempt('10.0.0.1', 'wrong'), FAILED);
    await assert.rejects(attempt('10.0.0.1'), { ...LIMITED, retryAfter: 30 });
    pass(MINUTE / 2);
    await assert.rejects(attempt('10.0.0.1', 'wrong'), FAILED);
    await assert.rejects(attempt('10.0.0.1'), { ...LIMITED, retryAfter: 60 });
    pass(MINUTE);
    await attempt('10.0.0.1');
    await assert.rejects(attempt('10.0.0.1', 'wrong'), FAILED);
    await attempt('10.0.0.1');
  });

  test('counts a thousand attempts at once as a thousand', async () => {
    const { attempt } = await setUp();
    const results = await Promise.allSettled(
      Array.from({ length: 1000 }, () => attempt('10.0.0.1', 'wrong')),
    );
    const codes = results.map((result) => result.status === 'rejected' && result.reason.code);
    assert.equal(codes.filter((code) => code === 'auth.failed').length, 10);
    assert.equal(codes.filter((code) => code === 'auth.rate_limited').length, 990);
  });

  test('is limited for names that do not exist as for those that do', async () => {
    const { attempt } = await setUp();
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(attempt('10.0.0.1', PASSWORD, 'nobody'), FAILED);
    }
    await assert.rejects(attempt('10.0.0.1', PASSWORD, 'NoBody'), LIMITED);
  });

  test('is counted for all names together that are longer than a name can be', async () => {
    const { attempt, users } = await setUp();
    const longest = 'a'.repeat(63);
    await users.create({ username: longest, password: PASSWORD, role: 'user' });
    for (let n = 0; n < 10; n += 1) {
      // One character of these becomes eighteen where names are compared.
      await assert.rejects(
        attempt('10.6.6.6', 'wrong', `${longest}a${'\ufdfa'.repeat(n)}`),
        FAILED,
      );
    }
    await assert.rejects(attempt('10.6.6.6', 'wrong', `${longest}ab`), LIMITED);
    await attempt('10.6.6.6', PASSWORD, longest);
  });

  test('goes on for the person while somebody elsewhere guesses their password', async () => {
    const { attempt } = await setUp();
    for (let n = 0; n < 10; n += 1) await assert.rejects(attempt('10.6.6.6', 'wrong'), FAILED);
    await assert.rejects(attempt('10.6.6.6'), LIMITED);
    await attempt('10.0.0.1');
  });

  test('is limited for one address over all names, and a right password does not reset that', async () => {
    const { attempt } = await setUp();
    for (let n = 0; n < 49; n += 1) {
      await assert.rejects(attempt('10.6.6.6', 'wrong', `user${n}`), FAILED);
    }
    await attempt('10.6.6.6');
    await assert.rejects(attempt('10.6.6.6', 'wrong', 'user49'), FAILED);
    await assert.rejects(attempt('10.6.6.6', 'wrong', 'user50'), LIMITED);
    await assert.rejects(attempt('10.6.6.6'), LIMITED);
    await attempt('10.0.0.1');
  });

  test('is limited for one name over all addresses, but not where the person is signed in', async () => {
    const { attempt, sessions, alice, pass } = await setUp();
    await sessions.create(alice.id, { address: '10.0.0.1', userAgent: '' });
    for (let n = 0; n < 100; n += 1) await assert.rejects(attempt(`10.6.6.${n}`, 'wrong'), FAILED);
    await assert.rejects(attempt('10.0.0.2'), LIMITED);
    await attempt('10.0.0.1');
    for (let n = 0; n < 100; n += 1) await assert.rejects(attempt(`10.6.7.${n}`, 'wrong'), FAILED);
    await assert.rejects(attempt('10.0.0.2'), LIMITED);
    pass(MINUTE);
    await attempt('10.0.0.2');
  });
});
