import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Bench, startBench } from './bench.ts';

const MANIFEST = new URL('../../deploy/serviceaccount.yaml', import.meta.url).pathname;

describe('the ServiceAccount that deploy/serviceaccount.yaml gives', () => {
  let bench: Bench;
  let cluster: string;

  before(async () => {
    bench = await startBench();
    cluster = await bench.save(bench.lab.adminKubeconfig);
  });
  after(async () => {
    if (!bench) return;
    await bench.kubectl(cluster, 'delete', '-f', MANIFEST, '--wait=false');
    await bench.close();
  });

  /** A field of the token's Secret, once the cluster has filled it. */
  async function secret(field: string): Promise<string> {
    for (let tries = 0; tries < 100; tries += 1) {
      const path = `jsonpath={.data.${field}}`;
      const { stdout } = await bench.kubectl(
        cluster,
        ...['-n', 'sallyport', 'get', 'secret', 'sallyport-token', '-o', path],
      );
      if (stdout !== '') return Buffer.from(stdout, 'base64').toString();
    }
    return assert.fail(`the Secret never had ${field}`);
  }

  it('is all that Sallyport needs: nothing is missing, and a grant works', async () => {
    const applied = await bench.kubectl(cluster, 'apply', '-f', MANIFEST);
    assert.equal(applied.code, 0, applied.stderr);
    const token = await secret('token');
    const made = await bench.admin.call('environments.create', {
      body: {
        name: 'by ServiceAccount',
        server: bench.lab.server,
        caData: await secret('ca\\.crt'),
        token,
      },
    });
    assert.deepEqual(made.check.findings, []);
    const { id: userId } = await bench.admin.call('auth.me');
    const grant = await bench.admin.call('grants.create', {
      body: { userId, environmentIds: [made.id], role: 'edit', namespaces: ['default'] },
    });
    assert.equal(grant.bindings[0]?.state, 'applied');
    const mine = await bench.save(await bench.admin.call('kubeconfigs.download'));
    const read = await bench.kubectl(mine, 'get', 'configmaps', '-n', 'default');
    assert.equal(read.code, 0, read.stderr);
    await bench.admin.call('environments.delete', { params: { id: made.id } });
  });

  it('can by itself read nothing but what nodes there are', async () => {
    const own = await bench.save(bench.lab.tokenKubeconfig(await secret('token')));
    for (const resource of ['secrets', 'pods', 'events', 'namespaces']) {
      const { stderr } = await bench.kubectl(own, 'get', resource, '-n', 'default');
      assert.match(stderr, /is forbidden/, resource);
    }
  });
});
