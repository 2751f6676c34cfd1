/**
 * The proxy between kubectl and a real API server: what people do with kubectl works, under their
 * own name.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { hasPart, type Lab, useLab } from '../../../lab/src/index.ts';
import { fail } from '../errors.ts';
import { giveAllRights, passageTo } from './testCluster.ts';
import { ask, type House, PREFIX, startHouse, TOKEN, until } from './testing.ts';

const NAMESPACE = 'proxy-test';
const ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin';
const ADMIN_GROUP = 'sallyport:role:proxy-test';

let lab: Lab;
let house: House;
let folder: string;
let takeRights: (() => Promise<void>) | undefined;

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts kubectl with the kubeconfig that leads through the proxy. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  const program = lab.kubectl ?? lab.systemKubectl ?? 'kubectl';
  const child = spawn(program, ['--kubeconfig', join(folder, 'config'), ...args], {
    env: { ...process.env, HOME: folder, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const done = once(child, 'close').then(([code]): Run => ({ code, out, err }));
  return { child: child as ChildProcess, done, out: () => out, err: () => err };
}

async function kubectl(args: readonly string[], stdin = '', env: Record<string, string> = {}) {
  const { child, done } = start(args, env);
  child.stdin?.end(stdin);
  return done;
}

/** Runs kubectl, which must succeed, and returns what it printed. */
async function ok(args: readonly string[], stdin = '', env: Record<string, string> = {}) {
  const { code, out, err } = await kubectl(args, stdin, env);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${err}`);
  return out;
}

before(async () => {
  lab = await useLab();
  house = await startHouse();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-proxy-'));
  house.passage = await passageTo(lab, house, [ADMIN_GROUP]);
  takeRights = await giveAllRights(lab, ADMIN_GROUP);
  const made = await lab.call('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  assert.ok(made.status === 201 || made.status === 409, `no namespace: ${made.status}`);
  writeFileSync(
    join(folder, 'config'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          cluster: {
            server: `https://127.0.0.1:${house.port}${PREFIX}`,
            'tls-server-name': 'front.test',
            'certificate-authority-data': btoa(house.ca),
          },
        },
      ],
      users: [{ name: 'u', user: { token: TOKEN } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: NAMESPACE } }],
      'current-context': 'x',
    }),
  );
});

