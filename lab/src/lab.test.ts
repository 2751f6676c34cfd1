import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { footprint, remains } from './footprint.ts';
import { attachLab, type Lab, listLabs, startLab, useLab } from './index.ts';
import { signal } from './process.ts';
import { readState } from './state.ts';
import { hasPart } from './testing.ts';

const base = mkdtempSync(join(tmpdir(), 'sallyport-lab-'));
process.env.XDG_STATE_HOME = base;

let lab: Lab;
let noCluster: string | undefined;

before(async () => {
  try {
    lab = await startLab({ onProgress: (line) => process.stderr.write(`lab: ${line}\n`) });
  } catch (error) {
    noCluster = (error as Error).message;
  }
});

after(async () => {
  await lab?.stop();
  rmSync(base, { recursive: true, force: true });
});

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'busybox',
        image: 'docker.io/local/busybox:1',
        imagePullPolicy: 'IfNotPresent',
        command: [
          'sh',
          '-c',
          'mkdir /www; echo served >/www/f; echo started; httpd -f -p 80 -h /www',
        ],
      },
    ],
  },
};

test('the API server is a real one with RBAC, and answers no stranger but about its health', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  assert.match(lab.version, /^v1\.\d+\.\d+$/);
  const { body } = await lab.call('GET', '/version');
  assert.equal((body as { gitVersion: string }).gitVersion, lab.version);
  assert.equal((await get('/livez')).status, 200);
  assert.equal((await get('/api')).status, 401);
});

test('a ServiceAccount token carries exactly the rights of its ClusterRole', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const viewer = await lab.serviceAccountToken('viewer', { clusterRole: 'view' });
  assert.equal((await get('/api/v1/pods', { token: viewer })).status, 200);
  assert.equal((await get('/api/v1/secrets', { token: viewer })).status, 403);
  const nobody = await lab.serviceAccountToken('nobody');
  assert.equal((await get('/api/v1/pods', { token: nobody })).status, 403);
  assert.match(lab.tokenKubeconfig(nobody), new RegExp(`token: ${nobody}`));
});

test('a client certificate names user and groups; an expired one is refused', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const good = await lab.clientCertificate('sara', { groups: ['devs'] });
  const { status, body } = await get(review, { ...good, body: {} });
  assert.equal(status, 201);
  const { userInfo } = (body as { status: { userInfo: { username: string; groups: string[] } } })
    .status;
  assert.equal(userInfo.username, 'sara');
  assert.ok(userInfo.groups.includes('devs'));
  const expired = await lab.clientCertificate('sara', { groups: ['devs'], expired: true });
  assert.equal((await get(review, { ...expired, body: {} })).status, 401);
});

test('a watch that names no resource version begins with what is there, and goes on', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const maps = '/api/v1/namespaces/default/configmaps';
  for (const name of ['watch-a', 'watch-b', 'watch-c']) {
    await lab.call('POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  }
  const path = '/api/v1/namespaces?watch=true&timeoutSeconds=4';
  const events = String((await lab.call('GET', path)).body);
  assert.match(events, /"type":"ADDED".*"name":"kube-system"/);
  assert.doesNotMatch(events, /"type":"ERROR"/);
});

test('the audit log names who did what', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const name = `audited-${randomBytes(4).toString('hex')}`;
  const map = { metadata: { name } };
  const created = await lab.call('POST', '/api/v1/namespaces/default/configmaps', map);
  assert.equal(created.status, 201);
  const line = await until(() =>
    readFileSync(lab.auditLogPath, 'utf8')
      .split('\n')
      .find((each) => each.includes(name)),
  );
  const event = JSON.parse(line) as Record<string, unknown>;
  assert.equal(event.level, 'Metadata');
  assert.equal((event.user as { username: string }).username, 'lab-admin');
  assert.equal(event.verb, 'create');
});

