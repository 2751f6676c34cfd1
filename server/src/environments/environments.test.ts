import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, it } from 'node:test';
import type { Store } from '../store/store.ts';
import { describeOnStores } from '../store/testing.ts';
import { createEnvironments, type Environments } from './environments.ts';
import { type FakeServer, kubernetes, startFakeServer } from './fakeServer.ts';
import { createHealth } from './health.ts';
import type { Look } from './history.ts';
import { eventually, silent } from './testing.ts';
import { createVault } from './vault.ts';

const ALL = { limit: 100, offset: 0, ids: undefined, access: new Map(), showServer: true };
const ADMIN = { access: undefined, showServer: true };

describeOnStores('the registry of environments', (open) => {
  const key = randomBytes(32);
  let server: FakeServer;
  let answer = kubernetes;
  const stops: Array<() => Promise<unknown>> = [];

  before(async () => {
    server = await startFakeServer((request, response) => answer(request, response));
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await server.close();
  });

  async function registryOn(store: Store, sealedBy = key, released: number[] = []) {
    const environments = createEnvironments({
      store,
      vault: createVault(sealedBy),
      release: async (id) => {
        released.push(id);
      },
      logger: silent,
    });
    await environments.start();
    stops.push(environments.stop);
    return environments;
  }

  function create(environments: Environments, name: string, token = 'secret', labels = {}) {
    const { url, caData } = server;
    return environments.create({ name, labels, rbac: 'managed', server: url, caData, token });
  }

  it('lists by name, in pages, by what is typed, and by what one may enter', async () => {
    const environments = await registryOn(await open());
    const ids = new Map<string, number>();
    for (const name of ['Straße', 'alpha', 'Beta', '100 %']) {
      ids.set(name, (await create(environments, name)).id);
    }
    const names = async (filter: object) => {
      const { items, total } = await environments.list({ ...ALL, ...filter });
      return [total, ...items.map(({ name }) => name)];
    };
    assert.deepEqual(await names({}), [4, '100 %', 'alpha', 'Beta', 'Straße']);
    assert.deepEqual(await names({ limit: 2, offset: 1 }), [4, 'alpha', 'Beta']);
    assert.deepEqual(await names({ q: 'ET' }), [1, 'Beta']);
    assert.deepEqual(await names({ q: '%' }), [1, '100 %']);
    assert.deepEqual(await names({ q: 'STRASSE' }), [1, 'Straße']);
    assert.deepEqual(await names({ ids: new Set([ids.get('Beta') ?? 0, 99]) }), [1, 'Beta']);
    assert.deepEqual(await names({ ids: new Set() }), [0]);
  });

  it('shows the address to admins only, and what somebody may do to them', async () => {
    const environments = await registryOn(await open());
    const { id } = await create(environments, 'one', 'secret', { stage: 'prod' });
    const admin = await environments.get(id, ADMIN);
    assert.equal(admin.server, server.url);
    assert.deepEqual(admin.access, []);
    assert.deepEqual(admin.labels, { stage: 'prod' });

    const expiresAt = Date.parse('2030-01-01T00:00:00Z');
    const entries = [{ role: 'edit', namespaces: ['a'], expiresAt }];
    const user = await environments.get(id, { access: { entries }, showServer: false });
    assert.equal(user.server, null);
    assert.deepEqual(user.access, [
      { role: 'edit', namespaces: ['a'], expiresAt: '2030-01-01T00:00:00.000Z' },
    ]);
    await assert.rejects(environments.get(id + 1, ADMIN), { code: 'environment.not_found' });
  });

  it('takes no name twice, upper or lower case', async () => {
    const environments = await registryOn(await open());
    await create(environments, 'Production');
    await assert.rejects(create(environments, 'PRODUCTION'), { code: 'environment.exists' });
    const { id } = await create(environments, 'other');
    await assert.rejects(environments.update(id, { name: 'production' }), {
      code: 'environment.exists',
    });
    assert.equal((await environments.update(id, { name: 'OTHER' })).name, 'OTHER');
    const racing = await Promise.allSettled([
      create(environments, 'race'),
      create(environments, 'Race'),
    ]);
    assert.deepEqual(racing.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('opens a credential only in the row, and for the address, that it was sealed for', async () => {
    const store = await open();
    const environments = await registryOn(store);
    const one = await create(environments, 'one', 'first-secret');
    const two = await create(environments, 'two', 'second-secret');
    const rows = await store.db.selectFrom('environments').selectAll().execute();
    assert.equal(JSON.stringify(rows).includes('-secret'), false);

    await store.write(async (tx, changed) => {
      const { credential } = await tx
        .selectFrom('environments')
        .select('credential')
        .where('id', '=', one.id)
        .executeTakeFirstOrThrow();
      await tx.updateTable('environments').set({ credential }).where('id', '=', two.id).execute();
      await tx
        .updateTable('environments')
        .set({ server: 'https://attacker.example' })
        .where('id', '=', one.id)
        .execute();
      changed('environments');
    });
    const target = (id: number) => environments.target(id);
    assert.equal(
      await eventually(
        () => target(one.id),
        (found) => !found,
      ),
      undefined,
    );
    assert.equal(
      await eventually(
        () => target(two.id),
        (found) => !found,
      ),
      undefined,
    );
    await assert.rejects(environments.check(two.id), { code: 'environment.credential_unreadable' });

    await environments.update(two.id, { token: 'third-secret' });
    assert.equal(target(two.id)?.authorization, 'Bearer third-secret');
  });

  it('does not start with another key than the one that sealed', async () => {
    const store = await open();
    await registryOn(store, randomBytes(32));
    const environments = await registryOn(store);
    await create(environments, 'one');
    await registryOn(store);
    await assert.rejects(registryOn(store, randomBytes(32)), { code: 'vault.key_wrong' });
  });

  it('follows what another process changes', async () => {
    const store = await open();
    const here = await registryOn(store);
    const there = await registryOn(await open({ beside: store }));
    const { id } = await create(there, 'one');
    const found = await eventually(() => here.target(id), Boolean);
    assert.equal(found?.environmentName, 'one');
    const before = here.kube(id);
    const told: Array<string | null | undefined> = [];
    const stop = here.onReplaced(() => told.push(here.target(id)?.authorization));
    await there.update(id, { token: 'rotated' });
    await eventually(
      () => here.target(id),
      (target) => target?.authorization !== 'Bearer secret',
    );
    assert.equal(here.target(id)?.authorization, 'Bearer rotated');
    assert.notEqual(here.kube(id), before);
    await there.update(id, { labels: { a: 'b' } });
    await there.remove(id);
    assert.equal(
      await eventually(
        () => here.target(id),
        (target) => !target,
      ),
      undefined,
    );
    assert.deepEqual(here.ids(), []);
    stop();
    assert.deepEqual(told, ['Bearer rotated', undefined], 'it was told what had been read already');
  });

  it('has what was made in the cluster released when it leaves managed mode or is removed', async () => {
    const released: number[] = [];
    const environments = await registryOn(await open(), key, released);
    const { id } = await create(environments, 'one');
    await environments.update(id, { labels: { a: 'b' } });
    assert.deepEqual(released, []);
    await environments.update(id, { rbac: 'external' });
    assert.deepEqual(released, [id]);
    await environments.remove(id);
    assert.deepEqual(released, [id], 'there was nothing left');
    const second = await create(environments, 'two');
    await environments.remove(second.id);
    assert.deepEqual(released, [id, second.id]);
  });

  it('refuses a change that says two things', async () => {
    const environments = await registryOn(await open());
    const { id } = await create(environments, 'one');
    await assert.rejects(environments.update(id, { kubeconfig: 'x', token: 'y' }), {
      code: 'request.invalid',
    });
    await assert.rejects(environments.update(id, { context: 'x' }), { code: 'request.invalid' });
    await assert.rejects(environments.update(id + 1, { name: 'x' }), {
      code: 'environment.not_found',
    });
  });

  it('writes the state when it changes, and seldom otherwise', async () => {
    const store = await open();
    const environments = await registryOn(store);
    const { id } = await create(environments, 'one');
    let clock = Date.now();
    const looks: Look[] = [];
    const health = createHealth({
      ...{ store, environments, logger: silent, now: () => clock },
      history: { note: (_, look) => looks.push(look) },
    });
    const look = async () => {
      await health.checkNow(id);
      const { state, stateMessage, checkedAt } = await environments.get(id, ADMIN);
      return [state, stateMessage, checkedAt];
    };
    const [, , first] = await look();
    clock += 60_000;
    assert.deepEqual(await look(), ['up', null, first], 'nothing new: not written');
    clock += 5 * 60_000;
    assert.notEqual((await look())[2], first);

    try {
      answer = (request, response) => {
        if (request.url !== '/readyz') return kubernetes(request, response);
        response.statusCode = 500;
        response.end('[+]ping ok\n[-]etcd failed: reason withheld\n[-]informer-sync failed\n');
      };
      assert.deepEqual((await look()).slice(0, 2), [
        'down',
        'The API server is not ready: etcd, informer-sync.',
      ]);
      answer = (_, response) => {
        response.statusCode = 401;
        response.end('{}');
      };
      assert.match(String((await look())[1]), /does not accept the credential/);
      answer = (request, response) => {
        if (request.url === '/version') return kubernetes(request, response);
        response.statusCode = 403;
        response.end('{}');
      };
      assert.deepEqual((await look()).slice(0, 2), ['up', null], 'readiness is not ours to know');
    } finally {
      answer = kubernetes;
    }
    await health.checkNow(id + 1);
    assert.deepEqual(
      looks.map(({ state, latencyMs }) => [state, latencyMs !== null]),
      [
        ...Array(3).fill(['up', true]),
        ...[
          ['down', true],
          ['down', false],
          ['up', true],
        ],
      ],
    );
  });

  it('counts the nodes now and then, and shows what it last knew of them', async () => {
    const store = await open();
    const environments = await registryOn(store);
    const { id } = await create(environments, 'one');
    let clock = Date.now();
    const health = createHealth({
      ...{ store, environments, logger: silent, now: () => clock },
      history: { note() {} },
    });
    let counted = 0;
    let status = 200;
    try {
      answer = (request, response) => {
        if (!request.url?.startsWith('/api/v1/nodes')) return kubernetes(request, response);
        counted += 1;
        response.writeHead(status, { 'content-type': 'application/json' });
        const allocatable = { cpu: '1500m', memory: '3Gi' };
        response.end(JSON.stringify({ items: [{ status: { allocatable } }] }));
      };
      const capacity = async () => {
        await health.checkNow(id);
        return (await environments.get(id, ADMIN)).capacity;
      };
      const known = {
        nodes: 1,
        readyNodes: 0,
        cpuCores: 1.5,
        memoryBytes: 3 * 2 ** 30,
        cpuCoresUsed: null,
        memoryBytesUsed: null,
        readAt: new Date(clock).toISOString(),
      };
      assert.deepEqual(await capacity(), known);
      clock += 60_000;
      assert.deepEqual([await capacity(), counted], [known, 1], 'not with each look');
      clock += 5 * 60_000;
      status = 500;
      assert.deepEqual([await capacity(), counted], [known, 2]);
      clock += 5 * 60_000;
      status = 403;
      assert.deepEqual([await capacity(), counted], [null, 3]);
    } finally {
      answer = kubernetes;
    }
  });

  it('takes a cluster for one that knows UIDs unless it is known to be older, at once after a start', async () => {
    const store = await open();
    let says: string | undefined;
    answer = (request, response) => {
      if (request.url !== '/version' || says === '1.99') return kubernetes(request, response);
      response.writeHead(says === undefined ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ gitVersion: says }));
    };
    says = '1.99';
    const { id } = await create(await registryOn(store), 'uids');
    const version = (gitVersion: string | null) =>
      store.write((tx) => tx.updateTable('environments').set({ version: gitVersion }).execute());
    says = undefined;
    await version(null);
    assert.equal((await registryOn(store)).takesUid(id), true);
    await version('v1.20.15');
    const environments = await registryOn(store);
    assert.equal(environments.takesUid(id), false);
    says = 'v1.22.0';
    const upgraded = await registryOn(store);
    assert.equal(upgraded.takesUid(id), false);
    await eventually(
      () => upgraded.takesUid(id),
      (takes) => takes,
    );
    answer = kubernetes;
  });

  it('stops to look at once, and takes no half look for a cluster that is down', async () => {
    const store = await open();
    const environments = await registryOn(store);
    const { id } = await create(environments, 'one');
    const health = createHealth({
      ...{ store, environments, logger: silent },
      history: { note: () => assert.fail('half a look was told of') },
    });
    try {
      const asked = new Promise<void>((resolve) => {
        answer = () => resolve();
      });
      const look = health.checkNow(id);
      await asked;
      await health.stop();
      await look;
    } finally {
      answer = kubernetes;
    }
    assert.equal((await environments.get(id, ADMIN)).state, 'up');
  });
});
