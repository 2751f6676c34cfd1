import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../lab/src/ports.ts';
import { createPerson } from '../../scripts/rest.ts';
import { eventually } from '../src/store/testing.ts';
import { type Bench, says, startBench } from './bench.ts';
import { hasProgram, type LoadBalancer, startHaproxy, startNginx } from './loadBalancer.ts';

/** Where the load balancers connect from. People, and whoever does not come by them, are 127.0.0.1. */
const BALANCER = '127.0.0.2';
const CLIENT = '127.0.0.1';

describe('behind a load balancer that passes TLS through and sends a PROXY header', () => {
  const run = randomBytes(3).toString('hex');
  const namespace = `edge-${run}`;
  let bench: Bench;
  let environmentId: number;
  let direct: string;

  before(async () => {
    bench = await startBench({
      serverArgs: ['--workers', '2', '--proxy-protocol', `${BALANCER}/32`],
    });
    await bench.namespace(namespace);
    const { id } = await bench.admin.call('environments.create', {
      body: { name: `edge ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    environmentId = id;
    const { id: userId } = await bench.admin.call('auth.me');
    await bench.admin.call('grants.create', {
      body: { userId, role: 'edit', environmentIds: [id], namespaces: [namespace] },
    });
    direct = await bench.save(
      await bench.admin.call('kubeconfigs.create', { body: { environmentIds: [id] } }),
    );
  });
  after(async () => {
    await bench?.admin.call('environments.delete', { params: { id: environmentId } });
    await bench?.close();
  });

  /** Goes every way there is through a load balancer, and looks who the audit log says it was. */
  async function pass(port: number, mark: string): Promise<void> {
    const url = `https://localhost:${port}`;
    const file = parse(readFileSync(direct, 'utf8'));
    file.clusters[0].cluster.server = `${url}/api/endpoints/${environmentId}/kubernetes`;
    const through = await bench.save(stringify(file));
    const n = ['-n', namespace];
    // Often enough that both workers have had some.
    for (const part of ['one', 'two', 'three', 'four']) {
      for (const verb of ['create', 'get']) {
        const done = await bench.kubectl(through, verb, 'configmap', `${mark}-${part}`, ...n);
        assert.equal(done.code, 0, done.stderr);
      }
    }
    const watch = bench.background(
      through,
      ...['get', 'configmaps', ...n, '--watch', '-o', 'name', '--request-timeout=0'],
    );
    await says(watch, new RegExp(`configmap/${mark}-four`));
    watch.kill('SIGTERM');

    // The page and the REST API, by HTTP/1.1.
    const person = createPerson(url, bench.server().ca);
    await assert.rejects(
      person.call('auth.login', { body: { username: 'admin', password: mark } }),
      /password is wrong/,
    );
    await person.close();

    const read = () => events({ q: mark, verb: 'get' });
    await eventually(async () => (await read()).length === 4);
    const [signIn] = await events({ verb: 'login' });
    assert.equal(signIn?.status, 401);
    for (const event of [...(await read()), signIn]) assert.equal(event.address, CLIENT);
  }

  async function events(query: { q?: string; verb: string }) {
    const { items } = await bench.admin.call('audit.list', { query: { ...query, limit: 50 } });
    return items;
  }

  it('takes version 1 from nginx', async (t) => {
    if (!hasProgram(t, 'nginx')) return;
    await withBalancer(t, async (port) => startNginx(port, stream(port, 'proxy_protocol on;')));
  });

  it('takes version 2 from HAProxy, and its health checks', async (t) => {
    if (!hasProgram(t, 'haproxy')) return;
    await withBalancer(t, async (port) =>
      startHaproxy(
        port,
        `defaults
  mode tcp
  timeout connect 5s
  timeout client 1d
  timeout server 1d
listen gate
  bind 127.0.0.1:${port}
  server one 127.0.0.1:${new URL(bench.server().url).port} source ${BALANCER} send-proxy-v2 check check-send-proxy inter 500ms`,
      ),
    );
    assert.doesNotMatch(bench.server().log(), /since it lacks the header/);
  });

  it('closes what comes from it without one, and says so in the log', async (t) => {
    if (!hasProgram(t, 'nginx')) return;
    const [port = 0] = await freePorts(1);
    const nginx = await startNginx(port, stream(port, ''));
    t.after(() => nginx.stop());
    const person = createPerson(`https://localhost:${port}`, bench.server().ca);
    await assert.rejects(person.call('settings.public'));
    await person.close();
    const said = /"address":"127\.0\.0\.2","why":"it does not begin with a PROXY header"/;
    await eventually(() => said.test(bench.server().log()));
  });

  it('takes a header from nobody else, who is served without one', async () => {
    const whoami = await bench.kubectl(direct, 'auth', 'whoami');
    assert.equal(whoami.code, 0, whoami.stderr);
    const { port } = new URL(bench.server().url);
    const liar = connect({ port: Number(port), host: '127.0.0.1', localAddress: '127.0.0.3' });
    liar.write('PROXY TCP4 192.0.2.66 127.0.0.1 1 443\r\n');
    const [answer] = (await once(liar, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 400 /);
    liar.destroy();
  });

  const stream = (port: number, how: string) => `stream {
    server {
      listen 127.0.0.1:${port};
      proxy_pass 127.0.0.1:${new URL(bench.server().url).port};
      proxy_bind ${BALANCER};
      proxy_timeout 1d;
      ${how}
    }
  }`;

  async function withBalancer(
    t: TestContext,
    start: (port: number) => Promise<LoadBalancer>,
  ): Promise<void> {
    const [port = 0] = await freePorts(1);
    const balancer = await start(port);
    t.after(() => balancer.stop());
    await pass(port, `m${randomBytes(4).toString('hex')}`);
  }
});
