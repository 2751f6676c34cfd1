import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApiPackages } from './debian.ts';

test('OpenAPI is generated over tagged packages, not over tests, examples and generated files', () => {
  assert.deepEqual(
    openApiPackages([
      'staging/src/k8s.io/api/core/v1/doc.go',
      'staging/src/k8s.io/api/core/v1/other.go',
      'pkg/version/types.go',
      'pkg/version/types_test.go',
      'pkg/generated/zz_generated.openapi.go',
      'staging/src/k8s.io/code-generator/_examples/apiserver/doc.go',
      'staging/src/k8s.io/sample-apiserver/pkg/apis/doc.go',
      '',
    ]),
    ['k8s.io/kubernetes/pkg/version', 'k8s.io/kubernetes/vendor/k8s.io/api/core/v1'],
  );
});
