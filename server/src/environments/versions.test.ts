import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSince } from './versions.ts';

test('a version is since another one, before it, or not known', () => {
  for (const [version, expected] of [
    ['v1.22.0', true],
    ['1.22', true],
    ['v1.36.2', true],
    ['v1.27.3-gke.100', true],
    ['v2.0.0', true],
    ['v1.21.14', false],
    ['v1.9.1', false],
    ['v0.99.0', false],
    ['unknown', undefined],
    ['', undefined],
    [null, undefined],
  ] as const) {
    assert.equal(isSince(version, 'namespaceLabels'), expected, String(version));
    assert.equal(isSince(version, 'impersonatedUid'), expected, String(version));
  }
  assert.equal(isSince('v1.35.9', 'constrainedImpersonation'), false);
  assert.equal(isSince('v1.36.0', 'constrainedImpersonation'), true);
});