after(async () => {
  if (lab !== undefined) {
    await lab.call('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
    await takeRights?.();
  }
  await house?.close();
  await lab?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe('kubectl through the proxy', () => {
  const configMap = (name: string, value: string) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });

  it('gets, applies, applies on the server, patches, lists and deletes', async () => {
    await ok(['apply', '-f', '-'], configMap('one', 'a'));
    await ok(['apply', '--server-side', '-f', '-'], configMap('two', 'b'));
    await ok(
      ['apply', '--server-side', '--field-manager=x', '--force-conflicts', '-f', '-'],
      configMap('two', 'c'),
    );
    await ok(['patch', 'configmap', 'one', '-p', '{"data":{"value":"d"}}']);
    assert.equal(await ok(['get', 'cm', 'one', '-o', 'jsonpath={.data.value}']), 'd');
    assert.equal(await ok(['get', 'cm', 'two', '-o', 'jsonpath={.data.value}']), 'c');
    assert.match(await ok(['get', 'cm']), /one .*\n.*two /s);
    const diff = await kubectl(['diff', '-f', '-'], configMap('one', 'e'));
    assert.match(diff.out, /\+ {2}value: e/);
    assert.match(await ok(['api-resources']), /deployments/);
    assert.match(await ok(['explain', 'pod.spec']), /containers/);
    assert.match(await ok(['auth', 'can-i', '--list']), /\*\.\*/);
    assert.match(await ok(['auth', 'whoami', '-o', 'json']), /"username": "sallyport:ada"/);
    await ok(['delete', 'cm', 'one', 'two']);
  });

  it('watches, and sees why the watch ends', async () => {
    const watch = start(['get', 'cm', '-w']);
    await until(() => house.proxy.streams().some(({ verb }) => verb === 'watch'), 'the watch');
    await ok(['create', 'cm', 'seen', '--from-literal=a=b']);
    await until(() => watch.out().includes('seen '), 'the event');
    house.refusal = fail('proxy.kubeconfig_revoked', { time: '12:00', url: 'https://front.test' });
    await house.proxy.recheck();
    const { out } = await watch.done;
    house.refusal = undefined;
    // kubectl prints the Status of the ERROR event as one more object.
    assert.match(out, /This kubeconfig was revoked at 12:00\. Download a new one/);
    await ok(['delete', 'cm', 'seen']);
  });

  it('shares a connection among watches, each of which ends there when it ends here', async () => {
    /** How many watches of a kind that nobody else here watches one by one are open. */
    const open = async (): Promise<number> => {
      const { body } = await lab.call('GET', '/metrics');
      const line =
        /^apiserver_longrunning_requests\{[^}]*resource="limitranges",scope="namespace",[^}]*verb="WATCH"[^}]*\} (\d+)/m;
      return Number(line.exec(String(body))?.[1] ?? 0);
    };
    const before = await open();
    const watches = Array.from({ length: 3 }, () => start(['get', 'limitranges', '-w']));
    for (let n = 0; n < 600 && (await open()) < before + 3; n++) await setTimeout(100);
    assert.equal(await open(), before + 3);
    for (const { child } of watches) child.kill();
    for (let n = 0; n < 600 && (await open()) > before; n++) await setTimeout(100);
    assert.equal(await open(), before);
  });

  it('shows what Sallyport says, not "unknown"', async () => {
    house.refusal = fail('proxy.kubeconfig_expired', { time: '13:00', url: 'https://front.test' });
    const expired = await kubectl(['get', 'cm']);
    house.refusal = undefined;
    assert.notEqual(expired.code, 0);
    assert.match(expired.err, /expired at 13:00\. Download a new one from https:\/\/front\.test/);
    const impersonating = await kubectl(['get', 'cm', '--as', 'root']);
    assert.match(impersonating.err, /Impersonate-User.*nobody else may/is);
  });

  it('is refused by the cluster, by its own name, what no grant gives', async () => {
    const { passage } = house;
    house.passage = {
      ...passage,
      identity: { ...passage.identity, groups: ['sallyport:role:none'] },
    };
    const { code, err } = await kubectl(['get', 'secrets']);
    house.passage = passage;
    assert.equal(code, 1);
    assert.match(err, /User "sallyport:ada" cannot list resource "secrets"/);
  });

  describe('into a pod', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'box', labels: { app: 'box' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: 'docker.io/local/busybox:1',
            imagePullPolicy: 'IfNotPresent',
            command: [
              '/bin/sh',
              '-c',
              'mkdir /www && echo hello > /www/index.html && httpd -p 8080 -h /www && i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done',
            ],
          },
        ],
      },
    };
    let pods = false;
    before(async () => {
      if (!lab.pods) return;
      await ok(['apply', '-f', '-'], JSON.stringify(pod));
      await ok(['wait', '--for=condition=Ready', 'pod/box', '--timeout=300s']);
      pods = true;
    });

    const itWithPods = (name: string, run: () => Promise<void>) =>
      it(name, async (t) => {
        if (!hasPart(t, 'pods', lab.pods ? undefined : (lab.podsReason ?? 'no pods run here')))
          return;
        assert.ok(pods, 'the pod runs');
        await run();
      });

    itWithPods('follows logs', async () => {
      const logs = start(['logs', '-f', 'box']);
      await until(() => logs.out().includes('line 2\n'), 'the lines');
      assert.ok(house.proxy.streams().some(({ subresource }) => subresource === 'log'));
      logs.child.kill();
      await logs.done;
      await until(() => house.proxy.streams().length === 0, 'the end of the stream');
    });

    for (const [name, env] of [
      ['WebSocket', {}],
      [
        'SPDY',
        {
          KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false',
          KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false',
        },
      ],
    ] as ReadonlyArray<[string, Record<string, string>]>) {
      itWithPods(`runs commands over ${name}, with input, output and exit code`, async () => {
        const run = await kubectl(
          ['exec', '-i', 'box', '--', '/bin/sh', '-c', 'cat; echo err >&2; exit 7'],
          'input\n',
          env,
        );
        assert.equal(run.out, 'input\n');
        assert.match(run.err, /err\n/);
        assert.equal(run.code, 7);
        const event = house.events.findLast(({ info }) => info?.subresource === 'exec');
        assert.equal(event?.status, 101);
        assert.equal(event?.method, name === 'SPDY' ? 'POST' : 'GET');
      });

      itWithPods(`copies a large file both ways over ${name}`, async () => {
        const file = join(folder, `large-${name}`);
        const bytes = Buffer.alloc(5 * 1024 * 1024);
        for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) & 0xff;
        writeFileSync(file, bytes);
        await ok(['cp', file, `box:/tmp/large-${name}`], '', env);
        await ok(['cp', `box:/tmp/large-${name}`, `${file}.back`], '', env);
        assert.ok(readFileSync(`${file}.back`).equals(bytes));
      });

      itWithPods(`forwards ports over ${name}`, async () => {
        const forward = start(['port-forward', 'pod/box', ':8080'], env);
        await until(() => /127\.0\.0\.1:\d+ ->/.test(forward.out()), 'the port');
        const port = Number(/127\.0\.0\.1:(\d+) ->/.exec(forward.out())?.[1]);
        for (let i = 0; i < 3; i++) {
          const socket = tcpConnect(port, '127.0.0.1');
          let text = '';
          socket.on('data', (chunk) => {
            text += chunk;
          });
          socket.write('GET / HTTP/1.0\r\n\r\n');
          await once(socket, 'close');
          assert.match(text, /hello/);
        }
        forward.child.kill();
        await forward.done;
        await until(() => house.proxy.streams().length === 0, 'the end of the stream');
      });

      itWithPods(`is told, or cut, over ${name} when access is lost`, async () => {
        const run = start(
          ['exec', '-i', 'box', '--', '/bin/sh', '-c', 'echo ready; sleep 60'],
          env,
        );
        await until(() => run.out().includes('ready'), 'the command');
        house.refusal = fail('proxy.user_disabled', { username: 'ada' });
        await house.proxy.recheck();
        const { code, err } = await run.done;
        house.refusal = undefined;
        // kubectl takes the end of a SPDY connection for the end of the command, here as anywhere.
        if (name === 'WebSocket') {
          assert.notEqual(code, 0);
          assert.match(err, /The user ada is disabled/);
        }
      });
    }

    itWithPods('attaches to what runs there', async () => {
      const attached = start(['attach', 'box']);
      await until(() => /line \d+\n/.test(attached.out()), 'what it says');
      assert.ok(house.proxy.streams().some(({ subresource }) => subresource === 'attach'));
      attached.child.kill();
      await attached.done;
      await until(() => house.proxy.streams().length === 0, 'the end of the stream');
    });

    itWithPods('says what the API server says when it refuses a command', async () => {
      const { code, err } = await kubectl(['exec', 'missing', '--', 'true']);
      assert.equal(code, 1);
      assert.match(err, /pods "missing" not found/);
    });

    itWithPods('reaches a port of the pod through the API server', async () => {
      const answer = await ask(
        house,
        `/api/v1/namespaces/${NAMESPACE}/pods/box:8080/proxy/index.html`,
      );
      assert.equal(answer.status, 200);
      assert.match(answer.body, /hello/);
      assert.match(String(answer.headers['content-security-policy']), /^sandbox/);
    });

    itWithPods('is led back into the gateway by a redirect of the API server', async () => {
      const answer = await ask(house, `/api/v1/namespaces/${NAMESPACE}/pods/box:8080/proxy`);
      if (answer.status === 301) {
        assert.equal(
          answer.headers.location,
          `${PREFIX}/api/v1/namespaces/${NAMESPACE}/pods/box:8080/proxy/`,
        );
      } else assert.equal(answer.status, 200);
    });

    itWithPods('attaches a debugging container', async () => {
      const { code, err } = await kubectl([
        'debug',
        'box',
        '--image=docker.io/local/busybox:1',
        '--image-pull-policy=IfNotPresent',
        '--quiet',
        '-c',
        'debugger',
        '--',
        '/bin/sh',
        '-c',
        'true',
      ]);
      assert.equal(code, 0, err);
    });
  });
});

