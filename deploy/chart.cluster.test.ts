import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { hasPart, type Lab, useLab } from '@sallyport/lab';
import { run } from '../lab/src/binaries/command.ts';
import { readAuthority } from '../scripts/rest.ts';
import { CHART, FOR_KUBERNETES, flagsOf, LEAST, SEVERAL, type Values } from './testing/chart.ts';
import { Gate, until } from './testing/gate.ts';
import { findHelm } from './testing/helm.ts';

const ADMIN = { username: 'admin', password: 'correct horse battery staple' };

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
    proxyProtocol: ['192.0.2.0/24'],
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
    'config.hsts': '365d',
    extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/extra/ca.pem' }],
    extraVolumes: [{ name: 'extra', configMap: { name: 'extra' } }],
    extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
    podAnnotations: { example: 'yes' },
    podLabels: { example: 'yes' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'gate', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    imagePullSecrets: [{ name: 'pull' }],
    'backup.schedule': '30 2 * * *',
    'backup.timeZone': 'Europe/Berlin',
    'backup.existingSecret': 'passphrase',
    'backup.existingClaim': 'backups',
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
    [
      'SQLite on a volume, and backups',
      {
        ...LEAST,
        ...{ 'backup.schedule': '@daily', 'backup.existingSecret': 'passphrase' },
        ...{ 'backup.existingClaim': 'backups', 'backup.withAudit': true },
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

  /** Offers a folder for backups, and a passphrase. @returns the values that have them made */
  async function backupTo(gate: Gate): Promise<Values> {
    const name = `${namespace}-backups`;
    const disk = join(gate.folder, 'backups');
    mkdirSync(disk);
    await gate.offerVolume(name, disk);
    const claim = {
      metadata: { name: 'backups' },
      spec: {
        ...{ accessModes: ['ReadWriteOnce'], storageClassName: name },
        resources: { requests: { storage: '1Gi' } },
      },
    };
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    assert.equal((await lab?.call('POST', claims, claim))?.status, 201);
    const phrase = ['--from-literal=passphrase=Flut am Morgen'];
    await gate.kubectl('create', 'secret', 'generic', 'phrase', ...phrase);
    return {
      ...{ 'backup.schedule': '0 0 1 1 *', 'backup.existingSecret': 'phrase' },
      ...{ 'backup.existingClaim': 'backups', 'backup.withAudit': true },
    };
  }

  /** Has the CronJob run now, beside the pod that serves. */
  async function backUp(gate: Gate, values: Values): Promise<void> {
    await gate.upgrade(values);
    await gate.kubectl('create', 'job', 'now', '--from=cronjob/gate-sallyport-backup');
    await until(async () => {
      const of = 'jsonpath={.status.succeeded}/{.status.failed}';
      const [done, failed] = (await gate.kubectl('get', 'job', 'now', '-o', of)).split('/');
      assert.equal(failed, '', await gate.log('job/now'));
      return done === '1';
    });
    assert.match(await gate.log('job/now'), /^\/backups\/sallyport-\w+\.backup: \d+ bytes in/m);
    const [file = '', ...more] = readdirSync(join(gate.folder, 'backups'));
    assert.deepEqual(more, []);
    assert.equal(statSync(join(gate.folder, 'backups', file)).mode & 0o777, 0o600);
    await gate.kubectl('delete', 'job', 'now', '--wait');
  }

  it('runs Sallyport: people get through, and it comes back with its data', async (t) => {
    const here = needs(t, true);
    if (!here) return;
    const gate = new Gate(here.lab, here.helm, namespace);
    const pod = 'gate-sallyport-0';
    const disk = join(gate.folder, 'disk');
    const onDisk: Values = { 'persistence.storageClass': namespace };
    try {
      await gate.loadImage();
      mkdirSync(disk);
      await gate.offerVolume(namespace, disk);
      // All of the cluster's own addresses, from where the kubelet asks too.
      await gate.install({ ...onDisk, proxyProtocol: ['10.0.0.0/8'] });
      const port = await gate.reach(pod);
      const admin = gate.person(port, readAuthority(disk));
      await admin.call('setup.complete', {
        body: { token: await gate.setupToken(pod), ...ADMIN },
      });
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
      const read = () => through('get', 'configmap', 'through', '-o', 'jsonpath={.data.a}');
      assert.equal(await read(), 'b');
      // An upgraded connection, to the very pod that it goes through.
      const inside = await through('exec', pod, '--', 'node', '-e', LOOK_AROUND);
      assert.deepEqual(JSON.parse(inside), {
        ...{ uid: 10001, gid: 10001, capabilities: '0000000000000000', noNewPrivileges: '1' },
        ...{ seccomp: '2', root: 'EROFS', token: false, data: 'written', tmp: 'written' },
      });

      await backUp(gate, { ...onDisk, ...(await backupTo(gate)) });
      assert.equal(await gate.deletePod(pod), 0, 'it ended in order, and not by SIGKILL');
      await gate.leave();
      await gate.reach(pod, port);
      assert.equal(await read(), 'b');
      assert.doesNotMatch(await gate.log(pod), /^Set up: /m);

      // What is uninstalled leaves its volume. Where that was restored from somewhere, it is not the
      // group's, and Kubernetes makes all of it the group's: the key too.
      await gate.leave();
      await gate.uninstall();
      chownSync(disk, 0, 0);
      await gate.install(onDisk);
      await gate.reach(pod, port);
      assert.equal(await read(), 'b');
      const modeOf = (name: string) => statSync(join(disk, name)).mode & 0o777;
      assert.equal(modeOf('tls/ca.crt'), 0o664);
      assert.equal(modeOf('tls/ca.pem'), 0o600);
      assert.equal(modeOf('key'), 0o600);

      // With it go the bindings that it made in the cluster, which others share.
      const again = gate.person(port, readAuthority(disk));
      await again.call('auth.login', { body: ADMIN });
      await again.call('environments.delete', { params: { id } });

      // A pod that cannot start does not stand in the way of one that can.
      await gate.upgrade({ ...onDisk, 'config.auditSyslog': 'nowhere' });
      await until(async () => /auditSyslog.*is no syslog/.test(await gate.log(pod)));
      await gate.upgrade(onDisk);
      await gate.leave();
      await gate.reach(pod, port);
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
