import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSecret, stepOf, uriOf } from './appCode.ts';

/** RFC 6238, appendix B, for SHA-1: the secret is `12345678901234567890`. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

test('codes are those of RFC 6238, and belong to the step of their time', () => {
  for (const [seconds, code] of VECTORS) {
    assert.equal(stepOf(SECRET, code, seconds * 1000, -1), Math.floor(seconds / 30));
  }
});

test('a code is taken one step early or late, and no more', () => {
  const at = 1_234_567_890_000;
  const step = 41_152_263;
  for (const [steps, taken] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const) {
    assert.equal(stepOf(SECRET, '005924', at + steps * 30_000, -1), taken ? step : undefined);
  }
});

test('a code of the step that was used last, or of one before it, is taken no more', () => {
  const at = 1_234_567_890_000;
  assert.equal(stepOf(SECRET, '005924', at, 41_152_262), 41_152_263);
  for (const last of [41_152_263, 41_152_264, 41_152_265, Number.MAX_SAFE_INTEGER]) {
    assert.equal(stepOf(SECRET, '005924', at, last), undefined);
  }
});

test('what an app reads names Sallyport, its host and the person, whatever these hold', () => {
  const secret = newSecret();
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.notEqual(secret, newSecret());
  for (const [host, issuer] of [
    ['gate.example:9443', 'Sallyport gate.example'],
    ['gate.example', 'Sallyport gate.example'],
    ['[::1]:9443', 'Sallyport'],
    [undefined, 'Sallyport'],
  ] as const) {
    const uri = new URL(uriOf(secret, 'd+a@b.example', host));
    assert.equal(uri.protocol, 'otpauth:');
    assert.equal(
      decodeURIComponent(uri.pathname.replace(/^\/*(?:totp\/)?/, '')),
      `${issuer}:d+a@b.example`,
    );
    assert.equal(uri.searchParams.get('secret'), secret);
    assert.equal(uri.searchParams.get('issuer'), issuer);
  }
});
