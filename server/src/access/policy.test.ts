import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Namespace, PrincipalName } from '@sallyport/contract';
import fc from 'fast-check';
import { identityOf } from './identity.ts';
import {
  desiredBindings,
  type EffectiveGrant,
  groupFor,
  resolve,
  teamGroup,
  userName,
} from './policy.ts';

const NOW = 1_000;
const HEADER_SAFE = /^[\x21-\x7e]+$/;

/** Names as the contract takes them, and anything else that might come by another way. */
const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._@+-]{0,20}[A-Za-z0-9])?$/),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom(
    'role',
    'ns',
    'team',
    'role:admin',
    'a:ns:b',
    'system:masters',
    'a%3Ans%3Ab',
    ':',
  ),
);
const namespace = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const scope = fc.oneof(fc.constant(null), namespace, name);
const grant: fc.Arbitrary<EffectiveGrant> = fc
  .record({
    role: fc.constantFrom('view', 'edit', 'admin'),
    namespaces: fc.oneof(
      fc.constant(null),
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }),
    ),
    expiresAt: fc.oneof(fc.constant(null), fc.integer({ min: NOW - 5, max: NOW + 5 })),
  })
  .map((one) => ({ ...one, roleKey: one.role }));

describe('the names that a cluster sees', () => {
  it('are those that bindings written by hand rely on', () => {
    assert.equal(userName('dana'), 'sallyport:dana');
    assert.equal(teamGroup('ops'), 'sallyport:team:ops');
    assert.equal(groupFor('edit', null), 'sallyport:role:edit');
    assert.equal(groupFor('edit', 'team-a'), 'sallyport:role:edit:ns:team-a');
  });

  it('are never those of the system, of another subject, or of another role or scope', () => {
    fc.assert(
      fc.property(name, scope, name, scope, name, (role, ns, otherRole, otherNs, team) => {
        const group = groupFor(role, ns);
        assert.equal(group === groupFor(otherRole, otherNs), role === otherRole && ns === otherNs);
        assert.notEqual(teamGroup(team), group);
        assert.equal(teamGroup(team) === teamGroup(role), team === role);
        assert.equal(userName(team) === userName(role), team === role);
        for (const made of [group, teamGroup(team), userName(team)]) {
          assert.match(made, /^sallyport:/);
          assert.match(made, HEADER_SAFE);
        }
      }),
    );
  });

  it('hold valid names as they are', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._@+-]{1,63}$/), (text) => {
        fc.pre(PrincipalName.safeParse(text).success);
        assert.equal(userName(text), `sallyport:${text}`);
        assert.equal(teamGroup(text), `sallyport:team:${text}`);
      }),
    );
    fc.assert(
      fc.property(namespace, (text) => {
        assert.ok(Namespace.safeParse(text).success);
        assert.equal(groupFor('view', text), `sallyport:role:view:ns:${text}`);
      }),
    );
  });

  it('say which kubeconfig it is', () => {
    const access = resolve(
      [{ role: 'edit', roleKey: 'edit', namespaces: ['a'], expiresAt: null }],
      'managed',
      NOW,
    );
    assert.ok(access);
    const person = { username: 'dana', uid: 'u-1', teams: ['ops', 'dev'], kubeconfigId: 7 };
    assert.deepEqual(identityOf(person, access), {
      user: 'sallyport:dana',
      uid: 'u-1',
      groups: ['sallyport:team:ops', 'sallyport:team:dev', 'sallyport:role:edit:ns:a'],
      extra: { 'sallyport/kubeconfig-id': ['7'] },
    });
  });
});

