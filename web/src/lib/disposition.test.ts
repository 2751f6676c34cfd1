import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileNameOf } from './disposition.ts';

test('reads the name, quoted, bare or encoded', () => {
  assert.equal(fileNameOf('attachment; filename="dev-staging.yaml"', 'x'), 'dev-staging.yaml');
  assert.equal(fileNameOf('attachment; filename=dev.yaml', 'x'), 'dev.yaml');
  assert.equal(
    fileNameOf(`attachment; filename="a.yaml"; filename*=UTF-8''k%C3%B6ln.yaml`, 'x'),
    'köln.yaml',
  );
});

test('falls back where there is no name', () => {
  assert.equal(fileNameOf(null, 'kubeconfig.yaml'), 'kubeconfig.yaml');
  assert.equal(fileNameOf('attachment', 'kubeconfig.yaml'), 'kubeconfig.yaml');
});

test('never takes a folder with the name', () => {
  assert.equal(fileNameOf('attachment; filename="../../etc/passwd"', 'x'), 'passwd');
  fc.assert(
    fc.property(fc.string(), (header) => {
      const name = fileNameOf(`attachment; filename=${header}`, 'x');
      assert.ok(name.length > 0 && !/[/\\]/.test(name));
    }),
  );
});
