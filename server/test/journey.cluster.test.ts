import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiError } from '@sallyport/contract';
import { parse, stringify } from 'yaml';
import { type Bench, PASSWORD, says, startBench } from './bench.ts';
import { said } from './said.ts';

const MANIFEST = (name: string, value: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { value: "${value}" }
`;

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'main',
        image: 'docker.io/local/busybox:1',
        imagePullPolicy: 'IfNotPresent',
        command: [
          'sh',
          '-c',
          'mkdir /www; echo the page > /www/index.html; httpd -p 8080 -h /www; i=0; while true; do i=$((i+1)); echo line $i; sleep 1; done',
        ],
      },
    ],
  },
});

describe('the way of a person, from the first start to kubectl', () => {
  let bench: Bench;
  /** Of this run alone: the cluster may be shared with other test files. */
  const run = randomBytes(3).toString('hex');
  const mine = `team-a-${run}`;
  const theirs = `team-b-${run}`;
  let environmentId: number;
  let devId: number;
  let dev: string;
  let viewer: string;

  before(async () => {
    bench = await startBench({ serverArgs: ['--http-port', '0'] });
    await bench.namespace(mine);
    await bench.namespace(theirs);
  });
  after(() => bench?.close());

  it('sets up once only', async () => {
    const body = { token: bench.server().setupToken ?? '', username: 'eve', password: PASSWORD };
    await assert.rejects(bench.server().person().call('setup.complete', { body }), {
      message: 'Sallyport has its first admin already.',
    });
  });

  it('registers a cluster by its kubeconfig and says what it is', async () => {
    const made = await bench.admin.call('environments.create', {
      body: {
        name: `lab ${run}`,
        labels: { stage: 'test' },
        kubeconfig: bench.lab.adminKubeconfig,
      },
    });
    environmentId = made.id;
    assert.equal(made.state, 'up');
    assert.equal(made.version, bench.lab.version);
    assert.ok(made.check.findings.every(({ level }) => level === 'info'));
    assert.deepEqual(made.access, [], 'nobody enters without a grant, admins included');
  });

  it('gives an admin without a grant no kubeconfig', async () => {
    await assert.rejects(bench.admin.call('kubeconfigs.download'), {
      message: 'There is no environment that you may enter.',
    });
  });

  it('answers a grant once the cluster has the bindings', async () => {
    const joined = await bench.join('dev');
    devId = joined.id;
    const grant = await bench.admin.call('grants.create', {
      body: { userId: devId, environmentIds: [environmentId], role: 'edit', namespaces: [mine] },
    });
    assert.deepEqual(grant.bindings, [{ environmentId, state: 'applied', message: null }]);
    dev = await bench.save(await joined.person.call('kubeconfigs.download'));

    const watcher = await bench.join('viewer');
    await bench.admin.call('grants.create', {
      body: { userId: watcher.id, environmentIds: [environmentId], role: 'view' },
    });
    viewer = await bench.save(
      await watcher.person.call('kubeconfigs.create', {
        body: { environmentIds: [environmentId] },
      }),
    );
  });

  it('makes the file in exactly the shape that was promised', () => {
    const file = parse(readFileSync(dev, 'utf8'));
    const token = file.users[0].user.token;
    const name = `lab-${run}-${environmentId}`;
    assert.match(token, /^sallyport_kc_[0-9A-Za-z]{49}$/);
    assert.deepEqual(file, {
      apiVersion: 'v1',
      clusters: [
        {
          cluster: {
            'certificate-authority-data': Buffer.from(bench.server().ca).toString('base64'),
            server: `${bench.server().url}/api/endpoints/${environmentId}/kubernetes`,
          },
          name: `sallyport-cluster-${name}`,
        },
      ],
      contexts: [
        {
          context: { cluster: `sallyport-cluster-${name}`, user: 'sallyport-dev' },
          name: `sallyport-ctx-${name}`,
        },
      ],
      'current-context': `sallyport-ctx-${name}`,
      kind: 'Config',
      preferences: {},
      users: [{ name: 'sallyport-dev', user: { token } }],
    });
  });

  it('carries kubectl to the cluster as the person, with their rights and no others', async () => {
    const whoami = await bench.kubectl(dev, 'auth', 'whoami', '-o', 'json');
    assert.equal(whoami.code, 0, whoami.stderr);
    const { userInfo } = JSON.parse(whoami.stdout).status;
    assert.equal(userInfo.username, 'sallyport:dev');
    assert.ok(!userInfo.groups.includes('system:masters'));

    for (const [args, expected] of [
      [['create', 'configmaps', '-n', mine], 'yes'],
      [['create', 'pods/exec', '-n', mine], 'yes'],
      [['get', 'secrets', '-n', theirs], 'no'],
      [['list', 'nodes'], 'no'],
      [['impersonate', 'users'], 'no'],
    ] as const) {
      const can = await bench.kubectl(dev, 'auth', 'can-i', ...args);
      assert.equal(can.stdout.trim(), expected, args.join(' '));
    }
  });

  it('creates, reads, changes, applies and deletes in the namespace of the grant', async () => {
    const n = ['-n', mine];
    const path = join(bench.folder, 'config.yaml');
    const ok = async (...args: string[]) => {
      const result = await bench.kubectl(dev, ...args);
      assert.equal(result.code, 0, result.stderr);
      return result.stdout;
    };
    assert.match(await ok('create', 'configmap', 'one', '--from-literal=a=1', ...n), /created/);
    assert.match(await ok('get', 'configmap', 'one', ...n), /one\s+1/);
    assert.match(
      await ok('patch', 'configmap', 'one', '-p', '{"data":{"b":"2"}}', ...n),
      /patched/,
    );
    writeFileSync(path, MANIFEST('two', 'first'));
    assert.match(await ok('apply', '-f', path, ...n), /created/);
    writeFileSync(path, MANIFEST('two', 'second'));
    assert.match(
      await ok('apply', '-f', path, '--server-side', '--force-conflicts', ...n),
      /applied/,
    );
    assert.equal(await ok('get', 'cm', 'two', '-o', 'jsonpath={.data.value}', ...n), 'second');
    assert.match(await ok('delete', 'configmap', 'one', 'two', ...n), /deleted/);
  });

  it('shows the cluster’s own refusal outside it', async () => {
    const read = await bench.kubectl(dev, 'get', 'pods', '-n', theirs);
    assert.equal(read.code, 1);
    assert.match(
      read.stderr,
      new RegExp(
        `pods is forbidden: User "sallyport:dev" cannot list resource "pods".*"${theirs}"`,
      ),
    );
    const write = await bench.kubectl(dev, 'create', 'configmap', 'x', '-n', theirs);
    assert.match(write.stderr, /cannot create resource "configmaps"/);
    const nodes = await bench.kubectl(dev, 'get', 'nodes');
    assert.match(nodes.stderr, /cannot list resource "nodes"/);
  });

  it('lets a viewer read everywhere and change nothing', async () => {
    const read = await bench.kubectl(viewer, 'get', 'configmaps', '--all-namespaces');
    assert.equal(read.code, 0, read.stderr);
    const write = await bench.kubectl(
      viewer,
      'delete',
      'configmap',
      'kube-root-ca.crt',
      '-n',
      mine,
    );
    assert.match(write.stderr, /User "sallyport:viewer" cannot delete resource "configmaps"/);
  });

  it('streams a watch: headers at once, events as they come', async () => {
    const watch = bench.background(
      dev,
      ...['get', 'configmaps', '-n', mine, '--watch-only', '-o', 'name', '--request-timeout=0'],
    );
    const seen = says(watch, /configmap\/seen/);
    // Made again until it is seen: nothing tells when kubectl's watch is open.
    const again = setInterval(() => {
      void bench.kubectl(dev, 'create', 'configmap', `seen-${Date.now()}`, '-n', mine);
    }, 1_000);
    await seen.finally(() => clearInterval(again));
    watch.kill('SIGTERM');
  });

  it('refuses impersonation by the client, whatever the person may do', async () => {
    const result = await bench.kubectl(dev, 'get', 'pods', '-n', mine, '--as', 'admin');
    assert.equal(result.code, 1);
    assert.match(result.stderr, /Sallyport says who you are to the cluster/);
  });

  it('answers with its own sentence when the environment is not in the file', async () => {
    const file = parse(readFileSync(dev, 'utf8'));
    file.clusters[0].cluster.server = `${bench.server().url}/api/endpoints/4242/kubernetes`;
    const result = await bench.kubectl(await bench.save(stringify(file)), 'get', 'pods');
    assert.match(result.stderr, /This kubeconfig is not for environment 4242/);
  });

  it('says when an expired file expired and where to make a new one', async () => {
    const { id, person } = await bench.join('brief');
    await bench.admin.call('grants.create', {
      body: { userId: id, environmentIds: [environmentId], role: 'view', namespaces: [mine] },
    });
    const path = await bench.save(
      await person.call('kubeconfigs.create', {
        body: { environmentIds: [environmentId], expiresIn: '2s' },
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const result = await bench.kubectl(path, 'get', 'pods', '-n', mine);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /This kubeconfig expired at \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    assert.ok(
      result.stderr.includes(`Download a new one from ${bench.server().url}`),
      result.stderr,
    );
    const [entry] = (await person.call('kubeconfigs.list')).items;
    assert.equal(entry?.state, 'expired');
  });

  it('ends a revoked file with the next request, and an open watch with it', async () => {
    const { id, person } = await bench.join('leaver');
    await bench.admin.call('grants.create', {
      body: { userId: id, environmentIds: [environmentId], role: 'view', namespaces: [mine] },
    });
    const path = await bench.save(await person.call('kubeconfigs.download'));
    const watch = bench.background(
      path,
      ...['get', 'configmaps', '-n', mine, '--watch', '-o', 'name', '--request-timeout=0'],
    );
    await says(watch, /configmap\/kube-root-ca/);
    const ended = new Promise<number | null>((resolve) => watch.once('close', resolve));
    const [entry] = (await person.call('kubeconfigs.list')).items;
    assert.match(entry?.lastUsedBy ?? '', /^kubectl|^$/);
    await person.call('kubeconfigs.revoke', { params: { id: entry?.id ?? 0 } });
    const result = await bench.kubectl(path, 'get', 'configmaps', '-n', mine);
    assert.match(result.stderr, /This kubeconfig was revoked at/);
    await ended;
  });

  it('ends access with the grant, the team or the user, at once', async () => {
    const { id, person } = await bench.join('teammate');
    const team = await bench.admin.call('teams.create', { body: { name: 'platform' } });
    await bench.admin.call('teams.addMember', { params: { id: team.id }, body: { userId: id } });
    const grant = await bench.admin.call('grants.create', {
      body: { teamId: team.id, environmentIds: [environmentId], role: 'view', namespaces: [mine] },
    });
    const path = await bench.save(await person.call('kubeconfigs.download'));
    const list = () => bench.kubectl(path, 'get', 'configmaps', '-n', mine);
    assert.equal((await list()).code, 0);

    const member = { params: { id: team.id, userId: id } };
    await bench.admin.call('teams.removeMember', member);
    assert.match((await list()).stderr, /No grant lets teammate enter environment/);
    await bench.admin.call('teams.addMember', { params: { id: team.id }, body: { userId: id } });
    assert.equal((await list()).code, 0);

    await bench.admin.call('grants.delete', { params: { id: grant.id } });
    assert.match((await list()).stderr, /No grant lets teammate enter environment/);

    await bench.admin.call('users.update', { params: { id }, body: { disabled: true } });
    assert.match((await list()).stderr, /The user teammate is disabled in Sallyport/);
    await bench.admin.call('users.update', { params: { id }, body: { disabled: false } });
    assert.match((await list()).stderr, /This kubeconfig was revoked at/, 'it does not come back');
  });

  it('gives no kubeconfig over plain HTTP, and no page a way to ask for one', async () => {
    const { httpUrl } = bench.server();
    assert.ok(httpUrl);
    const settings = await new Promise<string>((resolve, reject) => {
      get(`${httpUrl}/api/settings/public`, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve(body));
      }).on('error', reject);
    });
    assert.equal(JSON.parse(settings).secure, false);

    const login = await fetch(`${httpUrl}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'dev', password: PASSWORD }),
    });
    assert.equal(login.status, 200);
    const cookie = login.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const file = await fetch(`${httpUrl}/api/kubernetes/config`, { headers: { cookie } });
    assert.equal(file.status, 403);
    assert.equal((await said(file)).code, 'kubeconfig.https_only');

    const token = parse(readFileSync(dev, 'utf8')).users[0].user.token;
    const proxied = await fetch(`${httpUrl}/api/endpoints/${environmentId}/kubernetes/version`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(proxied.status, 403);
    assert.equal((await said(proxied)).kind, 'Status');
  });

  it('keeps the token of a file to the proxy, and an API token to the REST API', async () => {
    const token = parse(readFileSync(dev, 'utf8')).users[0].user.token;
    const stranger = bench.server().person();
    const rest = await stranger.fetch('/api/auth/me', {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(rest.status, 401);
    assert.equal((await said(rest)).code, 'auth.wrong_credential');

    const { token: apiToken } = await bench.admin.call('tokens.create', { body: { name: 'ci' } });
    const proxied = await stranger.fetch(`/api/endpoints/${environmentId}/kubernetes/version`, {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    assert.equal(proxied.status, 401);
    const users = await stranger.fetch('/api/users', {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    assert.equal(users.status, 200);
    const config = await stranger.fetch('/api/kubernetes/config', {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    assert.equal((await said(config)).code, 'auth.session_only');
    await stranger.close();
  });

  it('answers every wrong selection with its own error', async () => {
    const person = bench.server().person();
    await person.call('auth.login', { body: { username: 'dev', password: PASSWORD } });
    const other = await bench.admin.call('environments.create', {
      body: { name: `other ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    const code = async (body: {
      environmentIds: number[];
      expiresIn?: string;
      currentEnvironmentId?: number;
    }) => {
      const error = await person
        .call('kubeconfigs.create', { body })
        .catch((thrown: unknown) => thrown);
      assert.ok(error instanceof ApiError, 'it was not refused');
      return error.problem.code;
    };
    const id = environmentId;
    assert.equal(await code({ environmentIds: [] }), 'kubeconfig.nothing_selected');
    assert.equal(await code({ environmentIds: [id, id] }), 'kubeconfig.duplicate_environment');
    assert.equal(await code({ environmentIds: [4242] }), 'environment.not_found');
    assert.equal(await code({ environmentIds: [other.id] }), 'kubeconfig.environment_forbidden');
    assert.equal(await code({ environmentIds: [id], expiresIn: '2y' }), 'request.invalid');
    assert.equal(
      await code({ environmentIds: [id], expiresIn: '8760h' }),
      'kubeconfig.expiry_too_long',
    );
    assert.equal(
      await code({ environmentIds: [id], currentEnvironmentId: other.id }),
      'kubeconfig.current_not_selected',
    );
    await bench.admin.call('environments.delete', { params: { id: other.id } });
    await person.close();
  });

  it('changes the expiry for later files only', async () => {
    const person = bench.server().person();
    await person.call('auth.login', { body: { username: 'dev', password: PASSWORD } });
    const latest = async () => {
      await person.call('kubeconfigs.download');
      return (await person.call('kubeconfigs.list')).items[0];
    };
    const before = await latest();
    await bench.admin.call('settings.update', { body: { kubeconfigExpiry: '24h' } });
    const short = await latest();
    await bench.admin.call('settings.update', { body: { kubeconfigExpiry: '0' } });
    const forEver = await latest();
    await bench.admin.call('settings.update', { body: { kubeconfigExpiry: '30d' } });
    const days = (entry: typeof before) =>
      entry?.expiresAt &&
      (Date.parse(entry.expiresAt) - Date.parse(entry.createdAt)) / (24 * 3_600_000);
    assert.deepEqual([days(before), days(short), days(forEver)], [30, 1, null]);
    const { items } = await person.call('kubeconfigs.list');
    assert.equal(items.find(({ id }) => id === before?.id)?.expiresAt, before?.expiresAt);
    await person.close();
  });

  it('runs logs, exec, cp and port-forward, where pods run', async (t) => {
    if (!bench.lab.pods) {
      const required = (process.env.SALLYPORT_TEST_REQUIRE ?? '').split(',').includes('pods');
      assert.ok(!required, `pods are required: ${bench.lab.podsReason}`);
      return t.skip(bench.lab.podsReason);
    }
    const n = ['-n', mine];
    const manifest = join(bench.folder, 'pod.yaml');
    writeFileSync(manifest, stringify(pod('worker')));
    const ok = async (...args: string[]) => {
      const result = await bench.kubectl(dev, ...args);
      assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
      return result.stdout;
    };
    await ok('apply', '-f', manifest, ...n);
    await ok('wait', '--for=condition=Ready', 'pod/worker', '--timeout=120s', ...n);

    const logs = bench.background(dev, 'logs', '-f', 'worker', ...n);
    await says(logs, /line \d+\n(.*\n)*line \d+/);
    logs.kill('SIGTERM');

    assert.equal(await ok('exec', 'worker', ...n, '--', 'echo', 'hello'), 'hello\n');
    const failed = await bench.kubectl(dev, 'exec', 'worker', ...n, '--', 'sh', '-c', 'exit 7');
    assert.equal(failed.code, 7);

    const local = join(bench.folder, 'payload');
    writeFileSync(local, randomBytes(3_000_000));
    await ok('cp', local, `${mine}/worker:/tmp/payload`);
    await ok('cp', `${mine}/worker:/tmp/payload`, `${local}.back`);
    assert.ok(readFileSync(local).equals(readFileSync(`${local}.back`)), 'cp changed the bytes');

    const forward = bench.background(dev, 'port-forward', 'pod/worker', ':8080', ...n);
    const said = await says(forward, /Forwarding from 127\.0\.0\.1:\d+/);
    const port = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'the page\n');
    forward.kill('SIGTERM');

    const denied = await bench.kubectl(viewer, 'exec', 'worker', ...n, '--', 'true');
    assert.match(
      denied.stderr,
      /cannot create resource "pods\/exec"|cannot get resource "pods\/exec"/,
    );
    await ok('delete', 'pod', 'worker', '--now', ...n);
  });

  it('never wrote a token, a password or a credential to its log or its database', () => {
    const token: string = parse(readFileSync(dev, 'utf8')).users[0].user.token;
    const admin = parse(bench.lab.adminKubeconfig);
    const user = admin.users[0].user;
    const key = user['client-key-data']
      ? Buffer.from(user['client-key-data'], 'base64').toString().split('\n')[1]
      : user.token;
    const database = ['sallyport.db', 'sallyport.db-wal']
      .map((name) => readFileSync(join(bench.server().dataDir, name)))
      .map((bytes) => bytes.toString('latin1'))
      .join('');
    for (const secret of [token, PASSWORD, key, bench.server().setupToken ?? '']) {
      assert.ok(secret.length > 10);
      assert.ok(!bench.server().log().includes(secret), 'a secret is in the log');
      assert.ok(!database.includes(secret), 'a secret is in the database');
    }
  });
});