describe('an answer of the API server', () => {
  /** Head and bytes of an answer, undecoded. */
  async function raw(options: RequestOptions) {
    const req = request({ ...options, agent: false });
    req.end();
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    const { 'content-type': type, 'content-encoding': encoding } = res.headers;
    return { status: res.statusCode, type, encoding, bytes: Buffer.concat(await res.toArray()) };
  }

  for (const [what, path, headers, encoding] of [
    ['compressed', '/openapi/v2', { 'accept-encoding': 'gzip' }, 'gzip'],
    ['in protobuf', ROLE, { accept: 'application/vnd.kubernetes.protobuf' }, undefined],
    ['in CBOR, or in JSON', ROLE, { accept: 'application/cbor,application/json;q=0.5' }, undefined],
    ['as a table', ROLE, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }, undefined],
    ['in YAML', ROLE, { accept: 'application/yaml' }, undefined],
    [
      'with all groups at once',
      '/apis',
      { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' },
      undefined,
    ],
  ] as const) {
    it(`${what} comes through byte for byte`, async () => {
      const { target } = house.passage;
      const direct = await raw({
        ...{ host: target.host, port: target.port, ca: target.ca, path },
        headers: { ...headers, authorization: target.authorization },
      });
      const through = await raw({
        ...{ host: '127.0.0.1', port: house.port, servername: 'front.test', ca: house.ca },
        path: `${PREFIX}${path}`,
        headers: { ...headers, authorization: `Bearer ${TOKEN}` },
      });
      assert.equal(direct.status, 200);
      assert.equal(through.encoding, encoding);
      assert.ok(through.bytes.length > 100);
      assert.deepEqual(
        { ...through, bytes: through.bytes.length },
        { ...direct, bytes: direct.bytes.length },
      );
      assert.ok(through.bytes.equals(direct.bytes));
    });
  }
});
