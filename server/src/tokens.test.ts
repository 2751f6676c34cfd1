import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashToken, newToken, parseToken, TOKEN_PATTERN, type TokenKind } from './tokens.ts';

const kinds: TokenKind[] = ['kubeconfig', 'api', 'session', 'setup', 'signin'];
const kind = fc.constantFrom(...kinds);

test('a new token of each kind is recognised as that kind', () => {
  fc.assert(
    fc.property(kind, (k) => {
      assert.deepEqual(parseToken(newToken(k).token), { kind: k });
    }),
  );
});

test('tokens of one kind all have one length, so that none is shorter by a leading zero', () => {
  for (const k of kinds) {
    const lengths = new Set(Array.from({ length: 300 }, () => newToken(k).token.length));
    assert.equal(lengths.size, 1);
  }
});

test('no two tokens are alike', () => {
  assert.equal(new Set(Array.from({ length: 1000 }, () => newToken('api').token)).size, 1000);
});

test('the hash is the SHA-256 of the text in hex, and the hint its last four characters', () => {
  const { token, hash, hint } = newToken('kubeconfig');
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(hash, hashToken(token));
  assert.equal(hint, token.slice(-4));
  assert.equal(
    hashToken('abc'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('a token with any one character changed is refused', () => {
  fc.assert(
    fc.property(
      kind,
      fc.nat(),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      (k, n, c) => {
        const { token } = newToken(k);
        const at = n % token.length;
        const changed = token.slice(0, at) + c + token.slice(at + 1);
        fc.pre(changed !== token);
        assert.equal(parseToken(changed), undefined);
      },
    ),
  );
});

test('a token of one kind does not pass as another by a change of its prefix', () => {
  const { token } = newToken('api');
  assert.equal(parseToken(token.replace('sallyport_api_', 'sallyport_kc_')), undefined);
});

test('a token with something before or after it is refused', () => {
  fc.assert(
    fc.property(kind, fc.string(), fc.string(), (k, before, after) => {
      fc.pre(before + after !== '');
      assert.equal(parseToken(before + newToken(k).token + after), undefined);
    }),
  );
  assert.equal(parseToken(`${newToken('api').token}\n`), undefined);
});

test('any text whatever is answered without an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(parseToken(text), undefined);
    }),
  );
  const lookAlike = fc
    .tuple(
      fc.constantFrom('kc', 'api', 'session', 'setup', 'x', ''),
      fc.string({ minLength: 49, maxLength: 49 }),
    )
    .map(([word, rest]) => `sallyport_${word}_${rest}`);
  fc.assert(fc.property(lookAlike, (text) => parseToken(text) === undefined));
});

test('the pattern for secret scanners finds each kind of token inside other text', () => {
  for (const k of kinds) {
    const { token } = newToken(k);
    const found = `users:\n- user: {token: "${token}"}\n`.match(new RegExp(TOKEN_PATTERN));
    assert.equal(found?.[0], token);
  }
});
