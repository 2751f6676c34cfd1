/**
 * What somebody sees of a cluster's namespaces whose grants are for some of them, by the real
 * program and the real kubectl: just theirs, in every format, and never a word of another one.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { EXTRA_KEYS } from '../src/environments/impersonated.ts';
import { eventually } from '../src/environments/testing.ts';
import { jsonReview, PROTOBUF, protobufReview } from '../src/proxy/testReviews.ts';
import { type Bench, says, startBench } from './bench.ts';

const run = randomBytes(3).toString('hex');
const pay = `pay-${run}`;
const shop = `shop-${run}`;
/** Nobody's; its label and annotation must not be seen either. */
const hidden = `hidden-${run}`;
const SECRETS = [hidden, 'kube-system', 'default', `mark-${run}`];
const LIST = '/api/v1/namespaces';
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const JSON_REVIEW = { 'content-type': 'application/json' };
const ATTRIBUTES = { verb: 'list', version: 'v1', resource: 'namespaces' };
const LISTS = jsonReview(ATTRIBUTES, { allowed: false });

let bench: Bench;
let environmentId: number;
let devId: number;
let devPerson: Person;
let dev: string;
let token: string;
let grantId: number;
let admin: string;

/** Asks with the token of the developer. */
async function ask(path: string, headers: Record<string, string> = {}, body?: string | Buffer) {
  const person = bench.server().person();
  const response = await person.fetch(`/api/endpoints/${environmentId}/kubernetes${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: new Uint8Array(Buffer.from(body)) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  await person.close();
  return {
    status: response.status,
    headers: response.headers,
    text: bytes.toString('latin1'),
  };
}

/** Asks as {@link ask} does, and takes no more of an answer once it holds a text. */
async function askUntil(path: string, headers: Record<string, string>, part: string) {
  const person = bench.server().person();
  const response = await person.fetch(`/api/endpoints/${environmentId}/kubernetes${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.includes(part)) break;
  }
  await person.close();
  return { status: response.status, text };
}

const of =
  (id: string | null) =>
  ({ requestId }: { requestId: string }) =>
    requestId === id;

