import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { matchesLabels, parseSelector } from '@sallyport/contract';
import { type Lab, useLab } from '@sallyport/lab';
import fc from 'fast-check';
import { eventually, silent } from '../environments/testing.ts';
import { createNamespaces } from './namespaces.ts';
import { createAccess } from './resolve.ts';
import { openTestSallyport, type TestSallyport } from './testing.ts';

describe('grants by the labels of namespaces, on a real cluster', () => {
  let lab: Lab;
  let sallyport: TestSallyport;
  let access: ReturnType<typeof createAccess>;
  let environmentId: number;
  const run = randomBytes(3).toString('hex');
  const label = `team-${run}`;
  const one = `one-${run}`;
  const two = `two-${run}`;

  before(async () => {
    lab = await useLab({ pods: 'off' });
    sallyport = await openTestSallyport();
    const { store, namespaces } = sallyport;
    access = createAccess({ store, namespaces });
    environmentId = await sallyport.register(lab);
    for (const name of [one, two]) {
      await lab.call('POST', '/api/v1/namespaces', { metadata: { name } });
    }
  });
  after(async () => {
    if (sallyport) {
      for (const name of [one, two]) await lab.call('DELETE', `/api/v1/namespaces/${name}`);
      for (const id of sallyport.environments.ids()) await sallyport.environments.remove(id);
      access.stop();
      await sallyport.close();
    }
    await lab?.stop();
  });

  /** Sets the label of this run; null: takes it away. */
  async function setLabel(name: string, value: string | null): Promise<void> {
    const path = `/api/v1/namespaces/${name}`;
    const { metadata, ...rest } = (await lab.call('GET', path)).body as {
      metadata: { labels: Record<string, string> };
    };
    const { [label]: _, ...labels } = metadata.labels;
    if (value !== null) labels[label] = value;
    const { status } = await lab.call('PUT', path, { ...rest, metadata: { ...metadata, labels } });
    assert.equal(status, 200);
  }
  const create = (extra: object = {}) =>
    sallyport.grants.create(
      {
        ...{ userId: sallyport.userId, environmentIds: [environmentId], role: 'edit' },
        ...{ namespaceSelector: `${label} in (a,b)`, ...extra },
      },
      null,
    );
  const groups = async () =>
    (await access.resolve(sallyport.userId, environmentId))?.groups.map((group) =>
      group.replace('sallyport:role:edit:ns:', ''),
    );
  /** The namespaces in which the cluster has a binding for the group of the grant. */
  async function bound(): Promise<string[]> {
    const found: string[] = [];
    for (const name of [one, two]) {
      const { body } = await lab.call(
        'GET',
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}/rolebindings`,
      );
      const { items } = body as { items: Array<{ subjects?: Array<{ name: string }> }> };
      const group = `sallyport:role:edit:ns:${name}`;
      if (items.some(({ subjects }) => subjects?.some((subject) => subject.name === group))) {
        found.push(name);
      }
    }
    return found;
  }

  it('reach a namespace once it is labelled, and no longer than it is', async () => {
    const grant = await create();
    assert.deepEqual(grant.bindings, [
      { environmentId, state: 'applied', message: 'No namespace has such labels now.' },
    ]);
    assert.deepEqual(await groups(), []);

    await setLabel(two, 'b');
    assert.deepEqual(await eventually(groups, (now) => now?.length === 1), [two]);
    assert.deepEqual(await eventually(bound, (now) => now.length === 1), [two]);
    await setLabel(one, 'a');
    assert.deepEqual(await eventually(groups, (now) => now?.length === 2), [one, two]);
    assert.deepEqual(await eventually(bound, (now) => now.length === 2), [one, two]);
    const shown = await eventually(
      () => sallyport.grants.get(grant.id),
      ({ bindings }) => bindings[0]?.state === 'applied',
    );
    assert.deepEqual(shown.bindings, [{ environmentId, state: 'applied', message: null }]);

    await setLabel(two, 'c');
    assert.deepEqual(await eventually(groups, (now) => now?.length === 1), [one]);
    assert.deepEqual(await eventually(bound, (now) => now.length === 1), [one]);
    await setLabel(one, null);
    assert.deepEqual(await eventually(groups, (now) => now?.length === 0), []);
    assert.deepEqual(await eventually(bound, (now) => now.length === 0), []);
    await setLabel(one, 'a');
    await eventually(groups, (now) => now?.length === 1);
    await sallyport.grants.delete(grant.id);
    assert.equal(await access.resolve(sallyport.userId, environmentId), undefined);
    assert.deepEqual(await bound(), []);
  });

  it('have their bindings when they are answered, and show beforehand what they mean', async () => {
    await setLabel(one, 'a');
    await setLabel(two, null);
    const reach = { environmentIds: [environmentId], namespaceSelector: `${label} in (a,b)` };
    const preview = await sallyport.grants.preview(reach);
    assert.deepEqual(preview.environments.items[0]?.namespaces, [one]);
    const grant = await create();
    assert.deepEqual(grant.bindings, [{ environmentId, state: 'applied', message: null }]);
    assert.deepEqual(await bound(), [one]);
    assert.deepEqual(await groups(), [one]);
    await sallyport.grants.delete(grant.id);
  });

  it('go on over the ends of watches, and miss nothing in between', async () => {
    const { store, environments } = sallyport;
    const grant = await create();
    const often = createNamespaces({
      ...{ store, kube: environments.kube, logger: silent },
      watchSeconds: 1,
    });
    often.start();
    const matching = () => often.matching(environmentId, `${label} in (a,b)`) ?? [];
    try {
      await often.ready(environmentId);
      for (let round = 0; round < 6; round += 1) {
        await setLabel(two, round % 2 === 0 ? 'a' : null);
        const wanted = round % 2 === 0 ? [one, two] : [one];
        assert.deepEqual(
          await eventually(matching, ({ length }) => length === wanted.length),
          wanted,
        );
        // Somewhere inside of a watch, at its end, or between two.
        await new Promise((resolve) => setTimeout(resolve, 370));
      }
    } finally {
      await often.stop();
      await sallyport.grants.delete(grant.id);
    }
  });

  it('give nothing where the credential may not see namespaces, and say what it lacks', async () => {
    const name = `blind-${run}`;
    await lab.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterrolebindings', 'rolebindings'],
          verbs: ['list', 'create', 'update', 'delete'],
        },
      ],
    });
    const token = await lab.serviceAccountToken(name, { clusterRole: name });
    const id = await sallyport.register(lab, 'managed', lab.tokenKubeconfig(token));
    const grant = await create({ environmentIds: [id] });
    assert.equal(grant.bindings[0]?.state, 'pending');
    assert.match(
      grant.bindings[0]?.message ?? '',
      /^It is not known which namespaces match: Sallyport's credential may not list namespaces, .* give it the verbs list and watch/,
    );
    assert.deepEqual((await access.resolve(sallyport.userId, id))?.groups, []);
    await sallyport.grants.delete(grant.id);
  });

  it('choose as the API server itself does, whatever the selector', async () => {
    const sets: ReadonlyArray<Record<string, string>> = [
      {},
      { a: '1' },
      { a: '2', b: '' },
      { a: '10', 'x/y': 'z' },
      { b: 'in', notin: 'a' },
    ];
    const names = sets.map((_, index) => `labels-${run}-${index}`);
    for (const [index, labels] of sets.entries()) {
      const metadata = { name: names[index], labels: { ...labels, run } };
      await lab.call('POST', '/api/v1/namespaces/default/configmaps', { metadata });
    }
    const word = fc.constantFrom(
      'a',
      'b',
      'x/y',
      'in',
      'notin',
      '1',
      '2',
      '10',
      'z',
      'c',
      '-',
      '"',
    );
    const symbol = fc.constantFrom(
      '=',
      '==',
      '!=',
      ' in ',
      ' notin ',
      '!',
      ',',
      '(',
      ')',
      '>',
      '<',
      ' ',
    );
    const part = fc.oneof(
      fc.tuple(word, fc.constantFrom('=', '!=', '==', '>', '<'), word).map((p) => p.join('')),
      fc
        .tuple(
          word,
          fc.constantFrom('in', 'notin'),
          fc.array(fc.oneof(word, fc.constant('')), { maxLength: 3 }),
        )
        .map(([key, operator, values]) => `${key} ${operator} (${values})`),
      word.map((key) => `!${key}`),
      word,
      fc.array(fc.oneof(word, symbol), { maxLength: 6 }).map((p) => p.join('')),
    );
    const selector = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
    try {
      await fc.assert(
        fc.asyncProperty(selector, async (text) => {
          const query = new URLSearchParams({ labelSelector: `run=${run},${text}` });
          const { status, body } = await lab.call(
            'GET',
            `/api/v1/namespaces/default/configmaps?${query}`,
          );
          const ours = parseSelector(`run=${run},${text}`);
          assert.equal(status, ours.selector ? 200 : 400, `${text}: ${JSON.stringify(ours)}`);
          if (!ours.selector) return;
          const { items } = body as { items: Array<{ metadata: { name: string } }> };
          const theirs = items.map(({ metadata }) => metadata.name).sort();
          const chosen = sets.flatMap((labels, index) =>
            matchesLabels(ours.selector, { ...labels, run }) ? names[index] : [],
          );
          assert.deepEqual(chosen, theirs, text);
        }),
        { numRuns: 300 },
      );
    } finally {
      for (const name of names) {
        await lab.call('DELETE', `/api/v1/namespaces/default/configmaps/${name}`);
      }
    }
  });
});
