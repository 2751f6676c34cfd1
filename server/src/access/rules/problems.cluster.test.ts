import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RoleRule } from '@sallyport/contract';
import { type Lab, useLab } from '@sallyport/lab';
import fc from 'fast-check';
import { ruleProblems } from './problems.ts';

const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All';

const list = (...words: string[]) => fc.array(fc.constantFrom(...words), { maxLength: 2 });
const anyRule: fc.Arbitrary<RoleRule> = fc.record(
  {
    apiGroups: list('', 'apps', '*', 'apps/v1'),
    resources: list('pods', 'pods/log', '*', '', 'Pods'),
    resourceNames: list('a', '*', ''),
    verbs: list('get', '*', 'GET', ''),
    nonResourceURLs: list('/metrics', '*', 'x', '/a*b'),
  },
  { requiredKeys: ['verbs'] },
);

describe('whether rules are possible, held against the API server', () => {
  let lab: Lab;
  before(async () => {
    lab = await useLab({ pods: 'off' });
  });
  after(() => lab?.stop());

  it('is answered as it answers a dry run, field by field', async () => {
    const drawn = fc.sample(fc.array(anyRule, { minLength: 1, maxLength: 3 }), 250);
    await Promise.all(
      drawn.map(async (rules) => {
        const { status, body } = await lab.call('POST', CLUSTER_ROLES, {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { generateName: 'sallyport-rules-' },
          rules,
        });
        const causes =
          (body as { details?: { causes?: Array<{ field: string }> } }).details?.causes ?? [];
        const theirs = causes.map(({ field }) => field).sort();
        const ours = ruleProblems(rules)
          .map(({ rule, field }) => `rules[${rule}].${field}`)
          .sort();
        assert.equal(status, theirs.length === 0 ? 201 : 422, JSON.stringify(body));
        assert.deepEqual(ours, theirs, JSON.stringify(rules));
      }),
    );
  });
});