/** Nothing that is not the developer's is in there. */
function showsOnlyTheirs(text: string, of = text): void {
  for (const secret of SECRETS) assert.ok(!text.includes(secret), `${secret} is in ${of}`);
}

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.kubectl(dev, ...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** As the cluster's admin. */
async function label(name: string, ...labels: string[]): Promise<void> {
  for (const verb of ['label', 'annotate']) {
    const { code, stderr } = await bench.kubectl(
      admin,
      ...[verb, 'ns', name, '--overwrite', ...labels],
    );
    assert.equal(code, 0, stderr);
  }
}

before(async () => {
  bench = await startBench();
  admin = await bench.save(bench.lab.adminKubeconfig);
  for (const name of [pay, shop, hidden]) await bench.namespace(name);
  await label(hidden, `mark-${run}=mark-${run}`);
  const made = await bench.admin.call('environments.create', {
    body: { name: `spaces ${run}`, kubeconfig: bench.lab.adminKubeconfig },
  });
  environmentId = made.id;
  const joined = await bench.join('dev');
  devId = joined.id;
  devPerson = joined.person;
  const grant = await bench.admin.call('grants.create', {
    body: {
      userId: devId,
      environmentIds: [environmentId],
      role: 'view',
      namespaces: [pay, shop],
    },
  });
  grantId = grant.id;
  const file = await (await joined.person.call('kubeconfigs.download')).text();
  token = parse(file).users[0].user.token;
  dev = await bench.save(file);
});
after(() => bench?.close());

describe('the list of namespaces', () => {
  it('shows kubectl just one\u2019s own', async () => {
    const names = (text: string) => text.trim().split('\n').sort();
    const both = [`namespace/${pay}`, `namespace/${shop}`];
    assert.deepEqual(names(await ok('get', 'ns', '-o', 'name')), both);
    const table = await ok('get', 'ns', '-o', 'wide', '--show-labels');
    assert.match(table, new RegExp(`NAME .*\n${pay} .*\n${shop} .*\n$`));
    showsOnlyTheirs(table);
    const json = await ok('get', 'ns', '-o', 'json');
    assert.equal(JSON.parse(json).items.length, 2);
    showsOnlyTheirs(json);
    await label(shop, 'tier=gold');
    for (const [args, expected] of [
      [['-l', 'tier=gold'], [both[1]]],
      [['-l', 'tier!=gold'], [both[0]]],
      [['-l', `kubernetes.io/metadata.name in (${pay},${hidden})`], [both[0]]],
      [['-l', `kubernetes.io/metadata.name=${hidden}`], ['']],
      [['--field-selector', `metadata.name=${shop}`], [both[1]]],
      [['--field-selector', `metadata.name=${hidden}`], ['']],
      [['--field-selector', 'status.phase=Active'], both],
      [['--chunk-size=1'], both],
    ] as const) {
      assert.deepEqual(names(await ok('get', 'ns', '-o', 'name', ...args)), [...expected]);
    }
    assert.match(await ok('describe', 'ns'), new RegExp(`Name: +${pay}[^]*Name: +${shop}`));
  });

  for (const [format, accept, type] of [
    ['protobuf', 'application/vnd.kubernetes.protobuf', 'application/vnd.kubernetes.protobuf'],
    ['CBOR', 'application/cbor, application/json;q=0.9', 'application/(?:cbor|json)'],
    ['a table', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json'],
    [
      'metadata',
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      'application/vnd.kubernetes.protobuf',
    ],
  ] as const) {
    it(`is one\u2019s own as ${format}`, async () => {
      for (const query of ['', '?includeObject=Object', '?includeObject=None']) {
        const answer = await ask(`${LIST}${query}`, { accept });
        assert.equal(answer.status, 200);
        assert.match(answer.headers.get('content-type') ?? '', new RegExp(`^${type}`));
        for (const name of [pay, shop]) assert.ok(answer.text.includes(name));
        showsOnlyTheirs(answer.text);
      }
    });
  }

  it('comes in pages that tell nothing of what is left out', async () => {
    const first = JSON.parse((await ask(`${LIST}?limit=1`)).text);
    assert.deepEqual(
      first.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      [pay],
    );
    assert.equal(first.metadata.remainingItemCount, undefined);
    const next = first.metadata.continue;
    showsOnlyTheirs(Buffer.from(next, 'base64').toString());
    const second = await ask(`${LIST}?limit=1&continue=${encodeURIComponent(next)}`);
    assert.ok(second.text.includes(shop));
    showsOnlyTheirs(second.text);
    // A token that somebody else was given, or that was made up.
    const { rv } = JSON.parse(Buffer.from(next, 'base64').toString());
    for (const start of ['/a\0', `/${hidden}`]) {
      const forged = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString(
        'base64url',
      );
      const answer = await ask(`${LIST}?limit=5&continue=${encodeURIComponent(forged)}`);
      assert.equal(answer.status, 200, answer.text);
      showsOnlyTheirs(answer.text);
    }
  });

  it('gives no way around it to a selector', async () => {
    for (const selector of [
      'a) ,kubernetes.io/metadata.name in (kube-system',
      '!x),b',
      `kubernetes.io/metadata.name notin (${pay})`,
      ',',
      'kubernetes.io/metadata.name',
      `mark-${run}`,
    ]) {
      for (const query of [
        `labelSelector=${encodeURIComponent(selector)}`,
        `labelSelector=&labelSelector=${encodeURIComponent(selector)}`,
        `labelSelector=${encodeURIComponent(selector)}&labelSelector=`,
        `%6CabelSelector=${encodeURIComponent(selector)}`,
      ]) {
        const { status, text } = await ask(`${LIST}?${query}`);
        assert.ok(status === 200 || status === 400, `${query}: ${status}`);
        // The words of an error repeat the selector.
        if (status === 200) showsOnlyTheirs(text, `the answer to ${query}`);
      }
    }
  });

  it('leaves what one may do to the cluster, which says so', async () => {
    assert.equal((await bench.kubectl(dev, 'get', 'ns', hidden)).code, 1);
    await ok('get', 'ns', pay);
    const made = await bench.kubectl(dev, 'create', 'ns', `more-${run}`);
    assert.match(made.stderr, /User "sallyport:dev" cannot create resource "namespaces"/);
  });

  it('is one that kubectl says one may have, and so for nothing else', async () => {
    const can = async (...args: string[]) =>
      (await bench.kubectl(dev, 'auth', 'can-i', ...args)).stdout.trim();
    assert.equal(await can('list', 'namespaces'), 'yes');
    assert.equal(await can('watch', 'namespaces'), 'yes');
    assert.equal(await can('list', 'namespaces', '-A'), 'yes');
    for (const args of [
      ['list', 'namespaces', '-n', hidden],
      ['get', 'namespaces'],
      ['get', `namespaces/${hidden}`],
      ['delete', 'namespaces'],
      ['list', 'secrets', '-A'],
      ['list', 'pods', '-A'],
      ['list', 'nodes'],
      ['*', '*'],
    ]) {
      assert.match(await can(...args), /^no/, args.join(' '));
    }
    assert.equal(await can('list', 'pods', '-n', pay), 'yes');
  });

  for (const [format, type, body] of [
    ['JSON', 'application/json', LISTS],
    ['protobuf', PROTOBUF, protobufReview(ATTRIBUTES, { allowed: false })],
  ] as const) {
    it(`is one that a review in ${format} says one may have, with the reason`, async () => {
      const review = await ask(REVIEWS, { 'content-type': type, accept: type }, body);
      assert.equal(review.status, 201, review.text);
      assert.equal(review.headers.get('content-type'), type);
      assert.ok(review.text.includes('Sallyport lists the namespaces of your grants'));
      // As a client of Kubernetes reads it, which may send it again as a question.
      const again = await ask(
        REVIEWS,
        { 'content-type': type, accept: 'application/json' },
        Buffer.from(review.text, 'latin1'),
      );
      assert.deepEqual(JSON.parse(again.text).spec.resourceAttributes, ATTRIBUTES);
      assert.equal(JSON.parse(again.text).status.allowed, true);
    });
  }

  it('is none, and kubectl says so, where Sallyport itself may not list namespaces', async () => {
    const name = `blind-${run}`;
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const group = 'rbac.authorization.k8s.io';
    const account = await bench.lab.serviceAccountToken(name);
    const payload = account.split('.')[1] ?? '';
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    for (const [path, object] of [
      [
        `${rbac}/clusterroles`,
        {
          metadata: { name },
          rules: [
            { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
            {
              apiGroups: ['authentication.k8s.io'],
              resources: ['uids', ...EXTRA_KEYS.map((key) => `userextras/${key}`)],
              verbs: ['impersonate'],
            },
          ],
        },
      ],
      [
        `${rbac}/clusterrolebindings`,
        {
          metadata: { name },
          roleRef: { apiGroup: group, kind: 'ClusterRole', name },
          subjects: [{ apiGroup: group, kind: 'User', name: sub }],
        },
      ],
    ] as const) {
      const { status, body } = await bench.lab.call('POST', path, object);
      assert.equal(status, 201, JSON.stringify(body));
    }
    const { id } = await bench.admin.call('environments.create', {
      body: {
        ...{ name, server: bench.lab.server, caData: bench.lab.caData, token: account },
        rbac: 'external',
      },
    });
    const body = { userId: devId, environmentIds: [id], role: 'view', namespaces: [pay] };
    await bench.admin.call('grants.create', { body });
    const blind = await bench.save(
      await devPerson.call('kubeconfigs.create', {
        body: { name, environmentIds: [id] },
      }),
    );
    assert.equal((await bench.kubectl(blind, 'get', 'ns')).code, 1);
    const can = await bench.kubectl(blind, 'auth', 'can-i', 'list', 'namespaces');
    assert.equal(can.stdout.trim(), 'no');
    await bench.admin.call('environments.delete', { params: { id } });
    for (const kind of ['clusterrolebindings', 'clusterroles']) {
      await bench.lab.call('DELETE', `${rbac}/${kind}/${name}`);
    }
  });

  it('comes among what k9s and Lens ask when they start, and nothing of that fails', async () => {
    for (const path of ['/version', '/api', '/apis', '/api/v1', '/openapi/v3', LIST]) {
      assert.equal((await ask(path)).status, 200, path);
    }
    const attributes = { verb: 'list', resource: 'namespaces' };
    for (const [kind, spec, field] of [
      ['SelfSubjectAccessReview', { resourceAttributes: attributes }, 'allowed'],
      ['SelfSubjectRulesReview', { namespace: pay }, 'resourceRules'],
    ] as const) {
      const apiVersion = 'authorization.k8s.io/v1';
      const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`;
      const review = await ask(
        path,
        { 'content-type': 'application/json' },
        JSON.stringify({ apiVersion, kind, spec }),
      );
      assert.equal(review.status, 201, review.text);
      assert.ok(field in JSON.parse(review.text).status);
    }
    // What the person may not see is refused in a form that both take for that.
    for (const path of [
      '/api/v1/nodes',
      '/api/v1/persistentvolumes',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      '/apis/metrics.k8s.io/v1beta1/nodes',
    ]) {
      const { status, text } = await ask(path);
      assert.ok(status === 403 || status === 404, `${path}: ${status}`);
      assert.match(text, /^\{"kind":"Status"|^404 page not found/);
    }
  });

  it('is one event in the audit log, under the name of the person', async () => {
    const id = (await ask(`${LIST}?limit=499`)).headers.get('x-request-id');
    const events = async () => (await bench.admin.call('audit.list', { query: {} })).items;
    const found = (await eventually(events, (all) => all.some(of(id)))).filter(of(id));
    assert.deepEqual(
      found.map(({ username, verb, resource, status }) => [username, verb, resource, status]),
      [['dev', 'list', 'namespaces', 200]],
    );
  });
});

describe('the watch of namespaces', () => {
  it('tells kubectl of one\u2019s own, and of nothing else', async () => {
    const watch = bench.background(dev, 'get', 'ns', '--watch', '-o', 'json');
    let out = '';
    watch.stdout?.on('data', (chunk) => (out += chunk));
    await says(watch, new RegExp(`"name": "${shop}"`));
    const told = says(watch, /"seen": "yes"/);
    await label(hidden, 'seen=no');
    await label(pay, 'seen=yes');
    await told;
    watch.kill('SIGTERM');
    showsOnlyTheirs(out);
  });

  for (const [format, accept] of [
    ['JSON', 'application/json'],
    ['protobuf', 'application/vnd.kubernetes.protobuf;stream=watch'],
    ['CBOR', 'application/cbor-seq'],
    ['tables', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
  ] as const) {
    it(`streams the list as ${format}, with the bookmark behind it`, async () => {
      const end = 'k8s.io/initial-events-end';
      const { status, text } = await askUntil(
        `${LIST}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=60`,
        { accept },
        end,
      );
      // An API server whose CBOR is off says so.
      if (format === 'CBOR' && status === 406) return;
      assert.equal(status, 200, text);
      for (const part of [pay, shop, 'BOOKMARK', end]) {
        assert.ok(text.includes(part), `${part} in ${text}`);
      }
      showsOnlyTheirs(text);
    });
  }

  it('begins where the list ended', async () => {
    const list = JSON.parse((await ask(LIST)).text);
    await label(shop, 'round=two');
    await label(hidden, 'round=two');
    const { text } = await ask(
      `${LIST}?watch=1&resourceVersion=${list.metadata.resourceVersion}&timeoutSeconds=4`,
    );
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      // Once for the label, once for the annotation.
      events.map(({ type, object }) => [type, object.metadata.name]),
      [
        ['MODIFIED', shop],
        ['MODIFIED', shop],
      ],
    );
  });

  it('ends when a namespace is gained or lost, and tells informers to list anew', async () => {
    const person = bench.server().person();
    const watch = await person.fetch(
      `/api/endpoints/${environmentId}/kubernetes${LIST}?watch=1&resourceVersion=0`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    let text = '';
    const ended = (async () => {
      for await (const chunk of watch.body ?? []) text += Buffer.from(chunk).toString();
    })();
    await eventually(
      () => text,
      () => text.includes(shop),
    );
    const more = await bench.admin.call('grants.create', {
      body: {
        userId: devId,
        environmentIds: [environmentId],
        role: 'view',
        namespaces: ['kube-public'],
      },
    });
    await ended;
    await person.close();
    const last = JSON.parse(text.trim().split('\n').at(-1) ?? '');
    assert.deepEqual([last.type, last.object.code, last.object.reason], ['ERROR', 410, 'Expired']);
    const count = async () => JSON.parse((await ask(LIST)).text).items.length;
    assert.equal(await count(), 3);
    await bench.admin.call('grants.delete', { params: { id: more.id } });
    assert.equal(await count(), 2);
  });

  it('and the list are the cluster\u2019s again with a grant for all of them', async () => {
    const grant = await bench.admin.call('grants.create', {
      body: { userId: devId, environmentIds: [environmentId], role: 'view' },
    });
    const all = await ask(LIST);
    assert.ok(all.text.includes(hidden));
    assert.match((await ask(REVIEWS, JSON_REVIEW, LISTS)).text, /"allowed":true,"reason":"RBAC/);
    await bench.admin.call('grants.delete', { params: { id: grant.id } });
    showsOnlyTheirs((await ask(LIST)).text);
    await bench.admin.call('grants.delete', { params: { id: grantId } });
    assert.equal((await ask(LIST)).status, 403);
    // Without any grant nobody gets as far as the cluster.
    assert.equal((await bench.kubectl(dev, 'auth', 'can-i', 'list', 'namespaces')).code, 1);
  });
});
