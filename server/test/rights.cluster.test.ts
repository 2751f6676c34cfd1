/**
 * The table of rights: for people with all kinds of grants, each verb on each kind of object in each
 * namespace is worked out here from the rules of their roles, and asked of the cluster itself as the
 * identity that the proxy sends. What the access explorer says of the same people is held against the
 * same answers.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { AccessRight, RoleRule } from '@sallyport/contract';
import { type Lab, useLab } from '@sallyport/lab';
import { createExplorer, type Explorer } from '../src/access/explorer.ts';
import { identityOf } from '../src/access/identity.ts';
import { createAccess } from '../src/access/resolve.ts';
import { createRoles } from '../src/access/roles.ts';
import { covers } from '../src/access/rules/covers.ts';
import { openTestSallyport, type TestSallyport } from '../src/access/testing.ts';
import { mayDo } from '../src/environments/permissions.ts';
import { createLimit } from '../src/limit.ts';
import { addTeam, addUser } from '../src/store/testRows.ts';

const RUN = randomBytes(3).toString('hex');
const [MINE, THEIRS] = [`rights-a-${RUN}`, `rights-b-${RUN}`];
/** Reviews that are under way at once. */
const AT_ONCE = 16;

const CUSTOM: Readonly<Record<string, readonly RoleRule[]>> = {
  readers: [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] }],
  wild: [
    { apiGroups: ['apps'], resources: ['*'], verbs: ['get', 'patch'] },
    { apiGroups: ['*'], resources: ['*/scale'], verbs: ['*'] },
  ],
  named: [
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['mine'],
      verbs: ['get', 'update'],
    },
    { nonResourceURLs: ['/metrics'], verbs: ['get'] },
  ],
  clusterwide: [
    { apiGroups: [''], resources: ['nodes', 'namespaces'], verbs: ['get', 'list'] },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['get'] },
  ],
};

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const RESOURCES: ReadonlyArray<readonly [group: string, resource: string, name?: string]> = [
  ['', 'pods'],
  ['', 'pods/log'],
  ['', 'pods/exec'],
  ['', 'configmaps'],
  ['', 'configmaps', 'mine'],
  ['', 'configmaps', 'other'],
  ['', 'secrets'],
  ['', 'nodes'],
  ['', 'namespaces'],
  ['apps', 'deployments'],
  ['apps', 'deployments/scale'],
  ['rbac.authorization.k8s.io', 'rolebindings'],
  ['rbac.authorization.k8s.io', 'clusterroles'],
  ['example.com', 'widgets'],
];

interface Given {
  readonly role: string;
  readonly namespaces: readonly string[] | null;
  readonly by?: 'team';
  /** By label instead; `namespaces` are those that have it. */
  readonly selector?: string;
}
/** Who has what; each role in each scope, alone and together with others. */
const PEOPLE: ReadonlyArray<readonly Given[]> = [
  ...['view', 'edit', 'admin', 'cluster-admin', ...Object.keys(CUSTOM)].flatMap((role) => [
    [{ role, namespaces: null }],
    [{ role, namespaces: [MINE] }],
  ]),
  [
    { role: 'view', namespaces: null },
    { role: 'edit', namespaces: [MINE] },
    { role: 'readers', namespaces: [THEIRS], by: 'team' as const },
  ],
  [
    { role: 'named', namespaces: [MINE, THEIRS] },
    { role: 'clusterwide', namespaces: null, by: 'team' as const },
  ],
  [{ role: 'edit', namespaces: [MINE], selector: `rights=${RUN}` }],
  [
    {
      role: 'readers',
      namespaces: [MINE],
      selector: `rights in (${RUN},other)`,
      by: 'team' as const,
    },
    { role: 'named', namespaces: [THEIRS] },
    { role: 'admin', namespaces: [], selector: `rights=other-${RUN}` },
  ],
];

