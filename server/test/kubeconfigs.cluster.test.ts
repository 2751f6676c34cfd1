import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { eventually } from '../src/environments/testing.ts';
import { type Bench, says, startBench } from './bench.ts';

/** Kubeconfigs as objects, as the people who use them with the real kubectl see it. */
describe('a kubeconfig in the hands of its owner', () => {
  let bench: Bench;
  let person: Person;
  let userId: number;
  let environmentId: number;
  const run = randomBytes(3).toString('hex');

  before(async () => {
    bench = await startBench();
    const body = { name: `kubeconfigs ${run}`, kubeconfig: bench.lab.adminKubeconfig };
    environmentId = (await bench.admin.call('environments.create', { body })).id;
    const joined = await bench.join('dana');
    [person, userId] = [joined.person, joined.id];
    await bench.admin.call('grants.create', {
      body: { userId, environmentIds: [environmentId], role: 'view' },
    });
  });
  after(async () => {
    // With it go the bindings that Sallyport made in the cluster, which others share.
    await bench?.admin.call('environments.delete', { params: { id: environmentId } });
    await bench?.close();
  });

  const make = async (expiresIn?: string) =>
    bench.save(
      await person.call('kubeconfigs.create', {
        body: { environmentIds: [environmentId], ...(expiresIn ? { expiresIn } : {}) },
      }),
    );
  const newest = async () => {
    const { items } = await person.call('kubeconfigs.list');
    assert.ok(items[0]);
    return items[0];
  };
  /** Makes the newest one older, as if it had been in use for so many hours. */
  const age = async (hours: number) => {
    const { id } = await newest();
    const path = join(bench.folder, 'data', 'sallyport.db');
    // The program writes there too.
    const database = new DatabaseSync(path, { timeout: 60_000 });
    database
      .prepare('update kubeconfigs set created_at = created_at - ? where id = ?')
      .run(hours * 3_600_000, id);
    database.close();
  };
  const get = (path: string) => bench.kubectl(path, 'get', 'configmaps', '-n', 'default');

  it('tells kubectl’s user that it is about to end, once', async () => {
    const path = await make('48h');
    await age(6 * 24);
    const first = await get(path);
    assert.equal(first.code, 0);
    assert.match(
      first.stderr,
      /^Warning: Sallyport: This kubeconfig expires at \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Renew it at https:\/\/\S+\/kubeconfigs$/m,
    );
    assert.equal((await get(path)).stderr, '');
    assert.equal((await get(await make('48h'))).stderr, '', 'its first hours are no news');
  });

  it('is renewed: the new file works, the old one says when it was', async () => {
    const old = await make();
    const { id } = await newest();
    const renewed = await bench.save(
      await person.call('kubeconfigs.renew', { params: { id }, body: { overlap: '0' } }),
    );
    assert.equal((await get(renewed)).code, 0);
    const { code, stderr } = await get(old);
    assert.notEqual(code, 0);
    assert.match(
      stderr,
      /This kubeconfig was renewed at \S+ \S+ UTC, and this older file of it was/,
    );
    assert.match(stderr, /Use the newer file, or download another from https:/);
    const [now, before] = (await person.call('kubeconfigs.list')).items;
    assert.deepEqual(
      [before?.renewedAs, before?.state, now?.state],
      [now?.id, 'expired', 'active'],
    );
    assert.equal(now?.name, before?.name);
    await assert.rejects(
      bench.admin.call('kubeconfigs.renew', { params: { id: now?.id ?? 0 }, body: {} }),
      /renewed by its owner alone/,
    );
  });

  it('goes with all others of a person or an environment, and what is open goes with them', async () => {
    const path = await make();
    const watch = bench.background(path, 'get', 'configmaps', '-n', 'default', '--watch');
    await says(watch, /kube-root-ca/);
    const { total } = await person.call('kubeconfigs.list', { query: { state: 'active' } });
    const ended = new Promise((resolve) => watch.once('close', resolve));
    const answer = await bench.admin.call('kubeconfigs.revokeMany', { body: { environmentId } });
    assert.deepEqual(answer, { revoked: total });
    const { items } = await bench.admin.call('audit.list', {
      query: { resource: 'kubeconfigs', verb: 'revokeMany' },
    });
    const { details } = items[0] ?? {};
    assert.deepEqual(details, { environmentId, revoked: total });
    await ended;
    assert.match((await get(path)).stderr, /This kubeconfig was revoked at/);
    assert.equal((await person.call('kubeconfigs.list', { query: { state: 'active' } })).total, 0);
  });

  it('shows when, from where and by which client it was used', async () => {
    await get(await make());
    const { id } = await newest();
    const entry = await eventually(
      () => person.call('kubeconfigs.get', { params: { id } }),
      ({ lastUsedAt }) => lastUsedAt !== null,
    );
    assert.notEqual(entry.lastUsedAt, null, 'the use was not written');
    assert.equal(entry.lastUsedFrom, '127.0.0.1');
    assert.match(entry.lastUsedBy ?? '', /^kubectl/);
  });

  it('says what is missing to a tool that takes only the host of the server’s address', async () => {
    const file = parse(readFileSync(await make(), 'utf8'));
    file.clusters[0].cluster.server = bench.server().url;
    const path = join(bench.folder, 'stray.yaml');
    writeFileSync(path, stringify(file));
    const sentence = /is missing what stands in front of it .*\/api\/endpoints\/ID\/kubernetes/;
    for (const args of [
      ['get', '--raw', '/api/v1/namespaces'],
      ['get', '--raw', '/version'],
      ['get', 'pods'],
      ['version'],
    ]) {
      const { code, stderr } = await bench.kubectl(path, ...args);
      assert.notEqual(code, 0, args.join(' '));
      assert.match(stderr, sentence, args.join(' '));
    }
  });
});
