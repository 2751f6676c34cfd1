import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SignInProvider, SignInProviderInput } from '@sallyport/contract';
import { bodyOf, draftOf, isHalf } from './provider.ts';

const provider: SignInProvider = {
  ...{ issuer: 'https://idp.example', clientId: 'sallyport', ca: null, scopes: 'openid' },
  ...{ usernameClaim: 'sub', groupsClaim: null, button: 'Go', entry: 'groups' },
  ...{ entryGroups: ['a group', 'b'], adminGroups: [], countsFor: '24h' },
  teams: [{ group: 'ops', teamId: 3, teamName: 'Ops' }],
};

describe('the form of the provider', () => {
  it('sends what it was filled with, where nothing was typed', () => {
    assert.deepEqual(bodyOf(draftOf(provider)), {
      ...provider,
      teams: [{ group: 'ops', teamId: 3 }],
    });
  });

  it('begins with the defaults of the contract', () => {
    const needed = { issuer: 'https://idp.example', clientId: 'sallyport', clientSecret: 's' };
    const typed = { ...draftOf(null), ...needed };
    assert.deepEqual(SignInProviderInput.parse(bodyOf(typed)), SignInProviderInput.parse(needed));
  });

  it('takes one group a line, whatever is in its name, and each once', () => {
    const draft = { ...draftOf(provider), adminGroups: ' Platform, core \n\nops\nops\n' };
    assert.deepEqual(bodyOf(draft).adminGroups, ['Platform, core', 'ops']);
  });

  it('leaves rows out that say nothing, and knows those that are half', () => {
    const row = (group: string, teamId: string) => ({ key: 0, group, teamId });
    const draft = { ...draftOf(provider), teams: [row('', ''), row('ops', '3')] };
    assert.deepEqual(bodyOf(draft).teams, [{ group: 'ops', teamId: 3 }]);
    assert.deepEqual([row('', ''), row('a', '1'), row('a', ''), row(' ', '1')].map(isHalf), [
      ...[false, false, true, true],
    ]);
  });
});
