/**
 * API servers of other people that the cluster's own one asks in turn (APIService): metrics-server, for
 * `kubectl top`, and Kubernetes' sample API server, whose objects can be watched. They run beside the
 * cluster and are reached from it by the outer address of its network.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '@sallyport/lab';
import { resolveBinaries } from '../lab/src/binaries/resolve.ts';
import { freePorts } from '../lab/src/ports.ts';
import { createPrograms, type Programs } from './program.ts';
import { type GoProgram, goInstall, METRICS_SERVER, SAMPLE_API_SERVER } from './tools/builds.ts';

const NAMESPACE = 'kube-system';
/** Milliseconds. metrics-server has figures after it has asked the kubelet twice, 10 s apart. */
const READY_LIMIT = 90_000;

/** An aggregated API, and how its server is started. */
interface Api {
  readonly program: GoProgram;
  readonly group: string;
  readonly version: string;
  /** What is asked to see that it is there; it must have an item. */
  readonly probe?: string;
  readonly args: (common: readonly string[]) => Promise<readonly string[]>;
}

/**
 * Starts both and registers them. One that cannot be had is left out, and said: what needs it is then
 * shown as not working directly either.
 *
 * @param folder of their files; it is there
 * @returns ends them
 */
export async function startAggregatedApis(
  lab: Lab,
  folder: string,
  say: (line: string) => void,
): Promise<() => Promise<void>> {
  const programs = createPrograms();
  const ca = join(folder, 'ca.crt');
  writeFileSync(ca, lab.caData);
  const apis: readonly Api[] = [
    {
      program: METRICS_SERVER,
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      probe: '/apis/metrics.k8s.io/v1beta1/pods',
      args: async (common) => [
        ...common,
        '--kubelet-preferred-address-types=InternalIP',
        `--kubelet-certificate-authority=${ca}`,
        // As often as it can be; the other must be less.
        ...['--metric-resolution=10s', '--kubelet-request-timeout=5s'],
      ],
    },
    {
      program: SAMPLE_API_SERVER,
      group: 'wardle.example.com',
      version: 'v1alpha1',
      args: async (common) => [
        ...common,
        `--etcd-servers=${await startEtcd(programs, folder)}`,
        // These two ask for APIs that the older of the clusters has not.
        '--enable-priority-and-fairness=false',
        '--disable-admission-plugins=ValidatingAdmissionPolicy,MutatingAdmissionPolicy',
      ],
    },
  ];
  await Promise.all(
    apis.map(async (api) => {
      try {
        await startApi(lab, programs, folder, api);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        say(`${api.program.name} does not run: ${why}`);
      }
    }),
  );
  return programs.close;
}

async function startApi(lab: Lab, programs: Programs, folder: string, api: Api): Promise<void> {
  const { name } = api.program;
  const path = await goInstall(api.program);
  const [port = 0] = await freePorts(1);
  const address = outerAddress(lab);
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  const token = await lab.serviceAccountToken(name, { clusterRole: 'cluster-admin' });
  writeFileSync(kubeconfig, lab.tokenKubeconfig(token), { mode: 0o600 });
  const args = await api.args([
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${address}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, name)}`,
  ]);
  const child = programs.start(path, args, { env: { PATH: process.env.PATH, HOME: folder } });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk).slice(-2_000);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  await register(lab, api, address, port);
  const end = Date.now() + READY_LIMIT;
  while (!(await isThere(lab, api))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`);
    if (Date.now() > end) throw new Error(`it does not answer: ${said}`);
    await sleep(500);
  }
}

/** etcd for the sample API server alone. @returns where it is asked */
async function startEtcd(programs: Programs, folder: string): Promise<string> {
  const { paths } = await resolveBinaries({ node: 'no' });
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`);
  const args = [
    `--data-dir=${join(folder, 'etcd')}`,
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    `--initial-cluster=default=${peer}`,
  ];
  const etcd = programs.start(paths.etcd, args, { env: { PATH: process.env.PATH } });
  etcd.stdout?.resume();
  etcd.stderr?.resume();
  return client ?? '';
}

/** A Service without pods, its one address, and the APIService that names it. */
async function register(lab: Lab, api: Api, ip: string, port: number): Promise<void> {
  const { name } = api.program;
  const metadata = { name, namespace: NAMESPACE };
  const ports = [{ name: 'https', port: 443, targetPort: port, protocol: 'TCP' }];
  await make(lab, `/api/v1/namespaces/${NAMESPACE}/services`, { metadata, spec: { ports } });
  await make(lab, `/api/v1/namespaces/${NAMESPACE}/endpoints`, {
    metadata,
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  // As metrics-server's own manifest has it: whoever may read pods may read their figures.
  await make(lab, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: {
      name: `aggregated-${name}`,
      labels: {
        'rbac.authorization.k8s.io/aggregate-to-view': 'true',
        'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
        'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
      },
    },
    rules: [{ apiGroups: [api.group], resources: ['*'], verbs: ['*'] }],
  });
  await make(lab, '/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: `${api.version}.${api.group}` },
    spec: {
      group: api.group,
      version: api.version,
      service: { name, namespace: NAMESPACE },
      // It makes a certificate of its own at each start.
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  });
}

async function isThere(lab: Lab, api: Api): Promise<boolean> {
  const { status, body } = await lab.call('GET', api.probe ?? `/apis/${api.group}/${api.version}`);
  if (api.probe === undefined || status !== 200) return status === 200;
  const { items } = body as { items: readonly unknown[] };
  return items.length > 0;
}

async function make(lab: Lab, path: string, body: object): Promise<void> {
  const { status, body: answer } = await lab.call('POST', path, body);
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
}

/** The lab's network is two addresses: the cluster's, and before it this machine's. */
function outerAddress(lab: Lab): string {
  return new URL(lab.server).hostname.replace(/\.2$/, '.1');
}
