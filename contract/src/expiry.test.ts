import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ExpirySettings, expiryConflict, expiryPolicy, lastsNoLonger } from './expiry.ts';

const settings = (part: Partial<ExpirySettings>): ExpirySettings => ({
  kubeconfigExpiry: '720h',
  kubeconfigMaxExpiry: 'default',
  kubeconfigNoExpiry: true,
  ...part,
});

describe('how long a kubeconfig may live', () => {
  it('is the default at the most, where nothing longer is allowed', () => {
    assert.deepEqual(expiryPolicy(settings({})), { default: '720h', longest: '720h' });
    assert.deepEqual(expiryPolicy(settings({ kubeconfigExpiry: '0' })), {
      default: '0',
      longest: '0',
    });
  });

  it('may be longer than the default where the longest says so', () => {
    const policy = expiryPolicy(settings({ kubeconfigMaxExpiry: '8760h' }));
    assert.deepEqual(policy, { default: '720h', longest: '8760h' });
    assert.ok(lastsNoLonger('8760h', policy.longest));
    assert.ok(!lastsNoLonger('8761h', policy.longest));
    assert.ok(!lastsNoLonger('0', policy.longest), 'for ever is longer than any duration');
  });

  it('is any length but for ever, where no limit is set and no expiry is forbidden', () => {
    const { longest } = expiryPolicy(
      settings({ kubeconfigMaxExpiry: '0', kubeconfigNoExpiry: false }),
    );
    assert.ok(lastsNoLonger('87600h', longest));
    assert.ok(!lastsNoLonger('0', longest));
  });

  it('is refused where the default breaks it', () => {
    assert.equal(expiryConflict(settings({})), undefined);
    assert.equal(expiryConflict(settings({ kubeconfigMaxExpiry: '24h' })), 'longer_than_longest');
    assert.equal(
      expiryConflict(settings({ kubeconfigExpiry: '0', kubeconfigMaxExpiry: '24h' })),
      'longer_than_longest',
    );
    assert.equal(
      expiryConflict(settings({ kubeconfigExpiry: '0', kubeconfigNoExpiry: false })),
      'no_expiry',
    );
  });

  it('never comes to a default that is longer than the longest, whatever the settings', () => {
    const duration = fc.constantFrom('0', '1h', '24h', '720h', '8760h');
    const any = fc.record({
      kubeconfigExpiry: duration,
      kubeconfigMaxExpiry: fc.oneof(fc.constant('default'), duration),
      kubeconfigNoExpiry: fc.boolean(),
    });
    fc.assert(
      fc.property(any, (drawn) => {
        const policy = expiryPolicy(drawn);
        assert.ok(lastsNoLonger(policy.default, policy.longest));
        if (!drawn.kubeconfigNoExpiry) assert.ok(!lastsNoLonger('0', policy.longest));
        if (expiryConflict(drawn) === undefined) {
          assert.equal(policy.default, drawn.kubeconfigExpiry);
        }
      }),
    );
  });
});
