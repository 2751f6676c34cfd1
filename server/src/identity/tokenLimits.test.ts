import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SallyportError } from '../errors.ts';
import { limitToken } from './tokenLimits.ts';

const role = fc.constantFrom('admin' as const, 'user' as const);
const change = fc.record({ role, password: fc.constant('a password') }, { requiredKeys: [] });

describe('what an API token may do to users', () => {
  const isRefused = (...args: Parameters<typeof limitToken>) => {
    try {
      limitToken(...args);
      return false;
    } catch (error) {
      assert.ok(error instanceof SallyportError && error.code === 'user.session_only');
      return true;
    }
  };

  it('never touches an admin and never leaves one behind', () => {
    fc.assert(
      fc.property(fc.option(role, { nil: undefined }), change, (was, change) => {
        const admins = was === 'admin' || change.role === 'admin';
        if (admins) assert.ok(isRefused('token', was, change));
        assert.ok(!isRefused('session', was, change));
      }),
    );
  });

  it('sets a password for those whom it makes, and for nobody else', () => {
    const password = 'a password';
    assert.ok(!isRefused('token', undefined, { password, role: 'user' }));
    assert.ok(isRefused('token', 'user', { password }));
    // The next person whom the provider calls so would be that user.
    assert.ok(isRefused('token', 'user', { signIn: 'provider' }));
    assert.ok(!isRefused('token', undefined, { signIn: 'provider' }));
    assert.ok(!isRefused('token', 'user', { role: 'user' }));
    assert.ok(!isRefused('token', 'user'));
  });
});
