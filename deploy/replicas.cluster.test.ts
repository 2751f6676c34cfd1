import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hasPart, type Lab, useLab } from '@sallyport/lab';
import { run } from '../lab/src/binaries/command.ts';
import { newAuthority, newLeaf } from '../lab/src/pki.ts';
import { postgresMissing, startTestPostgres } from '../server/src/store/testPostgres.ts';
import type { Values } from './testing/chart.ts';
import { Gate, until } from './testing/gate.ts';
import { findHelm } from './testing/helm.ts';

const ADMIN = { username: 'admin', password: 'correct horse battery staple' };
const SOCKET = '.s.PGSQL.5432';

const VALUES: Values = {
  replicaCount: 2,
  workers: 1,
  'database.existingSecret': 'database',
  'secretKey.existingSecret': 'key',
  'tls.existingSecret': 'certificate',
  // The lab's network leads nowhere, so PostgreSQL's socket comes to the pods in a folder.
  extraVolumes: [{ name: 'socket', persistentVolumeClaim: { claimName: 'socket' } }],
  extraVolumeMounts: [{ name: 'socket', mountPath: '/postgres' }],
};

describe('several pods with one PostgreSQL', () => {
  it('are one Sallyport: what one is told, the other knows, and either may go', async (t) => {
    const found = await findHelm();
    if (!hasPart(t, 'helm', 'reason' in found ? found.reason : undefined)) return;
    if (!hasPart(t, 'postgres', postgresMissing())) return;
    const lab = await useLab().catch((error: Error) => error.message);
    if (typeof lab === 'string') return void hasPart(t, 'cluster', lab);
    const namespace = `replicas-${randomBytes(3).toString('hex')}`;
    const gate = new Gate(lab, 'path' in found ? found.path : '', namespace);
    const ends: Array<() => unknown> = [
      () => lab.stop(),
      () => lab.call('DELETE', `/api/v1/namespaces/${namespace}`),
      () => gate.close(),
    ];
    try {
      if (!hasPart(t, 'pods', lab.pods ? undefined : lab.podsReason)) return;
      const postgres = await startTestPostgres();
      ends.push(() => postgres.stop());
      const folder = join(gate.folder, 'socket');
      const relay = await relayTo(decodeURIComponent(new URL(postgres.url).host), folder);
      ends.push(() => relay.close());
      const authority = await makeSurroundings(lab, namespace);
      await gate.offerVolume(namespace, folder);
      await gate.loadImage();
      await gate.install(VALUES);

      const [first = '', second = '', ...more] = await pods(gate);
      assert.ok(second);
      assert.deepEqual(more, []);
      const ports = [await gate.reach(first), await gate.reach(second)] as const;
      const admin = gate.person(ports[0], authority);
      await admin.call('setup.complete', {
        body: { token: await gate.setupToken(first), ...ADMIN },
      });
      const { id } = await admin.call('environments.create', {
        body: { name: namespace, kubeconfig: lab.adminKubeconfig },
      });
      const me = await admin.call('auth.me');
      await admin.call('grants.create', {
        body: { userId: me.id, role: 'view', environmentIds: [id] },
      });
      const file = await admin.call('kubeconfigs.create', { body: { environmentIds: [id] } });
      const kubeconfig = join(gate.folder, 'kubeconfig.yaml');
      writeFileSync(kubeconfig, await file.text(), { mode: 0o600 });
      const through = (port: number) =>
        run(lab.kubectl ?? 'kubectl', [
          ...['--kubeconfig', kubeconfig, 'get', 'configmaps', '--namespace', namespace],
          ...['--server', `https://127.0.0.1:${port}/api/endpoints/${id}/kubernetes`],
        ]);
      // The other one opens a credential that this one has sealed, and shows the same certificate.
      for (const port of ports) assert.match(await through(port), /kube-root-ca\.crt/);

      const other = gate.person(ports[1], authority);
      await other.call('auth.login', { body: ADMIN });
      assert.equal(await gate.deletePod(first), 0, 'it ended in order, and not by SIGKILL');
      assert.match(await through(ports[1]), /kube-root-ca\.crt/);
      await until(
        async () => (await pods(gate)).length === 2 && !(await pods(gate)).includes(first),
      );
      const third = (await pods(gate)).find((pod) => pod !== second) ?? '';
      const port = await gate.reach(third);
      assert.match(await through(port), /kube-root-ca\.crt/);
      assert.equal(/^Set up: /m.test(await gate.log(third)), false);

      const { items } = await other.call('kubeconfigs.list');
      await other.call('kubeconfigs.revoke', { params: { id: items[0]?.id ?? 0 } });
      await until(() =>
        through(port).then(
          () => false,
          (error: Error) => /revoked/.test(error.message),
        ),
      );
      // With it go the bindings that it made in the cluster, which others share.
      await other.call('environments.delete', { params: { id } });
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
});

/** Names of the pods, without those that end. */
async function pods(gate: Gate): Promise<string[]> {
  const { items } = JSON.parse(await gate.kubectl('get', 'pods', '-o', 'json')) as {
    items: { metadata: { name: string; deletionTimestamp?: string } }[];
  };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
}

/** Makes a socket in a folder that leads to PostgreSQL's, whose own folder is closed to others. */
async function relayTo(source: string, folder: string): Promise<Server> {
  mkdirSync(folder);
  const relay = createServer((client) => {
    const server = connect(join(source, SOCKET));
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(join(folder, SOCKET), resolve));
  chmodSync(join(folder, SOCKET), 0o777);
  // What pods leave open is no reason for this process to stay.
  return relay.unref();
}

/** Makes the namespace with the Secrets and the claim that VALUES name. @returns the CA, PEM */
async function makeSurroundings(lab: Lab, namespace: string): Promise<string> {
  const authority = await newAuthority('gate-example');
  const { cert, key } = await newLeaf(authority, {
    commonName: 'gate.example',
    usage: ['server'],
    dnsNames: ['gate.example'],
    ipAddresses: ['127.0.0.1'],
  });
  const secret = (name: string, stringData: Record<string, string>, type = 'Opaque') =>
    ['secrets', { metadata: { name }, type, stringData }] as const;
  const claim = {
    metadata: { name: 'socket' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: namespace,
      resources: { requests: { storage: '1Mi' } },
    },
  };
  const certificate = { 'tls.crt': `${cert}\n${authority.cert}`, 'tls.key': key };
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await make(lab, '/api/v1/namespaces', { metadata: { name: namespace, labels } });
  for (const [kind, object] of [
    secret('database', { url: 'postgres://postgres@%2Fpostgres/postgres' }),
    secret('key', { key: randomBytes(32).toString('base64') }),
    secret('certificate', certificate, 'kubernetes.io/tls'),
    ['persistentvolumeclaims', claim] as const,
  ])
    await make(lab, `/api/v1/namespaces/${namespace}/${kind}`, object);
  return authority.cert;
}

async function make(lab: Lab, path: string, object: object): Promise<void> {
  const { status, body } = await lab.call('POST', path, object);
  assert.equal(status, 201, JSON.stringify(body));
}