describe('the rights that grants give, held against the cluster', () => {
  let lab: Lab;
  let sallyport: TestSallyport;
  let environmentId: number;
  let access: ReturnType<typeof createAccess>;
  let explorer: Explorer;
  const rulesOf = new Map<string, readonly RoleRule[]>();

  before(async () => {
    lab = await useLab({ pods: 'off' });
    sallyport = await openTestSallyport();
    environmentId = await sallyport.register(lab);
    const { store, reconciler, namespaces } = sallyport;
    access = createAccess({ store, namespaces });
    explorer = createExplorer({ ...{ store, access, namespaces }, grants: sallyport.grants });
    for (const name of [MINE, THEIRS]) {
      const labels = name === MINE ? { rights: RUN } : {};
      await lab.call('POST', '/api/v1/namespaces', { metadata: { name, labels } });
    }
    const roles = createRoles({ store, reconciler });
    for (const [name, rules] of Object.entries(CUSTOM)) {
      await roles.create({ name, description: '', rules: [...rules] });
      rulesOf.set(name, rules);
    }
    for (const name of ['view', 'edit', 'admin', 'cluster-admin']) {
      const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
      const { body } = await lab.call('GET', path);
      rulesOf.set(name, (body as { rules: RoleRule[] }).rules);
    }
  });
  after(async () => {
    access?.stop();
    if (sallyport) {
      for (const id of sallyport.environments.ids()) await sallyport.environments.remove(id);
      await sallyport.close();
    }
    for (const name of [MINE, THEIRS]) await lab?.call('DELETE', `/api/v1/namespaces/${name}`);
    await lab?.stop();
  });

  /** Whether rules allow it for an object of that name; without one, for every object. */
  function allows(
    rules: readonly RoleRule[],
    verb: string,
    group: string,
    resource: string,
    name?: string,
  ) {
    return rules.some(
      (rule) =>
        covers(rule, { verb, group, resource }) &&
        (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name))),
    );
  }

  /** Whether a right, as the explorer tells of it, holds in a namespace; without one: everywhere. */
  function reaches({ namespaces }: AccessRight, namespace: string | undefined): boolean {
    return namespaces === null || (namespace !== undefined && namespaces.includes(namespace));
  }

  for (const [index, given] of PEOPLE.entries()) {
    const words = given
      .map(({ role, namespaces, selector }) => {
        const how = selector === undefined ? '' : ' by label';
        return `${role} in ${namespaces?.length ?? 'all'} namespaces${how}`;
      })
      .join(' and ');
    it(`are for ${words} what the rules say, by verb, kind and namespace`, async () => {
      const { store, grants, environments } = sallyport;
      const username = `person-${index}`;
      const userId = await addUser(store, username);
      const teamId = await addTeam(store, `team-${index}`, [userId]);
      for (const { role, namespaces, by, selector } of given) {
        const granted = await grants.create(
          {
            ...(by === 'team' ? { teamId } : { userId }),
            ...{ environmentIds: [environmentId], role },
            ...(selector === undefined
              ? { namespaces: namespaces && [...namespaces] }
              : { namespaceSelector: selector }),
          },
          null,
        );
        assert.equal(granted.bindings[0]?.state, 'applied');
      }
      const answer = await access.resolve(userId, environmentId);
      assert.ok(answer);
      const person = { username, uid: `uid-${index}`, teams: [`team-${index}`], kubeconfigId: 1 };
      const as = identityOf(person, answer);
      const page = { environmentId, limit: 1, offset: 0 };
      const [explained] = (await explorer.person(userId, page)).items;
      assert.deepEqual(explained?.identity, { user: as.user, groups: [...as.groups] });
      const rights = explained?.rights.filter(({ state }) => state === 'in-force') ?? [];
      const kube = environments.kube(environmentId);
      assert.ok(kube);
      const limit = createLimit(AT_ONCE);
      const wrong: string[] = [];
      await Promise.all(
        [undefined, MINE, THEIRS].flatMap((namespace) =>
          RESOURCES.flatMap(([group, written, name]) =>
            VERBS.map((verb) =>
              limit(async () => {
                const expected = given.some(
                  ({ role, namespaces }) =>
                    (namespaces === null ||
                      (namespace !== undefined && namespaces.includes(namespace))) &&
                    allows(rulesOf.get(role) ?? [], verb, group, written, name),
                );
                const [resource = '', subresource] = written.split('/', 2);
                const asked = {
                  ...{ verb, group, resource },
                  ...(subresource === undefined ? {} : { subresource }),
                  ...(name === undefined ? {} : { name }),
                  ...(namespace === undefined ? {} : { namespace }),
                };
                const allowed = await mayDo(kube, asked, as);
                const said = rights.some(
                  (right) =>
                    reaches(right, namespace) &&
                    allows(rulesOf.get(right.role) ?? [], verb, group, written, name),
                );
                if (allowed !== expected || said !== expected) {
                  wrong.push(`${allowed}, explained ${said}: ${JSON.stringify(asked)}`);
                }
              }),
            ),
          ),
        ),
      );
      assert.deepEqual(wrong, []);
    });
  }

  it('are explained for a namespace by naming exactly those whom the cluster lets in', async () => {
    const { environments, store } = sallyport;
    const kube = environments.kube(environmentId);
    assert.ok(kube);
    const people = await store.db.selectFrom('users').select(['id', 'username']).execute();
    for (const name of [MINE, THEIRS]) {
      const page = { environmentId, limit: 1, offset: 0 };
      const [explained] = (await explorer.namespace(name, page)).items;
      const said = new Map(explained?.people.map((one) => [one.person.id, one.rights]));
      for (const { id, username } of people) {
        const answer = await access.resolve(id, environmentId);
        if (!answer) continue;
        const person = { username, uid: `${id}`, teams: [], kubeconfigId: 1 };
        const asked = { verb: 'get', group: '', resource: 'pods', namespace: name };
        const allowed = await mayDo(kube, asked, identityOf(person, answer));
        const rights = (said.get(id) ?? []).filter(({ state }) => state === 'in-force');
        const may = rights.some(
          (right) =>
            reaches(right, name) && allows(rulesOf.get(right.role) ?? [], 'get', '', 'pods'),
        );
        assert.equal(may, allowed, `${username} in ${name}`);
      }
    }
  });
});
