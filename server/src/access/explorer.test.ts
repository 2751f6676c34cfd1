import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { addEnvironment, addTeam, addUser } from '../store/testRows.ts';
import { createExplorer } from './explorer.ts';
import { namespaceText, personText } from './explorerText.ts';
import { createGrants } from './grants.ts';
import { createAccess } from './resolve.ts';
import { knownNamespaces } from './testNamespaces.ts';

const PAGE = { limit: 50, offset: 0 };
const NOW = Date.parse('2026-11-22T12:00:00Z');

describeOnStores('the access explorer', (open) => {
  /** Dana and Eve are in ops, Eve is disabled; Frank has a grant of his own that ends. */
  async function scene() {
    const store = await open();
    const [dana, eve] = [await addUser(store, 'dana'), await addUser(store, 'eve')];
    const frank = await addUser(store, 'frank');
    const ops = await addTeam(store, 'ops', [dana, eve]);
    const production = await addEnvironment(store, 'production');
    const staging = await addEnvironment(store, 'staging', 'external');
    await store.write(async (tx, changed) => {
      await tx.updateTable('users').set({ disabled: 1 }).where('id', '=', eve).execute();
      changed('users');
    });
    let clock = NOW;
    const now = () => clock;
    const namespaces = knownNamespaces();
    const access = createAccess({ store, namespaces, now });
    const grants = createGrants({
      store,
      namespaces,
      now,
      kube: () => undefined,
      reconciler: {
        reconcile: async () => ({ state: 'external' }),
        result: () => ({
          state: 'done',
          wanted: new Set(
            ['edit:ns:pay', 'edit:ns:pay-eu', 'view'].map((g) => `sallyport:role:${g}`),
          ),
          problems: new Map(),
          leftovers: [],
        }),
      },
    });
    const environmentIds = [production];
    const selecting = { namespaceSelector: 'team=payments' };
    const made = [
      await grants.create(
        { teamId: ops, environmentIds, role: 'edit', ...selecting, note: 'on\ncall' },
        null,
      ),
      await grants.create({ userId: dana, allEnvironments: true, role: 'view' }, null),
      await grants.create(
        {
          ...{ userId: frank, environmentIds, role: 'admin', namespaces: ['pay', 'web'] },
          expiresAt: '2026-11-22T13:00:00Z',
        },
        null,
      ),
    ].map(({ id }) => id);
    namespaces.know(production, 'team=payments', ['pay', 'pay-eu']);
    const explorer = createExplorer({ store, access, namespaces, grants, now });
    const wait = (ms: number) => {
      clock += ms;
    };
    return { explorer, access, namespaces, wait, dana, eve, frank, production, staging, made };
  }

  it('says what a person can do: by which grant, where, until when, and whom the cluster sees', async () => {
    const { explorer, dana, production, made } = await scene();
    const { items, total, person } = await explorer.person(dana, {
      ...PAGE,
      environmentId: production,
    });
    assert.deepEqual(person, { id: dana, username: 'dana', disabled: false, teams: ['ops'] });
    assert.equal(total, 1);
    const [item] = items;
    assert.equal(item?.mayEnter, true);
    assert.deepEqual(item?.identity, {
      user: 'sallyport:dana',
      groups: [
        'sallyport:team:ops',
        'sallyport:role:edit:ns:pay',
        'sallyport:role:edit:ns:pay-eu',
        'sallyport:role:view',
      ],
    });
    assert.deepEqual(
      item?.rights.map(({ meaning: _, ...right }) => right),
      [
        {
          ...{ grantId: made[0], role: 'edit', team: 'ops', namespaces: ['pay', 'pay-eu'] },
          ...{ namespaceSelector: 'team=payments', expiresAt: null, note: 'on\ncall' },
          ...{ state: 'in-force', why: null },
        },
        {
          ...{ grantId: made[1], role: 'view', team: null, namespaces: null },
          ...{ namespaceSelector: null, expiresAt: null, note: '', state: 'in-force', why: null },
        },
      ],
    );
    assert.match(item?.rights[0]?.meaning ?? '', /^Change most objects/);
  });

  it('agrees with what the proxy is told, whatever has happened', async () => {
    const { explorer, access, namespaces, wait, dana, eve, frank, production, staging } =
      await scene();
    const agrees = async () => {
      for (const user of [dana, eve, frank]) {
        for (const environmentId of [production, staging]) {
          const given = await access.resolve(user, environmentId);
          const [item] = (await explorer.person(user, { ...PAGE, environmentId })).items;
          assert.equal(item?.mayEnter, given !== undefined);
          const roles = item?.identity?.groups.filter((group) => group.includes(':role:'));
          assert.deepEqual(roles, given && [...given.groups]);
          const holding = item?.rights.some(({ state }) =>
            ['in-force', 'external', 'no-namespace', 'unknown'].includes(state),
          );
          assert.equal(holding, given !== undefined);
        }
      }
    };
    await agrees();
    namespaces.know(production, 'team=payments', []);
    await agrees();
    wait(3_600_000);
    await agrees();
  });

  it('says who can reach a namespace, and who is named and cannot', async () => {
    const { explorer, namespaces, production } = await scene();
    const who = async (name: string) => {
      const { items } = await explorer.namespace(name, { ...PAGE, environmentId: production });
      return items[0]?.people.map(({ person, mayReach, rights }) => [
        person.username,
        mayReach,
        rights.map(({ role, state }) => `${role} ${state}`),
      ]);
    };
    assert.deepEqual(await who('pay'), [
      ['dana', true, ['edit in-force', 'view in-force']],
      ['eve', false, ['edit disabled']],
      ['frank', true, ['admin in-force']],
    ]);
    assert.deepEqual(await who('web'), [
      ['dana', true, ['view in-force']],
      ['frank', true, ['admin in-force']],
    ]);
    assert.deepEqual(await who('other'), [['dana', true, ['view in-force']]]);
    namespaces.know(production, 'team=payments', ['other']);
    assert.deepEqual(await who('pay'), [
      ['dana', true, ['view in-force']],
      ['frank', true, ['admin in-force']],
    ]);
  });

  it('is a text that an auditor can read', async () => {
    const { explorer, wait, dana, eve, frank, made } = await scene();
    const [first, second, third] = made;
    const edit = 'Change most objects and read Secrets, but see no roles or role bindings.';
    const view = 'See most objects, but no Secrets, roles or role bindings.';
    assert.equal(
      personText(await explorer.person(dana, PAGE)),
      `What dana can do
As of 2026-11-22 12:00 UTC, by the rules that Sallyport applies to each request.

dana is in the team ops.
They may enter 2 of the 2 environments below.

== In production ==
dana may enter.
The cluster sees user sallyport:dana
in the groups
  - sallyport:team:ops
  - sallyport:role:edit:ns:pay
  - sallyport:role:edit:ns:pay-eu
  - sallyport:role:view

In force:
  - edit in namespaces with the labels team=payments, now pay, pay-eu
      Grant ${first}, through team ops, without an end.
      ${edit}
      Note: on call
  - view in the whole cluster
      Grant ${second}, to the person, without an end.
      ${view}

== In staging ==
dana may enter.
What they may do inside is decided by the cluster's owner, who binds the names below.
The cluster sees user sallyport:dana
in the groups
  - sallyport:team:ops

In force:
  - view in the whole cluster
      Grant ${second}, to the person, without an end.
      ${view}
      The cluster's owner decides what they may do inside.
`,
    );
    assert.match(
      personText(await explorer.person(eve, PAGE)),
      /eve is disabled and in the team ops\.\nThey may enter 0 of the 1 environment below\.\n\n== In production ==\neve may not enter: they are disabled\.\n\nNot in force:\n/,
    );
    assert.match(
      namespaceText(await explorer.namespace('web', PAGE)),
      /^Who can reach namespace web\n.*\n\n== In production ==\n2 people can reach it:\n\ndana is in the team ops\.\n {2}- view in the whole cluster\n.*\n.*\n\nfrank is in no team\.\n {2}- admin in the namespaces pay, web\n {6}Grant \d+, to the person, until 2026-11-22 13:00 UTC\.\n {6}.*\n {6}The cluster does not have it yet: The binding is being made\.\n\n== In staging ==\n/,
    );
    wait(3_600_000);
    const later = await explorer.person(frank, PAGE);
    assert.match(
      personText(later),
      new RegExp(`Not in force:\\n.*\\n.*Grant ${third}, .*\\n.*\\n.*The grant has ended\\.\\n`),
    );
    assert.match(
      namespaceText(await explorer.namespace('web', PAGE)),
      /Named by a grant, and yet without access:\n\nfrank is in no team\./,
    );
  });

  it('knows no one and nothing that is not there', async () => {
    const { explorer, dana } = await scene();
    await assert.rejects(explorer.person(99, PAGE), { code: 'user.not_found' });
    const elsewhere = { ...PAGE, environmentId: 99 };
    await assert.rejects(explorer.person(dana, elsewhere), { code: 'environment.not_found' });
    await assert.rejects(explorer.namespace('a', elsewhere), { code: 'environment.not_found' });
  });
});
