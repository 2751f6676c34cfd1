import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { providerAnswerIn } from './provider-answer.ts';

describe('the answer of the provider', () => {
  it('stands behind the # or behind the ?', () => {
    assert.equal(providerAnswerIn({ hash: '#code=a&state=b', search: '' }), 'code=a&state=b');
    assert.equal(providerAnswerIn({ hash: '', search: '?state=b&code=a' }), 'state=b&code=a');
    assert.equal(providerAnswerIn({ hash: '#top', search: '?error=x' }), 'error=x');
  });

  it('is given on as it is written, to the last character', () => {
    const hash = '#code=a%2Bb+c%20d&state=1e3&iss=https%3A%2F%2Fx';
    assert.equal(providerAnswerIn({ hash, search: '' }), hash.slice(1));
  });

  it('is none where there is neither a code nor an error', () => {
    assert.equal(providerAnswerIn({ hash: '', search: '' }), undefined);
    assert.equal(providerAnswerIn({ hash: '#state=b', search: '?to=%2Fa' }), undefined);
  });
});
