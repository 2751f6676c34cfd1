import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { ReturnPath } from '@sallyport/contract';
import { createVault } from '../../environments/vault.ts';
import { stoppedClock } from '../testing.ts';
import { createUnderWay, UNDER_WAY_MS } from './underWay.ts';

const provider = { issuer: 'https://idp.example', clientId: 'sallyport' };
const uri = 'https://gate.example/signin/callback';

describe('a sign-in under way', () => {
  const key = randomBytes(32);

  it('is read where it was begun, and never guessed', () => {
    const { now } = stoppedClock();
    const kept = createUnderWay(createVault(key).derive('cookies'), now);
    const [one, other] = [kept.begin(provider, uri, '/a'), kept.begin(provider, uri, '/a')];
    assert.deepEqual(kept.read(provider, one.sealed), one.underWay);
    for (const name of ['state', 'nonce', 'verifier'] as const) {
      assert.notEqual(one.underWay[name], other.underWay[name]);
      assert.equal(Buffer.from(one.underWay[name], 'base64url').length, 32);
      assert.ok(!one.sealed.includes(one.underWay[name]));
    }
  });

  it('fits into a cookie, however long the way is that is to be gone', () => {
    const { now } = stoppedClock();
    const kept = createUnderWay(createVault(key).derive('cookies'), now);
    const returnTo = ReturnPath.parse(`/${'a'.repeat(1499)}`);
    const { sealed } = kept.begin(provider, uri, returnTo);
    // What browsers keep of one cookie, its name and attributes included.
    assert.ok(sealed.length < 4096 - 200, String(sealed.length));
  });

  it('is over after ten minutes', () => {
    const { now, pass } = stoppedClock();
    const kept = createUnderWay(createVault(key).derive('cookies'), now);
    const { sealed } = kept.begin(provider, uri, '/');
    pass(UNDER_WAY_MS - 1);
    assert.ok(kept.read(provider, sealed));
    pass(1);
    assert.equal(kept.read(provider, sealed), undefined);
  });

  it('is none with another provider, another key, or another purpose of the same key', () => {
    const { now } = stoppedClock();
    const vault = createVault(key);
    const kept = createUnderWay(vault.derive('cookies'), now);
    const { sealed } = kept.begin(provider, uri, '/');
    assert.equal(kept.read({ ...provider, issuer: 'https://other.example' }, sealed), undefined);
    assert.equal(kept.read({ ...provider, clientId: 'other' }, sealed), undefined);
    for (const other of [
      createVault(randomBytes(32)).derive('cookies'),
      vault.derive('x'),
      vault,
    ]) {
      assert.equal(createUnderWay(other, now).read(provider, sealed), undefined);
    }
    for (const garbage of ['', 'x', sealed.slice(1), `${sealed}AAAA`]) {
      assert.equal(kept.read(provider, garbage), undefined);
    }
  });
});