describe('what grants give together', () => {
  const of = (...grants: EffectiveGrant[]) => resolve(grants, 'managed', NOW);
  const everywhere = (role: string, expiresAt: number | null = null) => ({
    role,
    roleKey: role,
    namespaces: null,
    expiresAt,
  });
  const within = (role: string, namespaces: string[], expiresAt: number | null = null) => ({
    role,
    roleKey: role,
    namespaces,
    expiresAt,
  });

  it('is nothing without a grant, or when all have ended', () => {
    assert.equal(of(), undefined);
    assert.equal(of(everywhere('view', NOW)), undefined);
    assert.equal(of(everywhere('view', NOW - 1), within('edit', ['a'], 1)), undefined);
  });

  it('is one entry a role and end, with the namespaces of all grants', () => {
    const access = of(within('edit', ['b', 'a']), within('edit', ['c', 'a']), everywhere('view'));
    assert.deepEqual(access, {
      entries: [
        { role: 'edit', namespaces: ['a', 'b', 'c'], expiresAt: null },
        { role: 'view', namespaces: null, expiresAt: null },
      ],
      groups: [
        'sallyport:role:edit:ns:a',
        'sallyport:role:edit:ns:b',
        'sallyport:role:edit:ns:c',
        'sallyport:role:view',
      ],
      validUntil: null,
    });
  });

  it('lasts as long as the longest grant of it', () => {
    const access = of(within('edit', ['a'], NOW + 1), within('edit', ['a', 'b'], NOW + 9));
    assert.deepEqual(access?.entries, [
      { role: 'edit', namespaces: ['a', 'b'], expiresAt: NOW + 9 },
    ]);
    assert.equal(access?.validUntil, NOW + 9);
  });

  it('does not name a namespace where the whole cluster is given for as long', () => {
    assert.deepEqual(of(everywhere('edit', 2_000), within('edit', ['a'], 1_500))?.groups, [
      'sallyport:role:edit',
    ]);
    const longer = of(everywhere('edit', 1_500), within('edit', ['a'], 2_000));
    assert.deepEqual(longer?.groups, ['sallyport:role:edit', 'sallyport:role:edit:ns:a']);
    assert.equal(longer?.validUntil, 1_500);
  });

  it('is entry without groups in an external environment', () => {
    const access = resolve([everywhere('admin')], 'external', NOW);
    assert.equal(access?.entries.length, 1);
    assert.deepEqual(access?.groups, []);
  });

  it('is what a grant gives at the moment, no more and no less, until validUntil', () => {
    const gives = (grants: EffectiveGrant[], role: string, ns: string, at: number) =>
      grants.some(
        (one) =>
          one.role === role &&
          (one.namespaces === null || one.namespaces.includes(ns)) &&
          (one.expiresAt === null || one.expiresAt > at),
      );
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 6 }), fc.nat(4), (grants, later) => {
        const access = resolve(grants, 'managed', NOW);
        const at = Math.min(NOW + later, (access?.validUntil ?? Infinity) - 1);
        for (const role of ['view', 'edit', 'admin']) {
          for (const ns of ['a', 'b', 'c', 'd']) {
            const groups = access?.groups ?? [];
            const given =
              groups.includes(groupFor(role, null)) || groups.includes(groupFor(role, ns));
            assert.equal(given, gives(grants, role, ns, at), `${role} in ${ns}`);
          }
        }
        assert.equal(new Set(access?.groups).size, access?.groups.length ?? 0);
      }),
    );
  });

  it('needs a binding for each group that anybody carries, and none beside', () => {
    fc.assert(
      fc.property(fc.array(fc.array(grant, { maxLength: 3 }), { maxLength: 3 }), (people) => {
        const bound = desiredBindings(people.flat(), NOW).map(({ roleKey, namespace }) =>
          groupFor(roleKey, namespace),
        );
        const carried = people.flatMap((grants) => resolve(grants, 'managed', NOW)?.groups ?? []);
        for (const group of carried) assert.ok(bound.includes(group));
        assert.equal(new Set(bound).size, bound.length);
        const alone = people.flat().flatMap((one) => resolve([one], 'managed', NOW)?.groups ?? []);
        assert.deepEqual(new Set(bound), new Set(alone));
      }),
    );
  });
});
