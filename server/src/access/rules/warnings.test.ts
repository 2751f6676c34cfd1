import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RoleRule } from '@sallyport/contract';
import { builtinWarnings, ruleWarnings } from './warnings.ts';

const rule = (group: string, resource: string, ...verbs: string[]): RoleRule => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
});
const said = (one: RoleRule) => ruleWarnings([one]).map(({ message }) => message);
const RBAC = 'rbac.authorization.k8s.io';

describe('warnings about rules', () => {
  const leading: ReadonlyArray<readonly [RoleRule, RegExp]> = [
    [rule(RBAC, 'clusterroles', 'escalate'), /^escalate lets/],
    [rule(RBAC, 'roles', 'bind'), /^bind lets/],
    [rule(RBAC, 'rolebindings', 'create'), /pass on the rights/],
    [rule('', 'users', 'impersonate'), /^impersonate lets/],
    [rule('authentication.k8s.io', 'userextras', 'impersonate:user-info'), /^impersonate lets/],
    [rule('', 'secrets', 'list'), /^Reading Secrets/],
    [rule('', 'serviceaccounts/token', 'create'), /^Making tokens/],
    [rule('', 'nodes/proxy', 'get'), /^nodes\/proxy reaches the kubelet/],
    [rule('', 'pods/exec', 'create'), /^A shell in a container/],
    [rule('', 'pods/attach', 'get'), /^A shell in a container/],
    [rule('', '*/exec', 'create'), /^A shell in a container/],
    [rule('', 'pods/portforward', 'create'), /^Connecting to pods/],
    [rule('', 'pods/ephemeralcontainers', 'patch'), /^A container put into a running pod/],
    [rule('', 'pods', 'create'), /^Whoever makes pods runs containers/],
    [rule('apps', 'deployments', 'patch'), /^Whoever writes workloads/],
    [rule('batch', 'cronjobs', 'create'), /^Whoever writes jobs/],
    [rule('', 'persistentvolumes', 'create'), /hostPath/],
    [rule('', 'namespaces', 'patch'), /^The labels of a namespace/],
    [rule('', 'nodes', 'update'), /^Whoever changes nodes/],
    [rule('certificates.k8s.io', 'certificatesigningrequests/approval', 'update'), /^Approving/],
    [rule('certificates.k8s.io', 'signers', 'sign'), /^Approving or signing/],
    [
      rule('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'create'),
      /^An admission webhook/,
    ],
    [rule('apiregistration.k8s.io', 'apiservices', 'create'), /^An APIService/],
    [rule('', 'configmaps', '*'), /^All verbs \(\*\)/],
    [rule('apps', '*', 'get'), /^All resources \(\*\)/],
  ];
  for (const [one, words] of leading) {
    it(`tell that ${one.verbs} on ${one.resources} leads to more`, () => {
      const [warning] = ruleWarnings([rule('', 'configmaps', 'get'), one]);
      assert.match(warning?.message ?? '', words);
      assert.equal(warning?.rule, 1);
      assert.equal(warning?.level, 'escalation');
    });
  }

  it('say of everything that it is everything, once', () => {
    assert.equal(said(rule('*', '*', '*')).length, 1);
    assert.match(said(rule('*', '*', '*'))[0] ?? '', /^Everything/);
  });

  it('are not there for what only reads what it names', () => {
    assert.deepEqual(said(rule('', 'pods', 'get', 'list', 'watch')), []);
    assert.deepEqual(said(rule('', 'pods/log', 'get')), []);
    assert.deepEqual(said(rule('apps', 'deployments', 'get')), []);
    assert.deepEqual(said(rule('example.com', 'secrets', 'get')), []);
    assert.deepEqual(said(rule('', 'configmaps', 'get', 'create', 'delete')), []);
  });

  it('tell what is taken and never matches', () => {
    const never: ReadonlyArray<readonly [RoleRule, RegExp]> = [
      [rule('apps/v1', 'deployments', 'get'), /The API group apps\/v1 has a version/],
      [rule('*.example.com', 'things', 'get'), /counts only alone/],
      [rule('', 'Pods', 'get'), /not in lower case as pods/],
      [rule('', 'pods/*', 'get'), /neither alone nor before a slash/],
      [rule('', 'pods', 'GET'), /The verb GET is not in lower case/],
      [rule('', 'pods', 'get*'), /counts only alone/],
      [rule('', '', 'get'), /A resource is empty/],
      [{ nonResourceURLs: ['metrics'], verbs: ['get'] }, /does not begin with/],
      [{ nonResourceURLs: ['/a*/b'], verbs: ['get'] }, /not at its end/],
    ];
    for (const [one, words] of never) {
      const warnings = ruleWarnings([one]).filter(({ message }) => words.test(message));
      assert.deepEqual(
        warnings.map(({ level }) => level),
        ['notice'],
        String(words),
      );
    }
  });

  it('tell what names and paths do to a rule', () => {
    const named = { ...rule('', 'configmaps', 'create', 'list'), resourceNames: ['x'] };
    assert.equal(said(named).length, 2);
    assert.deepEqual(said({ ...named, verbs: ['get', 'patch'] }), []);
    const paths = said({ nonResourceURLs: ['/metrics', '/debug/*', '*'], verbs: ['get'] });
    assert.equal(paths.length, 1);
    assert.match(paths[0] ?? '', /only in grants for the whole cluster/);
  });

  it('stand at the built-in roles that lead to more', () => {
    assert.deepEqual(builtinWarnings('view'), []);
    for (const name of ['edit', 'admin', 'cluster-admin']) {
      assert.ok(builtinWarnings(name).length > 0, name);
      assert.ok(builtinWarnings(name).every(({ rule }) => rule === null));
    }
  });
});
