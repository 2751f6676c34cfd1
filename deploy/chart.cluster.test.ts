import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasPart, type Lab, useLab } from '@sallyport/lab';
import { run } from '../lab/src/binaries/command.ts';
import { createPerson, type Person, readAuthority } from '../scripts/rest.ts';
import { CHART, FOR_KUBERNETES, flagsOf, LEAST, SEVERAL, type Values } from './testing/chart.ts';
import { findHelm } from './testing/helm.ts';
import { makeImage } from './testing/image.ts';

const IMAGE = { repository: 'docker.io/local/sallyport', tag: 'test' };
const PASSWORD = 'correct horse battery staple';
const PATIENCE = ['--wait', '--timeout', '120s'];

/** The chart in a real cluster, which holds its namespace to the restricted Pod Security Standard. */
describe('the chart in a cluster', () => {
  const namespace = `gate-${randomBytes(3).toString('hex')}`;
  let lab: Lab | undefined;
  let noCluster: string | undefined;
  let found: Awaited<ReturnType<typeof findHelm>>;

  before(async () => {
    found = await findHelm();
    lab = await useLab().catch((error: Error) => {
      noCluster = error.message;
      return undefined;
    });
    await lab?.call('POST', '/api/v1/namespaces', {
      metadata: {
        name: namespace,
        labels: {
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
        },
      },
    });
  });
  after(async () => {
    await lab?.call('DELETE', `/api/v1/namespaces/${namespace}`);
    await lab?.stop();
  });

  /** What a test needs of this machine, or undefined where it is skipped. */
  function needs(t: TestContext, pods = false): { lab: Lab; helm: string } | undefined {
    if (!hasPart(t, 'cluster', noCluster) || !lab) return undefined;
    if (pods && !hasPart(t, 'pods', lab.pods ? undefined : lab.podsReason)) return undefined;
    if (!hasPart(t, 'helm', 'reason' in found ? found.reason : undefined)) return undefined;
    return 'path' in found ? { lab, helm: found.path } : undefined;
  }

  const everything: Values = {
    ...SEVERAL,
    publicUrl: 'https://gate.example',
    trustedProxies: ['10.0.0.0/8'],
    'adminPassword.existingSecret': 'password',
    'metrics.existingSecret': 'metrics',
    'ingress.enabled': true,
    'ingress.className': 'nginx',
    'ingress.tlsPassthrough': false,
    'ingress.tlsSecret': 'gate-tls',
    'networkPolicy.enabled': true,
    'networkPolicy.from': [{ namespaceSelector: { matchLabels: { team: 'ingress' } } }],
    'networkPolicy.egress': [{ ports: [{ port: 6443 }] }],
    'service.type': 'LoadBalancer',
    'service.externalTrafficPolicy': 'Local',
    'service.loadBalancerSourceRanges': ['192.0.2.0/24'],
    'service.annotations': { example: 'yes' },
    'config.logLevel': 'debug',
    extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/extra/ca.pem' }],
    extraVolumes: [{ name: 'extra', configMap: { name: 'extra' } }],
    extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
    podAnnotations: { example: 'yes' },
    podLabels: { example: 'yes' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'gate', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    imagePullSecrets: [{ name: 'pull' }],
    'image.digest': `sha256:${'0'.repeat(64)}`,
  };
  const combinations: ReadonlyArray<readonly [name: string, values: Values]> = [
    ['SQLite on a volume', LEAST],
    [
      'SQLite on a claim of one’s own, behind an Ingress that passes TLS through',
      {
        ...LEAST,
        ...{ 'persistence.existingClaim': 'disk', 'ingress.enabled': true },
        ...{ publicUrl: 'https://gate.example', 'networkPolicy.enabled': true },
        ...{ 'serviceAccount.create': false, 'tls.existingSecret': 'certificate' },
      },
    ],
    ['nothing kept', { ...LEAST, 'persistence.enabled': false, 'service.type': 'NodePort' }],
    ['PostgreSQL and one pod', { ...SEVERAL, replicaCount: 1 }],
    ['PostgreSQL and everything there is', everything],
  ];
  for (const [name, values] of combinations)
    it(`is taken by the API server without a warning: ${name}`, async (t) => {
      const here = needs(t);
      if (!here) return;
      const folder = mkdtempSync(join(tmpdir(), 'sallyport-chart-'));
      try {
        const file = join(folder, 'manifests.yaml');
        const rendered = await run(here.helm, [
          ...['template', 'gate', CHART, '--namespace', namespace],
          ...[...FOR_KUBERNETES, ...flagsOf(values)],
        ]);
        writeFileSync(file, rendered);
        const warnings: string[] = [];
        const said = await run(
          here.lab.kubectl ?? 'kubectl',
          [
            ...['--kubeconfig', here.lab.adminKubeconfigPath, '--namespace', namespace],
            ...['apply', '--dry-run=server', '--validate=strict', '-f', file],
          ],
          { onLine: (line) => warnings.push(line) },
        );
        assert.deepEqual(warnings, []);
        assert.equal(
          said.trim().split('\n').length,
          rendered.split('\n').filter((line) => line.startsWith('kind: ')).length,
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

  it('runs Sallyport: people get through, and a pod that is deleted comes back with its data', async (t) => {
    const here = needs(t, true);
    if (!here) return;
    const gate = await Gate.install(here.lab, here.helm, namespace);
    try {
      let token = '';
      // The first process is ready a moment before all are and the link is written.
      await until(async () => {
        const said = await gate.log();
        token = /^Set up: https:\S+#token=(\S+)$/m.exec(said)?.[1] ?? '';
        return token !== '';
      });
      const admin = await gate.person();
      const credentials = { username: 'admin', password: PASSWORD };
      await admin.call('setup.complete', { body: { token, ...credentials } });
      const { id } = await admin.call('environments.create', {
        body: { name: namespace, kubeconfig: here.lab.adminKubeconfig },
      });
      const me = await admin.call('auth.me');
      await admin.call('grants.create', {
        body: { userId: me.id, role: 'cluster-admin', environmentIds: [id] },
      });
      const file = await admin.call('kubeconfigs.create', { body: { environmentIds: [id] } });
      const kubeconfig = join(gate.folder, 'kubeconfig.yaml');
      writeFileSync(kubeconfig, await file.text(), { mode: 0o600 });
      const through = (...args: string[]) =>
        run(here.lab.kubectl ?? 'kubectl', [
          ...['--kubeconfig', kubeconfig, '--namespace', namespace, ...args],
        ]);
      await through('create', 'configmap', 'through', '--from-literal=a=b');
      assert.match(await through('get', 'configmap', 'through', '-o', 'yaml'), /a: b/);
      // An upgraded connection, to the very pod that it goes through.
      const inside = await through('exec', gate.pod, '--', 'node', '-e', LOOK_AROUND);
      assert.deepEqual(JSON.parse(inside), {
        ...{ uid: 10001, gid: 10001, capabilities: '0000000000000000', noNewPrivileges: '1' },
        ...{ seccomp: '2', root: 'EROFS', token: false, data: 'written', tmp: 'written' },
      });

      assert.equal(await gate.deletePod(), 0, 'it ended in order, and not by SIGKILL');
      await gate.reach();
      assert.match(await through('get', 'configmap', 'through', '-o', 'yaml'), /a: b/);
      assert.doesNotMatch(await gate.log(), /^Set up: /m);

      // A restored volume is not the group's, so Kubernetes makes all of it the group's: the key too.
      await gate.scale(0);
      chownSync(gate.disk, 0, 0);
      await gate.scale(1);
      await gate.reach();
      assert.match(await through('get', 'configmap', 'through', '-o', 'yaml'), /a: b/);
      assert.equal(statSync(join(gate.disk, 'tls', 'ca.crt')).mode & 0o777, 0o664);
      assert.equal(statSync(join(gate.disk, 'key')).mode & 0o777, 0o600);
      assert.equal(statSync(join(gate.disk, 'tls', 'ca.pem')).mode & 0o777, 0o600);

      // Bindings in the cluster go with it, since others use the cluster.
      await (await gate.person(credentials)).call('environments.delete', { params: { id } });

      await gate.upgrade({ 'config.auditSyslog': 'nowhere' });
      await until(async () => /auditSyslog.*is no syslog/.test(await gate.log()));
      await gate.upgrade({}, ...PATIENCE);
    } finally {
      await gate.close();
    }
  });
});

/** What a process in the container finds. */
const LOOK_AROUND = `
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const status = readFileSync('/proc/self/status', 'utf8');
const of = (name) => new RegExp('^' + name + ':\\\\s*(\\\\S+)', 'm').exec(status)[1];
const write = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (e) { return e.code; } };
console.log(JSON.stringify({
  uid: process.getuid(), gid: process.getgid(), capabilities: of('CapEff'),
  noNewPrivileges: of('NoNewPrivs'), seccomp: of('Seccomp'),
  root: write('/opt/sallyport/x'), token: existsSync('/var/run/secrets/kubernetes.io'),
  data: write('/data/x'), tmp: write('/tmp/x'),
}));`;

/** Sallyport in a lab, installed by Helm. */
class Gate {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-gate-'));
  /** The volume, on this machine. */
  readonly disk = join(this.folder, 'disk');
  readonly pod = 'gate-sallyport-0';
  readonly #lab: Lab;
  readonly #helm: string;
  readonly #namespace: string;
  readonly #people: Person[] = [];
  #forward: ChildProcess | undefined;
  #port = 0;

  private constructor(lab: Lab, helm: string, namespace: string) {
    this.#lab = lab;
    this.#helm = helm;
    this.#namespace = namespace;
  }

  static async install(lab: Lab, helm: string, namespace: string): Promise<Gate> {
    const gate = new Gate(lab, helm, namespace);
    try {
      const archive = join(gate.folder, 'image.tar');
      await makeImage(`${IMAGE.repository}:${IMAGE.tag}`, archive);
      await lab.importImages(archive);
      rmSync(archive);
      await gate.#makeVolume();
      await gate.#release('install', {}, PATIENCE);
      await gate.reach();
      return gate;
    } catch (error) {
      await gate.close();
      throw error;
    }
  }

  /** The lab has no provisioner, so the volume is there before it is claimed. */
  async #makeVolume(): Promise<void> {
    mkdirSync(this.disk);
    const answer = await this.#lab.call('POST', '/api/v1/persistentvolumes', {
      metadata: { name: this.#namespace },
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: this.#namespace,
        local: { path: this.disk },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'kubernetes.io/hostname', operator: 'In', values: ['lab-node'] },
                ],
              },
            ],
          },
        },
      },
    });
    assert.equal(answer.status, 201);
  }

  async upgrade(values: Values, ...flags: string[]): Promise<void> {
    await this.#release('upgrade', values, flags);
  }

  async #release(verb: 'install' | 'upgrade', values: Values, flags: string[]): Promise<void> {
    const all: Values = {
      'image.repository': IMAGE.repository,
      'image.tag': IMAGE.tag,
      'persistence.storageClass': this.#namespace,
      ...values,
    };
    await run(this.#helm, [
      ...[verb, 'gate', CHART, '--namespace', this.#namespace, ...flags, ...flagsOf(all)],
      ...['--kubeconfig', this.#lab.adminKubeconfigPath],
    ]);
  }

  /** kubectl as the cluster's admin, past Sallyport. */
  kubectl(...args: string[]): Promise<string> {
    return run(this.#lab.kubectl ?? 'kubectl', [
      ...['--kubeconfig', this.#lab.adminKubeconfigPath, '--namespace', this.#namespace],
      ...args,
    ]);
  }

  /** What Sallyport has written since it started; nothing where it has not. */
  log(): Promise<string> {
    return this.kubectl('logs', this.pod).catch(() => '');
  }

  /** Waits until the pod is ready, and forwards a port to it, the same one each time. */
  async reach(): Promise<void> {
    await until(() =>
      this.kubectl('get', 'pod', this.pod).then(
        () => true,
        () => false,
      ),
    );
    await this.kubectl('wait', '--for=condition=Ready', `pod/${this.pod}`, '--timeout=120s');
    await this.#endForward();
    const forward = spawn(this.#lab.kubectl ?? 'kubectl', [
      ...['--kubeconfig', this.#lab.adminKubeconfigPath, '--namespace', this.#namespace],
      ...['port-forward', '--address', '127.0.0.1', `pod/${this.pod}`],
      `${this.#port || ''}:9443`,
    ]);
    this.#forward = forward;
    const [line] = (await once(forward.stdout, 'data')) as [Buffer];
    this.#port = Number(/127\.0\.0\.1:(\d+)/.exec(line.toString())?.[1]);
  }

  /** Somebody with a browser of their own, signed in or not. */
  async person(credentials?: { username: string; password: string }): Promise<Person> {
    const person = createPerson(`https://127.0.0.1:${this.#port}`, readAuthority(this.disk));
    this.#people.push(person);
    if (credentials) await person.call('auth.login', { body: credentials });
    return person;
  }

  /** Deletes the pod and waits until it has ended. @returns with which exit code Sallyport ended */
  async deletePod(): Promise<number> {
    const finalizers = (list: readonly string[]) =>
      this.kubectl(
        'patch',
        'pod',
        this.pod,
        '-p',
        JSON.stringify({ metadata: { finalizers: list } }),
      );
    // So that what became of it can be read before it is gone.
    await finalizers(['sallyport.test/read']);
    await this.kubectl('delete', 'pod', this.pod, '--wait=false');
    const path = 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}';
    let ended = '';
    await until(async () => {
      ended = await this.kubectl('get', 'pod', this.pod, '-o', path);
      return ended !== '';
    });
    await this.kubectl('patch', 'pod', this.pod, '--type=json', '-p', DROP_FINALIZERS);
    return Number(ended);
  }

  async scale(replicas: number): Promise<void> {
    await this.kubectl('scale', 'statefulset/gate-sallyport', `--replicas=${replicas}`);
    if (replicas === 0)
      await this.kubectl('wait', '--for=delete', `pod/${this.pod}`, '--timeout=60s');
  }

  async #endForward(): Promise<void> {
    const forward = this.#forward;
    this.#forward = undefined;
    if (!forward || forward.exitCode !== null || forward.signalCode !== null) return;
    forward.kill('SIGKILL');
    await once(forward, 'exit');
  }

  async close(): Promise<void> {
    await Promise.all(this.#people.map((person) => person.close()));
    await this.#endForward();
    await run(this.#helm, [
      ...['uninstall', 'gate', '--namespace', this.#namespace, '--ignore-not-found', '--wait'],
      ...['--kubeconfig', this.#lab.adminKubeconfigPath],
    ]).catch(() => {});
    await this.#lab.call('DELETE', `/api/v1/persistentvolumes/${this.#namespace}`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const DROP_FINALIZERS = JSON.stringify([{ op: 'remove', path: '/metadata/finalizers' }]);

async function until(check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`never came: ${check}`);
    await sleep(200);
  }
}
