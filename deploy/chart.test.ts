import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { hasPart } from '@sallyport/lab';
import { parse } from 'yaml';
import { run } from '../lab/src/binaries/command.ts';
import { valueRows } from '../scripts/docs/chartValues.ts';
import { configReference, readInvocation } from '../server/src/config.ts';
import {
  CHART,
  FOR_KUBERNETES,
  flagsOf,
  LEAST,
  only,
  render,
  SEVERAL,
  type Values,
} from './testing/chart.ts';
import { findHelm } from './testing/helm.ts';

const VALUES = readFileSync(join(CHART, 'values.yaml'), 'utf8');
const SCHEMA = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The chart as Helm renders it; chart.cluster.test.ts gives it to a real API server. */
describe('the chart', () => {
  let found: Awaited<ReturnType<typeof findHelm>>;
  before(async () => {
    found = await findHelm();
  });
  /** A test that needs Helm. */
  const withHelm = (name: string, body: (helm: string) => Promise<void>) =>
    it(name, async (t: TestContext) => {
      if (hasPart(t, 'helm', 'reason' in found ? found.reason : undefined) && 'path' in found)
        await body(found.path);
    });

  withHelm('is one that helm lint has nothing against, also with several pods', async (helm) => {
    for (const values of [LEAST, SEVERAL])
      await run(helm, ['lint', '--strict', CHART, ...FOR_KUBERNETES, ...flagsOf(values)]);
  });

  withHelm('runs one pod with a volume that is kept, where there is SQLite', async (helm) => {
    const manifests = await render(helm, LEAST);
    assert.deepEqual(manifests.map(({ kind }) => kind).sort(), [
      ...['ConfigMap', 'PersistentVolumeClaim', 'Service', 'ServiceAccount', 'StatefulSet'],
    ]);
    const claim = only(manifests, 'PersistentVolumeClaim');
    assert.equal(
      (claim.metadata as unknown as { annotations: Record<string, string> }).annotations[
        'helm.sh/resource-policy'
      ],
      'keep',
    );
    const { spec } = only(manifests, 'StatefulSet');
    assert.equal(spec.replicas, 1);
    const volume = spec.template.spec.volumes.find(({ name }: { name: string }) => name === 'data');
    assert.deepEqual(volume.persistentVolumeClaim, { claimName: claim.metadata.name });
  });

  withHelm('runs equal pods that keep nothing, where there is PostgreSQL', async (helm) => {
    const manifests = await render(helm, SEVERAL);
    const kinds = manifests.map(({ kind }) => kind);
    assert.ok(!kinds.includes('PersistentVolumeClaim') && !kinds.includes('StatefulSet'));
    const { spec } = only(manifests, 'Deployment');
    const pod = spec.template.spec;
    assert.deepEqual(spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
    assert.deepEqual(
      pod.containers[0].env.slice(1).map((one: { name: string }) => one.name),
      ['DATABASE_URL', 'SALLYPORT_SECRET_KEY'],
    );
    assert.equal(only(manifests, 'PodDisruptionBudget').spec.maxUnavailable, 1);
    assert.ok(pod.topologySpreadConstraints[0].labelSelector.matchLabels);
    // Less would cut off what the grace promises.
    const { command } = pod.containers[0].lifecycle.preStop.exec;
    assert.deepEqual(command, ['sleep', '5']);
    assert.ok(pod.terminationGracePeriodSeconds > 5 + 10 + 10);
  });

  withHelm('holds pods to the restricted Pod Security Standard, without a token', async (helm) => {
    const pod = only(await render(helm, LEAST), 'StatefulSet').spec.template.spec;
    assert.equal(pod.automountServiceAccountToken, false);
    assert.equal(pod.enableServiceLinks, false);
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.deepEqual(pod.securityContext.seccompProfile, { type: 'RuntimeDefault' });
    assert.deepEqual(pod.containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
  });

  withHelm('gives a pod longer than the grace that it gives requests', async (helm) => {
    for (const shutdownGraceSeconds of [0, 10, 600]) {
      const manifests = await render(helm, { ...LEAST, shutdownGraceSeconds });
      const { config } = configOf(manifests);
      const pod = only(manifests, 'StatefulSet').spec.template.spec;
      assert.equal(config.shutdownGrace, shutdownGraceSeconds * 1000);
      // Sallyport itself gives up ten seconds after the grace.
      assert.ok(pod.terminationGracePeriodSeconds * 1000 > config.shutdownGrace + 10_000);
    }
  });

  withHelm('writes the settings so that Sallyport reads them', async (helm) => {
    const manifests = await render(helm, {
      ...SEVERAL,
      publicUrl: 'https://gate.example',
      trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
      workers: 3,
      'adminPassword.existingSecret': 'password',
      config: { environmentStreams: 999_999, auditFile: '/data/audit.log', logLevel: 'warn' },
    });
    const { config } = configOf(manifests);
    assert.equal(config.publicUrl, 'https://gate.example');
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', 'fd00::/8']);
    assert.equal(config.workers, 3);
    assert.equal(config.environmentStreams, 999_999);
    assert.equal(config.auditFile, '/data/audit.log');
    assert.equal(config.logLevel, 'warn');
    const pod = only(manifests, 'Deployment').spec.template.spec;
    // Each file that a setting names is below a mount that is there.
    const mounts = pod.containers[0].volumeMounts.map(
      (one: { mountPath: string }) => one.mountPath,
    );
    for (const file of [config.tlsCert, config.tlsKey, config.adminPasswordFile])
      assert.ok(
        mounts.some((mount: string) => file?.startsWith(`${mount}/`)),
        file,
      );
  });

  withHelm(
    'has pods ask themselves where a PROXY header must come from load balancers',
    async (helm) => {
      const probes = async (values: Values) => {
        const manifests = await render(helm, { ...LEAST, ...values });
        const [container] = only(manifests, 'StatefulSet').spec.template.spec.containers;
        const { startupProbe, livenessProbe, readinessProbe } = container;
        return { manifests, all: [startupProbe, livenessProbe, readinessProbe] };
      };
      const usual = await probes({});
      assert.deepEqual(
        usual.all.map(({ httpGet, exec }) => [httpGet.path, exec]),
        [
          ['/healthz', undefined],
          ['/healthz', undefined],
          ['/readyz', undefined],
        ],
      );
      const { manifests, all } = await probes({ proxyProtocol: ['10.0.5.0/24'] });
      assert.deepEqual(configOf(manifests).config.proxyProtocol, ['10.0.5.0/24']);
      assert.deepEqual(
        all.map(({ httpGet, exec }) => [exec.command.at(-1), httpGet]),
        [
          ['/healthz', undefined],
          ['/healthz', undefined],
          ['/readyz', undefined],
        ],
      );
    },
  );

  withHelm('starts pods anew when a setting changes, and not otherwise', async (helm) => {
    const sums = [LEAST, { ...LEAST, workers: 1 }, { ...LEAST, 'service.port': 8443 }].map(
      async (values) =>
        only(await render(helm, values), 'StatefulSet').spec.template.metadata.annotations[
          'checksum/config'
        ] as string,
    );
    const [first, changed, other] = await Promise.all(sums);
    assert.notEqual(first, changed);
    assert.equal(first, other);
  });

  withHelm('makes an Ingress for the host of publicUrl', async (helm) => {
    const ingress = { 'ingress.enabled': true, publicUrl: 'https://gate.example:8443' };
    const passed = only(await render(helm, { ...LEAST, ...ingress }), 'Ingress').spec;
    assert.equal(passed.rules[0].host, 'gate.example');
    assert.equal(passed.tls, undefined);
    const ended = await render(helm, {
      ...{ ...LEAST, ...ingress, trustedProxies: ['10.0.0.0/8'] },
      'ingress.tlsPassthrough': false,
      'ingress.tlsSecret': 'gate-tls',
    });
    assert.deepEqual(only(ended, 'Ingress').spec.tls, [
      { hosts: ['gate.example'], secretName: 'gate-tls' },
    ]);
  });

  withHelm('lets Prometheus in by the token, over verified TLS', async (helm) => {
    const manifests = await render(helm, {
      ...LEAST,
      'metrics.existingSecret': 'metrics',
      'metrics.serviceMonitor.enabled': true,
      'metrics.serviceMonitor.tlsConfig': { serverName: 'gate.example' },
    });
    const [endpoint] = only(manifests, 'ServiceMonitor').spec.endpoints;
    assert.deepEqual(endpoint.authorization.credentials, { name: 'metrics', key: 'token' });
    assert.deepEqual(endpoint.tlsConfig, { serverName: 'gate.example' });
    assert.equal(endpoint.port, only(manifests, 'Service').spec.ports[0].name);
  });

  const backup: Values = {
    'backup.schedule': '30 2 * * *',
    'backup.existingSecret': 'passphrase',
    'backup.existingClaim': 'backups',
  };

  withHelm('makes backups where Sallyport runs, by a pod that nobody is sent to', async (helm) => {
    const manifests = await render(helm, { ...LEAST, ...backup, 'backup.withAudit': true });
    const job = only(manifests, 'CronJob').spec;
    assert.equal(job.schedule, '30 2 * * *');
    assert.equal(job.concurrencyPolicy, 'Forbid');
    const { metadata, spec } = job.jobTemplate.spec.template;
    const { selector } = only(manifests, 'Service').spec;
    assert.ok(Object.entries(selector).some(([key, value]) => metadata.labels[key] !== value));
    const [near] = spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    assert.deepEqual(near, {
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: { matchLabels: selector },
    });
    const [container] = spec.containers;
    const workload = only(manifests, 'StatefulSet').spec.template.spec;
    for (const part of ['image', 'env', 'securityContext'] as const)
      assert.deepEqual(container[part], workload.containers[0][part]);
    assert.deepEqual(spec.securityContext, workload.securityContext);
    const volume = (name: string) =>
      spec.volumes.find((one: { name: string }) => one.name === name);
    const data = workload.volumes.find((one: { name: string }) => one.name === 'data');
    assert.deepEqual(volume('data'), data);
    assert.deepEqual(volume('backups').persistentVolumeClaim, { claimName: 'backups' });
    const asked = readInvocation({
      argv: container.args,
      env: { SALLYPORT_DATA_DIR: '/data' },
      cwd: '/',
      readFile: () => only(manifests, 'ConfigMap').data?.['sallyport.yaml'] ?? '',
    });
    assert.ok(asked.command === 'backup');
    const { to, passphraseFile, keep, withAudit } = asked;
    assert.deepEqual({ to, keep, withAudit }, { to: '/backups', keep: 14, withAudit: true });
    const mounts = container.volumeMounts.map((one: { mountPath: string }) => one.mountPath);
    assert.ok(mounts.includes(to));
    assert.ok(mounts.some((mount: string) => passphraseFile === `${mount}/passphrase`));
    // Neither everybody, which the command refuses, nor nobody. As YAML 1.2 reads what is octal in 1.1.
    assert.equal(volume('passphrase').secret.defaultMode, 440);
  });

  withHelm('makes backups of PostgreSQL on any node, and none unasked', async (helm) => {
    const manifests = await render(helm, { ...SEVERAL, ...backup });
    const { spec } = only(manifests, 'CronJob').spec.jobTemplate.spec.template;
    assert.equal(spec.affinity, undefined);
    assert.deepEqual(
      spec.containers[0].env.slice(1).map((one: { name: string }) => one.name),
      ['DATABASE_URL', 'SALLYPORT_SECRET_KEY'],
    );
    const without = await render(helm, SEVERAL);
    assert.ok(without.every(({ kind }) => kind !== 'CronJob'));
  });

  const { 'tls.existingSecret': _tls, ...withoutTls } = SEVERAL;
  const { 'secretKey.existingSecret': _key, ...withoutKey } = SEVERAL;
  const ingress = { ...LEAST, 'ingress.enabled': true };
  const monitor = { ...LEAST, 'metrics.serviceMonitor.enabled': true };
  const refusals: ReadonlyArray<readonly [what: string, values: Values, message: RegExp]> = [
    ['no image', {}, /give image\.repository: the image is built/],
    ['several pods with SQLite', { ...LEAST, replicaCount: 2 }, /above 1 needs database\.existing/],
    ['PostgreSQL without a key', withoutKey, /needs secretKey\.existingSecret: with PostgreSQL/],
    ['PostgreSQL without a certificate', withoutTls, /needs tls\.existingSecret: with PostgreSQL/],
    [
      'a volume beside PostgreSQL',
      { ...SEVERAL, 'persistence.existingClaim': 'disk' },
      /existingClaim has no use with database/,
    ],
    ['an Ingress without a host', ingress, /ingress\.enabled needs publicUrl/],
    [
      'an Ingress that ends TLS and is not trusted',
      { ...ingress, publicUrl: 'https://gate.example', 'ingress.tlsPassthrough': false },
      /tlsPassthrough=false needs trustedProxies/,
    ],
    ...['127.0.0.1', '0.0.0.0/0', '::1/128'].map(
      (range) =>
        [
          `a PROXY header of the pod itself (${range})`,
          { ...LEAST, proxyProtocol: [range] },
          /whose probes send no header/,
        ] as const,
    ),
    [
      'a certificate for an Ingress that passes TLS through',
      { ...ingress, publicUrl: 'https://gate.example', 'ingress.tlsSecret': 'gate' },
      /tlsSecret needs ingress\.tlsPassthrough=false/,
    ],
    ['a ServiceMonitor without a token', monitor, /needs metrics\.existingSecret/],
    [
      'a ServiceMonitor that judges no certificate',
      { ...monitor, 'metrics.existingSecret': 'metrics' },
      /serviceMonitor needs tlsConfig/,
    ],
    [
      'a database that it would not know of',
      { ...LEAST, extraEnv: [{ name: 'DATABASE_URL', value: 'postgres://x/y' }] },
      /DATABASE_URL in extraEnv is what database\.existingSecret is for/,
    ],
    [
      'a backup without a passphrase',
      { ...LEAST, ...backup, 'backup.existingSecret': '' },
      /backup\.schedule needs backup\.existingSecret/,
    ],
    [
      'a backup without a volume of its own',
      { ...LEAST, ...backup, 'backup.existingClaim': '' },
      /backup\.schedule needs backup\.existingClaim/,
    ],
    [
      'a backup on the volume of the data',
      { ...LEAST, ...backup, 'backup.existingClaim': 'gate-sallyport' },
      /must be another one than that of the data/,
    ],
    [
      'a backup that is never made',
      { ...LEAST, 'backup.existingSecret': 'passphrase' },
      /need backup\.schedule/,
    ],
    [
      'a backup of a pod’s own folder',
      { ...LEAST, ...backup, 'persistence.enabled': false },
      /backup\.schedule needs persistence\.enabled/,
    ],
    [
      'a backup of a volume that one pod alone may have',
      { ...LEAST, ...backup, 'persistence.accessModes': ['ReadWriteOncePod'] },
      /lets no second pod read the data/,
    ],
    [
      'a backup of PostgreSQL with the audit log',
      { ...SEVERAL, ...backup, 'backup.withAudit': true },
      /backup\.withAudit has no use with database/,
    ],
    // What one value alone may be is the schema's.
    ['a public address without TLS', { ...LEAST, publicUrl: 'http://gate.example' }, /publicUrl/],
    ['a path in it', { ...LEAST, publicUrl: 'https://gate.example/a' }, /publicUrl/],
    ['a secret in the ConfigMap', { ...LEAST, 'config.secretKey': 'x' }, /secretKey.* not allowed/],
    ['a setting that it has a value for', { ...LEAST, 'config.port': 1 }, /port.* not allowed/],
    ['a misspelt value', { ...LEAST, replicas: 2 }, /replicas.* not allowed/],
    [
      'a disk that many machines write',
      { ...LEAST, 'persistence.accessModes': ['ReadWriteMany'] },
      /accessModes/,
    ],
  ];
  for (const [what, values, message] of refusals)
    withHelm(`refuses ${what}`, (helm) => assert.rejects(render(helm, values), message));

  it('describes each value in words, and the schema knows all of them', () => {
    const described = valueRows(VALUES).map(({ path }) => path.join('.'));
    const leaves = leavesOf(parse(VALUES));
    for (const leaf of leaves)
      assert.ok(
        described.some((path) => leaf === path || leaf.startsWith(`${path}.`)),
        `${leaf} is not described`,
      );
    for (const path of described)
      assert.ok(knows(SCHEMA, path.split('.')), `the schema lacks ${path}`);
    for (const path of schemaPaths(SCHEMA))
      assert.ok(
        path === 'global' || path.startsWith('config.') || described.some((one) => one === path),
        `values.yaml lacks ${path}`,
      );
  });

  it('takes in config what Sallyport has a setting for and the chart has no value for', () => {
    const chartsOwn = [
      ...['port', 'host', 'httpPort', 'dataDir', 'publicUrl', 'databaseUrl', 'adminPasswordFile'],
      ...[
        'tlsCert',
        'tlsKey',
        'trustedProxies',
        'proxyProtocol',
        'secretKey',
        'workers',
        'shutdownGrace',
      ],
      ...['auditWebhookToken', 'metricsToken'],
    ];
    const settings = configReference().flatMap(({ key }) => key ?? []);
    assert.deepEqual(
      Object.keys(SCHEMA.properties?.config?.properties ?? {}).sort(),
      settings.filter((key) => !chartsOwn.includes(key)).sort(),
    );
  });

  it('has the version of Sallyport', () => {
    const { version, appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    const server = readFileSync(join(CHART, '..', '..', 'server', 'package.json'), 'utf8');
    assert.deepEqual([version, appVersion], Array(2).fill(JSON.parse(server).version));
  });
});

/** The settings as Sallyport reads them in the pod. */
function configOf(manifests: Awaited<ReturnType<typeof render>>) {
  const text = only(manifests, 'ConfigMap').data?.['sallyport.yaml'] ?? '';
  const { config } = readInvocation({
    argv: ['--config', '/etc/sallyport/config/sallyport.yaml'],
    env: {},
    cwd: '/',
    readFile: () => text,
  }) as Extract<ReturnType<typeof readInvocation>, { command: 'serve' }>;
  return { config };
}

function leavesOf(value: unknown, path: readonly string[] = []): string[] {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || Object.keys(value).length === 0) return [path.join('.')];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function knows(schema: Schema, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  const inner = schema.properties?.[key];
  return inner !== undefined && knows(inner, rest);
}

function schemaPaths(schema: Schema, path: readonly string[] = []): string[] {
  if (!schema.properties) return [path.join('.')];
  return Object.entries(schema.properties).flatMap(([key, inner]) =>
    schemaPaths(inner, [...path, key]),
  );
}
