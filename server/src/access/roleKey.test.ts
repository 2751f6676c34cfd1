import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RoleRule } from '@sallyport/contract';
import fc from 'fast-check';
import { clusterRoleOf, groupFor } from './policy.ts';
import { canonicalRules, customRoleKey, isCustomKey } from './roleKey.ts';

const words = fc.array(fc.constantFrom('', 'a', 'b', 'c', '*'), { maxLength: 3 });
const rule: fc.Arbitrary<RoleRule> = fc.record(
  { apiGroups: words, resources: words, resourceNames: words, verbs: words },
  { requiredKeys: ['verbs'] },
);

/** What rules say, as RBAC reads them: sets of sets, an absent list as an empty one. */
function meaning(rules: readonly RoleRule[]): string {
  const set = (list: readonly string[] | undefined) => [...new Set(list ?? [])].sort();
  return JSON.stringify(
    [
      ...new Set(
        rules.map((one) =>
          JSON.stringify([
            set(one.apiGroups),
            set(one.resources),
            set(one.resourceNames),
            set(one.verbs),
          ]),
        ),
      ),
    ].sort(),
  );
}

describe('the key of a custom role', () => {
  it('is the same for the same rules in another order, and for no others', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.array(rule, { maxLength: 4 }), (a, b) => {
        assert.equal(customRoleKey(a) === customRoleKey(b), meaning(a) === meaning(b));
        const shuffled = a.toReversed().map((one) => ({ ...one, verbs: one.verbs.toReversed() }));
        assert.equal(customRoleKey(shuffled), customRoleKey(a));
        assert.equal(meaning(canonicalRules(a)), meaning(a));
      }),
    );
  });

  it('stays what it was: clusters and bindings written by hand know it', () => {
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['list', 'get'] };
    const key = customRoleKey([pods]);
    assert.equal(key, 'custom:33091d6dbf97e5e1c9757d5bd59a87b87afccbfb');
    assert.equal(groupFor(key, null), `sallyport:role:${key}`);
    assert.equal(groupFor(key, 'team-a'), `sallyport:role:${key}:ns:team-a`);
    assert.equal(clusterRoleOf(key), `sallyport:${key}`);
  });

  it('is known from every name that a built-in role can have', () => {
    assert.ok(isCustomKey(customRoleKey([])));
    for (const name of ['view', 'custom', 'custom:', `custom:${'g'.repeat(40)}`]) {
      assert.equal(isCustomKey(name), false, name);
      assert.match(groupFor(name, null), /^sallyport:role:[^:]+$/);
    }
  });
});
