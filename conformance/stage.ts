import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab, ReleaseName } from '@sallyport/lab';
import { type Bench, startBench } from '../server/test/bench.ts';
import { startAggregatedApis } from './aggregated.ts';
import type { Fixtures, Road } from './scene.ts';

const BULK = 3_000;
const IMAGE = 'docker.io/local/busybox:1';
const PAGE = 'the page\n';
const BIG_PAGE = 'a line of the big page\n'.repeat(4_000);

/** A cluster with something in it, and Sallyport in front. */
export interface Stage {
  readonly lab: Lab;
  readonly gateway: Road;
  readonly direct: Road;
  readonly close: () => Promise<void>;
}

/**
 * Starts a lab and the real program, registers the one with the other, and downloads a kubeconfig
 * for a user with the role `admin` in two namespaces and for one with `cluster-admin`.
 *
 * @param allNamed whether all files name the environment in TLS, and not that of `named` alone
 */
export async function startStage(
  version: ReleaseName,
  onProgress: (line: string) => void,
  allNamed: boolean,
): Promise<Stage> {
  const bench = await startBench({
    lab: {
      ...{ version, pods: 'auto', onProgress },
      // An alpha feature, which the older one has not; who does not ask for CBOR gets none.
      ...(version === '1.20'
        ? {}
        : { apiServerFlags: { 'feature-gates': 'CBORServingAndStorage=true' } }),
    },
  });
  const ends: Ends = [bench.close];
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await furnish(bench, ends, onProgress, allNamed)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is to be done in the end, last things first. */
type Ends = Array<() => Promise<void>>;

async function furnish(
  bench: Bench,
  ends: Ends,
  say: (line: string) => void,
  allNamed: boolean,
): Promise<Omit<Stage, 'close'>> {
  const { lab } = bench;
  const run = randomBytes(3).toString('hex');
  const fixtures: Fixtures = {
    namespace: `conformance-${run}`,
    bulkNamespace: `conformance-bulk-${run}`,
    bulkCount: BULK,
    configMap: 'steady',
    pod: 'worker',
    page: PAGE,
    bigPage: BIG_PAGE,
    echoPod: 'echo',
  };
  const { namespace, bulkNamespace } = fixtures;
  await bench.namespace(namespace);
  await bench.namespace(bulkNamespace);
  await create(lab, namespace, 'configmaps', { metadata: { name: 'steady' }, data: { a: '1' } });
  await fill(lab, bulkNamespace);
  if (lab.pods) {
    await startPods(lab, namespace);
    const apis = join(bench.folder, 'apis');
    mkdirSync(apis);
    say('starting metrics-server and the sample API server');
    ends.push(await startAggregatedApis(lab, apis, say));
  }

  const { id: environmentId } = await bench.admin.call('environments.create', {
    body: { name: 'lab', kubeconfig: lab.adminKubeconfig },
  });
  const environmentIds = [environmentId];
  const developer = await bench.join('developer');
  await bench.admin.call('grants.create', {
    body: {
      userId: developer.id,
      environmentIds,
      role: 'admin',
      namespaces: [namespace, bulkNamespace],
    },
  });
  const clusterAdmin = await bench.join('operator');
  await bench.admin.call('grants.create', {
    body: { userId: clusterAdmin.id, environmentIds, role: 'cluster-admin' },
  });
  // A token as well: some clients take nothing else.
  const token = await lab.serviceAccountToken('conformance', { clusterRole: 'cluster-admin' });
  const direct = await bench.save(lab.tokenKubeconfig(token));
  const road = (name: Road['name'], kubeconfigs: Road['kubeconfigs']): Road => {
    const folder = join(bench.folder, name);
    mkdirSync(folder);
    return { name, kubernetes: lab.version, kubeconfigs, fixtures, folder };
  };
  const giveNames = () =>
    bench.admin.call('settings.update', { body: { environmentDomain: 'sallyport.internal' } });
  const fileOf = async ({ person }: typeof developer) =>
    bench.save(await person.call('kubeconfigs.download'));
  if (allNamed) await giveNames();
  const plain = { developer: await fileOf(developer), clusterAdmin: await fileOf(clusterAdmin) };
  await giveNames();
  return {
    lab,
    gateway: road('gateway', { ...plain, named: await fileOf(developer) }),
    direct: road('direct', { developer: direct, clusterAdmin: direct, named: direct }),
  };
}

async function create(lab: Lab, namespace: string, resource: string, body: object): Promise<void> {
  const answer = await lab.call('POST', `/api/v1/namespaces/${namespace}/${resource}`, body);
  if (answer.status !== 201) {
    throw new Error(`no ${resource} in ${namespace}: ${JSON.stringify(answer.body)}`);
  }
}

/** Many ConfigMaps of 1 KB: together more than one page, and more than any buffer on the way. */
async function fill(lab: Lab, namespace: string): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < BULK) {
      const number = next;
      next += 1;
      await create(lab, namespace, 'configmaps', {
        metadata: { name: `bulk-${number}`, labels: { bulk: 'yes' } },
        data: { text: 'x'.repeat(1_000) },
      });
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function startPods(lab: Lab, namespace: string): Promise<void> {
  const setUp = [
    'mkdir /www',
    `echo '${PAGE.trim()}' > /www/index.html`,
    `yes '${BIG_PAGE.slice(0, BIG_PAGE.indexOf('\n'))}' | head -n 4000 > /www/big`,
    'httpd -p 8080 -h /www',
    'i=0; while true; do i=$((i+1)); echo line $i; sleep 1; done',
  ];
  await create(lab, namespace, 'pods', pod('worker', setUp.join('; ')));
  await create(
    lab,
    namespace,
    'pods',
    pod('echo', 'while read line; do echo got $line; done', { stdin: true }),
  );
  for (const name of ['worker', 'echo']) await untilReady(lab, namespace, name);
}

function pod(name: string, script: string, more: object = {}): object {
  const container = {
    name: 'main',
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', script],
  };
  return {
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ ...container, ...more }] },
  };
}

async function untilReady(lab: Lab, namespace: string, name: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { body } = await lab.call('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
    const { status } = body as { status?: { conditions?: Array<Record<string, string>> } };
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return;
    if (Date.now() > deadline) {
      throw new Error(`the pod ${name} is not ready: ${JSON.stringify(status)}`);
    }
    await sleep(300);
  }
}
