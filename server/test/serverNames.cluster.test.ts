import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Person } from '../../scripts/rest.ts';
import { type Bench, says, startBench } from './bench.ts';

interface File {
  readonly clusters: ReadonlyArray<{ cluster: { server: string; 'tls-server-name'?: string } }>;
  readonly contexts: ReadonlyArray<{ name: string }>;
  readonly users: ReadonlyArray<{ user: { token: string } }>;
}

/** Environments with names in TLS, as the real kubectl meets them. */
describe('a kubeconfig that names its environments in TLS', () => {
  let bench: Bench;
  let person: Person;
  let kubeconfig: string;
  let file: File;
  const run = randomBytes(3).toString('hex');
  /** Two environments, which are one cluster: what may be seen of it differs. */
  const [first, second] = [`first-${run}`, `second-${run}`];
  const ids: number[] = [];

  before(async () => {
    bench = await startBench();
    const joined = await bench.join('dana');
    person = joined.person;
    for (const namespace of [first, second]) {
      await bench.namespace(namespace);
      const body = { name: namespace, kubeconfig: bench.lab.adminKubeconfig };
      const { id } = await bench.admin.call('environments.create', { body });
      ids.push(id);
      await bench.admin.call('grants.create', {
        body: { userId: joined.id, environmentIds: [id], role: 'view', namespaces: [namespace] },
      });
    }
    const body = { environmentDomain: 'sallyport.internal' };
    await bench.admin.call('settings.update', { body });
    kubeconfig = await bench.save(await person.call('kubeconfigs.download'));
    file = parse(readFileSync(kubeconfig, 'utf8'));
  });
  after(async () => {
    for (const id of ids) await bench?.admin.call('environments.delete', { params: { id } });
    await bench?.close();
  });

  const token = () => file.users[0]?.user.token ?? '';
  const name = (id: number | undefined) => `environment-${id}.sallyport.internal`;

  /** Asks over a connection of its own that names an environment. */
  function ask(servername: string, path: string, method = 'GET', bearer = token()) {
    const { hostname, port } = new URL(bench.server().url);
    return new Promise<{ status: number; body: string; type: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${bearer}` };
      const { ca } = bench.server();
      const options = { hostname, port, path, method, headers, servername, ca, agent: false };
      const sent = request(options, async (res) => {
        let body = '';
        for await (const chunk of res) body += chunk;
        const type = res.headers['content-type'] ?? '';
        resolve({ status: res.statusCode ?? 0, body, type });
      });
      sent.once('error', reject);
      sent.end();
    });
  }

  it('has the name beside an address that is what it was', () => {
    assert.deepEqual(
      file.clusters.map(({ cluster }) => [
        new URL(cluster.server).pathname,
        cluster['tls-server-name'],
      ]),
      ids.map((id) => [`/api/endpoints/${id}/kubernetes`, name(id)]),
    );
  });

  it('works as ever with kubectl, in each context', async () => {
    for (const [index, namespace] of [first, second].entries()) {
      const context = file.contexts[index]?.name ?? '';
      const got = await bench.kubectl(
        kubeconfig,
        ...['--context', context, 'get', 'configmaps', '-n', namespace, '-o', 'name'],
      );
      assert.equal(got.stderr, '');
      assert.equal(got.stdout, 'configmap/kube-root-ca.crt\n');
    }
  });

  it('lets kubectl proxy lose the path and still reach its own environment', async () => {
    for (const [index, own] of [first, second].entries()) {
      const context = file.contexts[index]?.name ?? '';
      const args = ['--context', context, 'proxy', '--port=0'];
      const proxy = bench.background(kubeconfig, ...args);
      const [, address] =
        /Starting to serve on (\S+)/.exec(await says(proxy, /serve on \S+\n/)) ?? [];
      for (const namespace of [first, second]) {
        const url = `http://${address}/api/v1/namespaces/${namespace}/configmaps`;
        const response = await fetch(url);
        assert.equal(response.status, namespace === own ? 200 : 403, `${context}: ${namespace}`);
        await response.body?.cancel();
      }
      proxy.kill();
    }
  });

  it('is answered by nothing else on such a connection', async () => {
    for (const [method, path] of [
      ['POST', '/api/auth/login'],
      ['GET', '/api/settings/public'],
      ['GET', '/api/users'],
      ['GET', '/'],
    ] as const) {
      const stranger = await ask(name(ids[0]), path, method, 'no token');
      assert.equal(stranger.status, 401, path);
      assert.equal(JSON.parse(stranger.body).kind, 'Status');
    }
    const page = await ask(name(ids[0]), '/api/users');
    assert.match(page.body, /"the server could not find the requested resource"/);
  });

  it('goes nowhere where name and path disagree, or the environment is not there', async () => {
    const path = `/api/endpoints/${ids[1]}/kubernetes/api/v1/namespaces/${second}/configmaps`;
    const misdirected = await ask(name(ids[0]), path);
    assert.equal(misdirected.status, 421);
    assert.equal(
      JSON.parse(misdirected.body).message.split('. ')[0],
      `Sallyport: The connection was opened for environment ${ids[0]}, by its TLS server name, and the path is of environment ${ids[1]}`,
    );
    assert.equal((await ask(name(ids[1]), path)).status, 200);
    assert.equal((await ask(name(999), '/api/v1/pods')).status, 403);
  });

  it('does not lead to the cluster of another file’s token', async () => {
    // As when files are merged by KUBECONFIG=a:b, whose users have one name: the token is a's.
    const only = await person.call('kubeconfigs.create', {
      body: { environmentIds: [ids[0] ?? 0] },
    });
    const { users } = parse(await only.text()) as File;
    const path = `/api/v1/namespaces/${first}/configmaps`;
    const bearer = users[0]?.user.token ?? '';
    assert.equal((await ask(name(ids[0]), path, 'GET', bearer)).status, 200);
    const other = await ask(name(ids[1]), path, 'GET', bearer);
    assert.equal(other.status, 403);
    assert.match(other.body, /This kubeconfig is not for environment/);
  });

  it('has no names where people meet another certificate than Sallyport’s', async () => {
    const kubeconfigCas = bench.server().ca;
    await bench.admin.call('settings.update', {
      body: { kubeconfigTrust: 'given', kubeconfigCas },
    });
    const made: File = parse(await (await person.call('kubeconfigs.download')).text());
    assert.ok(made.clusters.every(({ cluster }) => !('tls-server-name' in cluster)));
    await bench.admin.call('settings.update', { body: { kubeconfigTrust: 'auto' } });
  });

  it('stays good when the names are given up: the path says all', async () => {
    await bench.admin.call('settings.update', { body: { environmentDomain: '' } });
    const args = ['get', 'configmaps', '-n', first, '-o', 'name'];
    assert.equal((await bench.kubectl(kubeconfig, ...args)).code, 0);
    const lost = await ask(name(ids[0]), '/api/v1/pods');
    assert.equal(lost.status, 401);
    assert.match(lost.body, /is missing what stands in front of it/);
    const after: File = parse(await (await person.call('kubeconfigs.download')).text());
    assert.ok(after.clusters.every(({ cluster }) => !('tls-server-name' in cluster)));
  });

  it('is not made for a domain that the certificate is not for', async () => {
    const update = (environmentDomain: string) =>
      bench.admin.call('settings.update', { body: { environmentDomain } });
    await assert.rejects(update('gate.example'), {
      message: /is not for environment-1\.gate\.example/,
    });
    for (const domain of ['internal', 'Sallyport.internal', 'a..b', '*.a.b', '-a.b', 'a.b/']) {
      await assert.rejects(update(domain), /must be a DNS name/, domain);
    }
  });
});
