import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kubeconfigHints } from './kubeconfig-text.ts';

const FILE = `apiVersion: v1
clusters:
- cluster:
    server: https://10.0.0.1:6443
  name: cluster-a
contexts:
- context:
    cluster: cluster-a
    user: user-a
  name: first
- context:
    cluster: cluster-a
    namespace: name
    user: user-a
  name: "the second"
current-context: first
kind: Config
users:
- name: user-a
  user:
    token: secret
`;

test('finds the contexts and the current one', () => {
  assert.deepEqual(kubeconfigHints(FILE), {
    currentContext: 'first',
    contexts: ['first', 'the second'],
  });
});

test('finds them in JSON as well', () => {
  const file = {
    'current-context': 'b',
    contexts: [{ name: 'a' }, { name: 'b' }, { name: 7 }, null],
  };
  assert.deepEqual(kubeconfigHints(JSON.stringify(file)), {
    currentContext: 'b',
    contexts: ['a', 'b'],
  });
  assert.deepEqual(kubeconfigHints('{ not json'), { currentContext: undefined, contexts: [] });
});

test('takes neither clusters nor users for contexts', () => {
  const { contexts } = kubeconfigHints(FILE);
  assert.ok(!contexts.includes('cluster-a') && !contexts.includes('user-a'));
});

test('is not misled by the names of extensions', () => {
  const text = `contexts:
- context:
    cluster: minikube
    extensions:
    - name: context_info
      extension: {}
    - extension: {}
      name: other_info
  name: minikube
`;
  assert.deepEqual(kubeconfigHints(text).contexts, ['minikube']);
});

test('understands indented lists and lines that end as on Windows', () => {
  const text =
    'contexts:\r\n  - name: a\r\n    context: {cluster: x, user: y}\r\ncurrent-context: ""\r\n';
  assert.deepEqual(kubeconfigHints(text), { currentContext: undefined, contexts: ['a'] });
});

test('finds nothing in other text, and never fails', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(kubeconfigHints(text).contexts.length >= 0);
    }),
  );
  assert.deepEqual(kubeconfigHints('{"kind":"Config"}'), {
    currentContext: undefined,
    contexts: [],
  });
});