test('the API server can be stopped, started, paused and resumed, and keeps what it had', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  await lab.stopApiServer();
  await assert.rejects(get('/livez'), { code: 'ECONNREFUSED' });
  await lab.startApiServer();
  assert.equal((await lab.call('GET', '/api/v1/namespaces/default')).status, 200);
  await lab.pauseApiServer();
  const waiting = get('/livez');
  const first = await Promise.race([waiting, sleep(300, 'no answer')]);
  assert.equal(first, 'no answer');
  await lab.resumeApiServer();
  assert.equal((await waiting).status, 200);
});

test('kubectl logs, exec, cp, attach and port-forward reach a real pod', async (t) => {
  if (!canRunPods(t)) return;
  const file = join(base, 'pod.json');
  writeFileSync(file, JSON.stringify(POD));
  await kubectl('apply', '-f', file);
  await kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=300s');

  await until(async () => (await kubectl('logs', 'web')).stdout.includes('started') || undefined);
  assert.equal((await kubectl('exec', 'web', '--', 'cat', '/www/f')).stdout, 'served\n');
  assert.equal((await kubectl('exec', 'web', '--', 'sh', '-c', 'exit 7')).code, 7);
  const piped = await kubectl({ input: 'through\n' }, 'exec', '-i', 'web', '--', 'cat');
  assert.equal(piped.stdout, 'through\n');

  const attached = await kubectl(
    { input: 'hello\n' },
    ...['run', 'attached', '-i', '--rm', '--restart=Never', '--image=docker.io/local/busybox:1'],
    ...['--image-pull-policy=IfNotPresent', '--', 'sh', '-c', 'read line; echo "got $line"'],
  );
  assert.match(attached.stdout, /got hello/);

  const data = randomBytes(300_000);
  writeFileSync(join(base, 'data'), data);
  await kubectl('cp', join(base, 'data'), 'web:/tmp/data');
  const sum = await kubectl('exec', 'web', '--', 'sha256sum', '/tmp/data');
  assert.equal(sum.stdout.split(' ')[0], createHash('sha256').update(data).digest('hex'));
  await kubectl('cp', 'web:/tmp/data', join(base, 'back'));
  assert.deepEqual(readFileSync(join(base, 'back')), data);

  const forward = spawn(lab.kubectl ?? '', [
    ...['--kubeconfig', lab.adminKubeconfigPath],
    ...['port-forward', 'pod/web', ':80'],
  ]);
  const [said] = (await once(forward.stdout, 'data')) as [Buffer];
  const port = /127\.0\.0\.1:(\d+) ->/.exec(said.toString())?.[1];
  const answer = await fetch(`http://127.0.0.1:${port}/f`);
  assert.equal(await answer.text(), 'served\n');
  forward.kill();
  await once(forward, 'exit');
});

test('a lab that another process started is shared: its stop does nothing, and none may break it', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const attached = attachLab(lab.statePath);
  assert.equal(attached.server, lab.server);
  await attached.stop();
  await assert.rejects(attached.stopApiServer(), /is shared/);
  assert.equal((await attached.call('GET', '/api/v1/namespaces/default')).status, 200);
  process.env.SALLYPORT_LAB_STATE = lab.statePath;
  try {
    assert.equal((await useLab()).server, lab.server);
  } finally {
    delete process.env.SALLYPORT_LAB_STATE;
  }
  assert.throws(() => attachLab(join(base, 'nothing', 'lab.json')), /no running lab/);
});

test('two labs run side by side, each with its own pods, and stopping one leaves the other', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const other = await startLab({ pods: 'auto' });
  assert.equal(other.pods, lab.pods, other.podsReason);
  assert.notEqual(other.server, lab.server);
  const prints = footprint(other.statePath);
  if (other.pods) assert.ok(prints.link);
  await other.stop();
  assert.deepEqual(remains(prints), []);
  assert.equal((await lab.call('GET', '/livez')).status, 200);
});

