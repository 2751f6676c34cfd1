import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, startLab } from '../../lab/src/index.ts';
import { type Bench, interleave, type Scenario } from '../bench.ts';
import type { Contender, Stoppable } from '../contenders/contender.ts';
import { startGateway } from '../contenders/sallyport.ts';

const NAMESPACE = 'bench';
/** Requests at once while the objects are made. */
const MAKERS = 16;
const KUBECTL_MS = 120_000;

/** A way to the cluster that kubectl can go. */
interface Way extends Stoppable {
  /** Runs kubectl once. */
  get(): Promise<void>;
}

/** What a person sees: kubectl, a long list, and a real API server. */
export const kubectl: Scenario = {
  name: 'kubectl',
  title: 'kubectl get of 5,000 ConfigMaps from a real API server',
  about:
    'The whole run of kubectl, from its start to its end, once direct and once through Sallyport in each round. The list comes as a table in parts of 500, as kubectl asks for it by default.',
  figures: ['seconds'],
  compared: ['seconds'],
  needs: ['kubectl'],
  contenders: [
    { name: 'direct', title: 'direct' },
    { name: 'sallyport', title: 'Sallyport' },
  ],
  async run(bench) {
    const { objects, rounds } = bench.plan;
    bench.say(`${kubectl.name}: starting Kubernetes and making ${objects} objects`);
    const lab = await startLab({ pods: 'off' });
    try {
      await makeObjects(lab, objects);
      await interleave<Way>(bench, kubectl.name, {
        contenders: [directWay(bench, lab), gatewayWay(bench, lab)],
        rounds,
        async measure(way) {
          const began = performance.now();
          await way.get();
          return { seconds: (performance.now() - began) / 1000 };
        },
      });
    } finally {
      await lab.stop();
    }
  },
};

function directWay(bench: Bench, lab: Lab): Contender<Way> {
  return {
    name: 'direct',
    title: 'direct',
    needs: ['kubectl'],
    async start() {
      const get = await createGet(bench, lab.adminKubeconfig);
      return { get, stop: async () => {} };
    },
  };
}

function gatewayWay(bench: Bench, lab: Lab): Contender<Way> {
  return {
    name: 'sallyport',
    title: 'Sallyport',
    needs: ['kubectl'],
    async start() {
      const gateway = await startGateway(bench, { kubeconfig: lab.adminKubeconfig });
      const get = await createGet(bench, gateway.kubeconfig);
      return { get, stop: gateway.stop };
    },
  };
}

/** Writes the kubeconfig, and runs kubectl once, which fills its cache of what kinds there are. */
async function createGet(
  { folder, children, machine, plan }: Bench,
  kubeconfig: string,
): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(folder, 'kubectl-'));
  const path = join(home, 'config');
  writeFileSync(path, kubeconfig, { mode: 0o600 });
  async function get(): Promise<void> {
    const output = await children.run(
      machine.tools.kubectl ?? 'kubectl',
      ['get', 'configmaps', '-n', NAMESPACE, '--no-headers', '-l', 'bench', '--cache-dir', home],
      { env: { KUBECONFIG: path }, ms: KUBECTL_MS },
    );
    const lines = output.split('\n').length - 1;
    if (lines !== plan.objects) throw new Error(`kubectl gave ${lines} lines of ${plan.objects}`);
  }
  await get();
  return get;
}

async function makeObjects(lab: Lab, count: number): Promise<void> {
  await make(lab, '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  let next = 0;
  const maker = async () => {
    while (next < count) {
      const name = `object-${next}`;
      next += 1;
      await make(lab, `/api/v1/namespaces/${NAMESPACE}/configmaps`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { bench: 'true' } },
        data: { text: '0123456789abcdef'.repeat(60) },
      });
    }
  };
  await Promise.all(Array.from({ length: MAKERS }, maker));
}

async function make(lab: Lab, path: string, body: unknown): Promise<void> {
  const { status } = await lab.call('POST', path, body);
  if (status !== 201) throw new Error(`the API server answers HTTP ${status} to POST ${path}`);
}
