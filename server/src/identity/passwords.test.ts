import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswords } from './passwords.ts';

const PASSWORD = 'correct horse battery staple';

test('a password is verified against its own hash, and no other is', async () => {
  const { hashPassword, verifyPassword } = createPasswords();
  const hash = await hashPassword(PASSWORD);
  assert.equal(await verifyPassword(hash, PASSWORD), true);
  assert.equal(await verifyPassword(hash, `${PASSWORD} `), false);
  assert.equal(await verifyPassword(hash, ''), false);
});

test('the same password has another hash each time', async () => {
  const { hashPassword } = createPasswords();
  assert.notEqual(await hashPassword(PASSWORD), await hashPassword(PASSWORD));
});

test('the hash is Argon2id with what OWASP asks for', async () => {
  const { hashPassword } = createPasswords();
  const hash = await hashPassword(PASSWORD);
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('where there is no hash every password is wrong, after the same work', async () => {
  const { verifyPassword } = createPasswords({ concurrency: 1, maxWaiting: 0 });
  assert.equal(await verifyPassword(null, ''), false);
  const [one, other] = await Promise.allSettled([
    verifyPassword(null, PASSWORD),
    verifyPassword(null, PASSWORD),
  ]);
  assert.deepEqual(one, { status: 'fulfilled', value: false });
  assert.equal(other.status, 'rejected');
});

test('a hash that is broken is an error, not a wrong password', async () => {
  const { verifyPassword } = createPasswords();
  await assert.rejects(verifyPassword('$argon2id$nonsense', PASSWORD));
});

test('of a flood the queue takes as many as it has room for, and refuses the others at once', async () => {
  const { verifyPassword } = createPasswords({ concurrency: 1, maxWaiting: 3 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => verifyPassword(null, PASSWORD)),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    [...Array(4).fill('fulfilled'), ...Array(6).fill('rejected')],
  );
  for (const result of results) {
    if (result.status === 'rejected') assert.equal(result.reason.code, 'request.too_many');
  }
  assert.equal(await verifyPassword(null, PASSWORD), false);
});

test('an error does not take a place in the queue for ever', async () => {
  const { verifyPassword } = createPasswords({ concurrency: 1, maxWaiting: 1 });
  for (let n = 0; n < 3; n += 1) await assert.rejects(verifyPassword('broken', PASSWORD));
  assert.equal(await verifyPassword(null, PASSWORD), false);
});
