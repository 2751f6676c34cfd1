import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DesiredBinding } from '../policy.ts';
import { type Binding, bindingFor, objectPath, ownerOf, selectorOf } from './manifests.ts';
import { conflictWith, planBindings, type Step } from './plan.ts';
import { bindingState } from './result.ts';

const OWNER = ownerOf('6f1f6a2e-1b2c-4d3e-8f90-a1b2c3d4e5f6', 3);
const OTHER = ownerOf('6f1f6a2e-1b2c-4d3e-8f90-a1b2c3d4e5f6', 4);
const view: DesiredBinding = { roleKey: 'view', namespace: null };
const edit: DesiredBinding = { roleKey: 'edit', namespace: 'team-a' };

const desired = fc.uniqueArray(
  fc.record({
    roleKey: fc.constantFrom('view', 'edit', 'cluster-admin'),
    namespace: fc.constantFrom(null, 'a', 'b'),
  }),
  { selector: (one) => JSON.stringify(one) },
);

describe('the bindings that Sallyport writes', () => {
  it('bind the group of a role and scope to the ClusterRole, and name their owner', () => {
    const labels = {
      'app.kubernetes.io/managed-by': 'sallyport',
      'app.kubernetes.io/instance': '6f1f6a2e-1b2c-4d3e-8f90-a1b2c3d4e5f6-3',
    };
    const { name } = bindingFor(view, OWNER).metadata;
    assert.match(name, /^sallyport:role:view:[0-9a-f]{8}$/);
    assert.deepEqual(bindingFor(view, OWNER), {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [
        { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'sallyport:role:view' },
      ],
    });
    const namespaced = bindingFor(edit, OWNER);
    assert.equal(namespaced.kind, 'RoleBinding');
    assert.equal(namespaced.metadata.namespace, 'team-a');
    assert.equal(namespaced.subjects[0]?.name, 'sallyport:role:edit:ns:team-a');
    assert.equal(
      objectPath(namespaced),
      `/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings/${encodeURIComponent(namespaced.metadata.name)}`,
    );
  });

  it('bear names and labels of their own for each owner, and label values that Kubernetes takes', () => {
    assert.notEqual(bindingFor(view, OWNER).metadata.name, bindingFor(view, OTHER).metadata.name);
    assert.notEqual(selectorOf(OWNER), selectorOf(OTHER));
    assert.ok(ownerOf('6f1f6a2e-1b2c-4d3e-8f90-a1b2c3d4e5f6', 2_147_483_647).length <= 63);
  });
});

describe('the plan', () => {
  const actions = (steps: Step[]) => steps.map(({ action }) => action);

  it('makes what is missing and removes what is not needed', () => {
    const steps = planBindings([view], [bindingFor(edit, OWNER)], OWNER);
    assert.deepEqual(actions(steps), ['create', 'delete']);
  });

  it('writes over other subjects, and makes anew what has another role', () => {
    const changed = { ...bindingFor(view, OWNER), subjects: [] };
    assert.deepEqual(actions(planBindings([view], [changed], OWNER)), ['update']);
    const roleRef = { ...bindingFor(view, OWNER).roleRef, name: 'admin' };
    const other = { ...bindingFor(view, OWNER), roleRef };
    assert.deepEqual(actions(planBindings([view], [other], OWNER)), ['replace']);
  });

  it('never touches what does not bear the labels of its owner', () => {
    const bare = { ...bindingFor(edit, OWNER), metadata: { name: 'x', namespace: 'team-a' } };
    const actual = [bare, bindingFor(edit, OTHER), bindingFor(view, OTHER)];
    assert.deepEqual(planBindings([], actual, OWNER), []);
    fc.assert(
      fc.property(desired, desired, (wanted, there) => {
        const foreign = there.map((one) => bindingFor(one, OTHER));
        for (const step of planBindings(wanted, foreign, OWNER)) {
          assert.equal(step.action, 'create');
        }
      }),
    );
  });

  it('comes to rest: what it leads to needs no further step', () => {
    fc.assert(
      fc.property(desired, desired, fc.nat(2), (wanted, there, spoil) => {
        const actual = there.map((one, index): Binding => {
          const binding = bindingFor(one, OWNER);
          return index % 3 === spoil ? { ...binding, subjects: [] } : binding;
        });
        const after = new Map(actual.map((one) => [objectPath(one), one]));
        for (const step of planBindings(wanted, actual, OWNER)) {
          if (step.action === 'delete') after.delete(objectPath(step.found));
          else after.set(objectPath(step.binding), step.binding);
        }
        assert.equal(after.size, wanted.length);
        assert.deepEqual(planBindings(wanted, [...after.values()], OWNER), []);
      }),
    );
  });

  it('tells a foreign object of the same name in words', () => {
    assert.equal(conflictWith(bindingFor(edit, OWNER), OWNER), undefined);
    const { name } = bindingFor(edit, OWNER).metadata;
    const bare = { ...bindingFor(edit, OWNER), metadata: { name, namespace: 'team-a' } };
    assert.match(
      conflictWith(bare, OWNER) ?? '',
      /^there is a RoleBinding sallyport:role:edit:\w+ in namespace team-a without Sallyport's labels/,
    );
  });
});

describe('whether a cluster has what a grant needs', () => {
  const grant = { roleKey: 'edit', namespaces: ['a', 'b', 'c', 'd'] };
  const wanted = new Set(['a', 'b', 'c', 'd'].map((ns) => `sallyport:role:edit:ns:${ns}`));
  const done = (problems: Array<[string, string]> = []) => ({
    state: 'done' as const,
    wanted,
    problems: new Map(problems),
    leftovers: [],
  });
  const of = (result: Parameters<typeof bindingState>[2]) => {
    const { state, message } = bindingState(1, grant, result);
    return [state, message];
  };

  it('is not known before the first try, nor before one that saw the grant', () => {
    assert.deepEqual(of(undefined), ['pending', 'The cluster has not been asked yet.']);
    assert.deepEqual(of({ ...done(), wanted: new Set() }), [
      'pending',
      'The binding is being made.',
    ]);
  });

  it('is so when nothing is in the way, and its owner’s business in external mode', () => {
    assert.deepEqual(of(done()), ['applied', null]);
    assert.deepEqual(of(done([['sallyport:role:view', 'other trouble']])), ['applied', null]);
    assert.deepEqual(of({ state: 'external' }), ['external', null]);
  });

  it('says what is in the way, the first few of many', () => {
    assert.deepEqual(of({ state: 'failed', message: 'the cluster is gone' }), [
      'pending',
      'The cluster is gone.',
    ]);
    const problems = [...wanted].map((group): [string, string] => [group, `no ${group.slice(-1)}`]);
    assert.deepEqual(of(done(problems)), ['pending', 'No a. No b. No c. And 1 more.']);
  });
});