test('when the process that owns a lab is killed, all of it is gone within seconds', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const script = `
    import { startLab } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const lab = await startLab();
    console.log(lab.statePath);
    setInterval(() => {}, 60_000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const prints = footprint(line.toString().trim());
  assert.ok(prints.processes.length >= 4, 'supervisor, etcd, API server, controllers');
  owner.kill('SIGKILL');
  await until(
    () => remains(prints).length === 0 || undefined,
    () => remains(prints).join('\n'),
  );
});

test('when the supervisor itself is killed, nothing runs on, and the next look clears the rest', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const victim = await startLab();
  const prints = footprint(victim.statePath);
  const supervisor = readState(prints.folder)?.supervisor;
  assert.ok(supervisor);
  signal(supervisor, 'SIGKILL');
  const running = () => remains(prints).filter((each) => /process|mount|link/.test(each));
  // Elsewhere than on Linux the kernel does not bind children to their parent's life.
  if (process.platform === 'linux') {
    await until(
      () => running().length === 0 || undefined,
      () => running().join('\n'),
    );
  }
  const labs = await listLabs();
  assert.deepEqual(remains(prints), []);
  assert.ok(labs.every(({ name }) => name !== victim.name));
});

test('up leaves a lab running and prints its kubeconfig last; up again finds it; down ends it', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const first = await cli('up', '--name', 'cli', '--pods', 'off');
  assert.equal(first.code, 0, first.stderr);
  const path = first.stdout.trim().split('\n').at(-1);
  assert.match(first.stdout, /^ {2}etcd.*: /m);
  const again = await cli('up', '--name', 'cli');
  assert.match(again.stdout, /runs already/);
  assert.equal(again.stdout.trim().split('\n').at(-1), path);
  assert.match((await cli('status')).stdout, /^cli: ready v1\./m);
  const prints = footprint(join(path ?? '', '..', 'lab.json'));
  assert.match((await cli('down', '--name', 'cli')).stdout, /"cli" is down/);
  assert.deepEqual(remains(prints), []);
  assert.match((await cli('down', '--name', 'cli')).stdout, /no lab "cli" runs/);
  assert.equal((await cli('sideways')).code, 2);
});

test('after stop nothing is left of a lab: no process, mount, namespace, link, cgroup, folder', async (t) => {
  if (!hasPart(t, 'cluster', noCluster)) return;
  const prints = footprint(lab.statePath);
  await lab.stop();
  assert.deepEqual(remains(prints), []);
  await lab.stop();
});

function canRunPods(t: TestContext): boolean {
  if (!hasPart(t, 'cluster', noCluster)) return false;
  const without = lab.kubectl ? undefined : 'there is no kubectl';
  return hasPart(t, 'pods', lab.pods ? without : lab.podsReason);
}

interface Credentials {
  token?: string;
  cert?: string;
  key?: string;
  body?: unknown;
}

/** A request with credentials of its own: POST where there is a body. */
function get(path: string, who: Credentials = {}): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(path, lab.server),
      {
        method: who.body ? 'POST' : 'GET',
        ca: lab.caData,
        cert: who.cert,
        key: who.key,
        agent: false,
        headers: {
          ...(who.token ? { authorization: `Bearer ${who.token}` } : {}),
          ...(who.body ? { 'content-type': 'application/json' } : {}),
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.once('end', () => {
          const json = response.headers['content-type']?.includes('json');
          resolve({ status: response.statusCode ?? 0, body: json ? JSON.parse(text) : text });
        });
      },
    );
    call.once('error', reject);
    call.end(who.body ? JSON.stringify(who.body) : undefined);
  });
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function kubectl(...args: [{ input: string } | string, ...string[]]): Promise<Ended> {
  const [first, ...rest] = args;
  const [input, words] = typeof first === 'string' ? ['', [first, ...rest]] : [first.input, rest];
  return runProgram(lab.kubectl ?? '', ['--kubeconfig', lab.adminKubeconfigPath, ...words], input);
}

function cli(...args: string[]): Promise<Ended> {
  return runProgram(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args], '');
}

function runProgram(program: string, args: string[], input: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, args, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** Waits until `look` finds something; after a minute it fails with what `why` says. */
async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  why: () => string = () => 'it did not happen',
): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(why());
}
