import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterResource, RoleRule } from '@sallyport/contract';
import {
  added,
  completions,
  consequencesInWords,
  draftsOf,
  emptyRule,
  groupName,
  groupOf,
  roleInWords,
  rulesOf,
  wordsIn,
} from './rules.ts';

const known: ClusterResource[] = [
  { group: '', resource: 'pods', kind: 'Pod', namespaced: true, verbs: ['get', 'list', 'create'] },
  { group: '', resource: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
  { group: 'apps', resource: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['get'] },
];

describe('rules as rows', () => {
  it('say again what they were read from', () => {
    const rules: RoleRule[] = [
      { apiGroups: [''], resources: ['pods'], resourceNames: ['a'], verbs: ['get'] },
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ];
    assert.deepEqual(rulesOf(draftsOf(rules)), rules);
  });

  it('leave out what their kind hides', () => {
    const row = { ...emptyRule(0), resources: ['pods'], nonResourceURLs: ['/x'], verbs: ['get'] };
    assert.deepEqual(rulesOf([{ ...row, kind: 'paths' }]), [
      { nonResourceURLs: ['/x'], verbs: ['get'] },
    ]);
    assert.deepEqual(rulesOf([row]), [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  });

  it('take several words at once, each once', () => {
    assert.deepEqual(added(['get'], wordsIn(' get, list\nwatch ')), ['get', 'list', 'watch']);
    assert.deepEqual(wordsIn('  '), []);
  });

  it('call the core group by its name', () => {
    for (const word of ['core', '""']) assert.equal(groupOf(word), '');
    assert.equal(groupOf('apps'), 'apps');
    assert.equal(groupName(''), 'core');
  });
});

describe('what completes a rule', () => {
  it('is what the cluster knows, narrowed by what the rule says already', () => {
    const rule = emptyRule(0);
    assert.deepEqual(completions('apiGroups', rule, known), ['*', 'apps', 'core']);
    assert.deepEqual(completions('resources', rule, known), ['*', 'pods', 'pods/log']);
    const all = { ...rule, apiGroups: ['*'] };
    assert.ok(completions('resources', all, known).includes('deployments'));
    const logs = { ...rule, resources: ['pods/log'] };
    assert.deepEqual(completions('verbs', logs, known), ['get', '*']);
  });

  it('is what is usual where the cluster is not known', () => {
    assert.deepEqual(completions('apiGroups', emptyRule(0), []), ['*', 'core']);
    assert.ok(completions('verbs', emptyRule(0), []).includes('watch'));
    assert.ok(completions('nonResourceURLs', emptyRule(0), []).includes('/metrics'));
    assert.ok(completions('verbs', { ...emptyRule(0), kind: 'paths' }, known).includes('head'));
  });
});

describe('a role in words', () => {
  it('says whom a change would touch, and where', () => {
    const environments = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({ name }));
    assert.equal(
      consequencesInWords({ grantsInForce: 2, people: 3, environments }),
      '2 grants give this role to 3 people, in a, b, c, d, e and 2 more.',
    );
    assert.equal(
      consequencesInWords({ grantsInForce: 1, people: 1, environments: [] }),
      'One grant gives this role to one person, in no environment now.',
    );
    assert.match(consequencesInWords({ grantsInForce: 0, people: 0, environments }), /nobody/);
  });

  it('says what it is made of', () => {
    assert.equal(roleInWords({ builtin: true, rules: null }), 'Built in');
    assert.equal(roleInWords({ builtin: false, rules: [{ verbs: ['get'] }] }), '1 rule');
  });
});
