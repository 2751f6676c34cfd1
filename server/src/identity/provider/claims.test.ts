import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PrincipalName } from '@sallyport/contract';
import fc from 'fast-check';
import { SallyportError } from '../../errors.ts';
import { type Claims, claimOf, readNewcomer } from './claims.ts';

const names = { username: 'preferred_username', groups: 'groups' };
const read = (claims: Claims, of = names as { username: string; groups: string | null }) =>
  readNewcomer('https://idp.example', 'subject', claims, of);

describe('claims', () => {
  it('are found by their whole name, or step by step', () => {
    const claims = { 'https://example.com/groups': ['a'], realm_access: { roles: ['b'] } };
    assert.deepEqual(claimOf(claims, 'https://example.com/groups'), ['a']);
    assert.deepEqual(claimOf(claims, 'realm_access.roles'), ['b']);
    assert.equal(claimOf(claims, 'realm_access.none'), undefined);
    assert.equal(claimOf(claims, 'constructor'), undefined);
    assert.equal(claimOf(claims, 'realm_access.constructor.name'), undefined);
  });

  it('give a username and groups, each group once', () => {
    const newcomer = read({ preferred_username: 'erin@example.com', groups: ['a', 'b', 'a'] });
    assert.deepEqual(newcomer, {
      ...{ issuer: 'https://idp.example', subject: 'subject', username: 'erin@example.com' },
      groups: ['a', 'b'],
    });
  });

  it('give an e-mail address as the username only where it was not left unverified', () => {
    const of = { username: 'email', groups: null };
    const email = 'erin@example.com';
    assert.equal(read({ email }, of).username, email);
    assert.equal(read({ email, email_verified: true }, of).username, email);
    assert.throws(() => read({ email, email_verified: false }, of), {
      code: 'auth.provider_email_unverified',
    });
  });

  it('take one group as text, and no claim as no group', () => {
    assert.deepEqual(read({ preferred_username: 'erin', groups: 'ops' }).groups, ['ops']);
    assert.deepEqual(read({ preferred_username: 'erin' }).groups, []);
    assert.deepEqual(read({ preferred_username: 'erin', groups: null }).groups, []);
  });

  it('are not asked for groups where nothing depends on them', () => {
    const of = { username: 'preferred_username', groups: null };
    assert.deepEqual(read({ preferred_username: 'erin', groups: 7 }, of).groups, []);
  });

  it('never make less of groups than there are', () => {
    for (const groups of [7, {}, [1], ['a', null], [['a']]]) {
      assert.throws(() => read({ preferred_username: 'erin', groups }), {
        code: 'auth.provider_groups_invalid',
      });
    }
    assert.throws(() => read({ preferred_username: 'erin', _claim_names: { groups: 'src1' } }), {
      code: 'auth.provider_groups_missing',
    });
  });

  it('give a username that may be one, or an error of the registry, whatever they hold', () => {
    const any = fc.record({ preferred_username: fc.anything(), groups: fc.anything() });
    fc.assert(
      fc.property(any, (claims) => {
        try {
          const { username, groups } = read(claims);
          assert.ok(PrincipalName.safeParse(username).success);
          assert.ok(groups.every((group) => typeof group === 'string'));
        } catch (error) {
          assert.ok(error instanceof SallyportError, String(error));
          assert.match(error.code, /^auth\.provider_/);
          assert.ok(error.message.length < 500);
        }
      }),
    );
  });
});
