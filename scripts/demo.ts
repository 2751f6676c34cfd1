/**
 * `npm run demo`: two real Kubernetes clusters, Sallyport in front of them, three people with
 * different rights, and lines to paste. Everything is made anew and goes with Ctrl-C.
 *
 *   npm run demo [-- --port 9443]
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Lab, startLab } from '@sallyport/lab';
import { becomesReady, deploySample, type Sample } from './demo/workloads.ts';
import { createPerson, type Person, readAuthority } from './rest.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '9443' } } });
const folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
const cleanups: Array<() => Promise<void> | void> = [
  () => rmSync(folder, { recursive: true, force: true }),
];
let stopping: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void stop(0));
}

const SHOP: Sample = { namespace: 'shop', app: 'storefront' };
const PAYMENTS: Sample = { namespace: 'payments', app: 'ledger' };

try {
  await main();
} catch (error) {
  if (!stopping) console.error(`The demo could not start: ${(error as Error).message}`);
  await stop(1);
}

async function main(): Promise<void> {
  const began = Date.now();
  say('Starting two Kubernetes clusters …');
  const [production, staging] = await startLabs(['production', 'staging']);
  say('Starting Sallyport …');
  const gateway = await startGateway();
  const passwords = { admin: password(), dev: password(), viewer: password() };

  const admin = createPerson(gateway.url, gateway.ca);
  await admin.call('setup.complete', {
    body: { token: gateway.setupToken, username: 'admin', password: passwords.admin },
  });
  const environmentIds: number[] = [];
  for (const lab of [production, staging]) {
    await Promise.all([deploySample(lab, SHOP), deploySample(lab, PAYMENTS)]);
    const { id } = await admin.call('environments.create', {
      body: {
        name: lab === production ? 'production' : 'staging',
        labels: { stage: lab === production ? 'production' : 'test' },
        kubeconfig: lab.adminKubeconfig,
      },
    });
    environmentIds.push(id);
  }
  const me = await admin.call('auth.me');
  await admin.call('grants.create', {
    body: { userId: me.id, role: 'cluster-admin', environmentIds },
  });
  const dev = await admin.call('users.create', {
    body: { username: 'dev', password: passwords.dev },
  });
  await admin.call('grants.create', {
    body: { userId: dev.id, role: 'edit', environmentIds, namespaces: [SHOP.namespace] },
  });
  const viewer = await admin.call('users.create', {
    body: { username: 'viewer', password: passwords.viewer },
  });
  await admin.call('grants.create', { body: { userId: viewer.id, role: 'view', environmentIds } });

  const devFile = await download(gateway, 'dev', passwords.dev);
  const viewerFile = await download(gateway, 'viewer', passwords.viewer);
  const running = production.pods && (await becomesReady(production, SHOP, 60));
  await admin.close();
  console.log(
    instructions({ url: gateway.url, passwords, devFile, viewerFile, running, lab: production }),
  );
  say(`Ready in ${Math.round((Date.now() - began) / 1000)} s. Ctrl-C takes everything down.`);
}

/** Both at once: what one of them has to build, the other waits for and then finds. */
async function startLabs(names: readonly [string, string]): Promise<[Lab, Lab]> {
  const start = async (name: string) => {
    const lab = await startLab({
      name: `demo-${process.pid}-${name}`,
      pods: 'auto',
      onProgress: (line) => say(`  ${name}: ${line}`),
    });
    cleanups.push(() => lab.stop());
    if (!lab.pods) say(`  ${name}: no pods will run: ${lab.podsReason}`);
    return lab;
  };
  return await Promise.all([start(names[0]), start(names[1])]);
}

interface RunningGateway {
  readonly url: string;
  readonly setupToken: string;
  readonly ca: string;
}

/** Starts the very program that `npm start` starts, with a data folder of its own. */
async function startGateway(): Promise<RunningGateway> {
  const dataDir = join(folder, 'data');
  const child = spawn(
    process.execPath,
    [
      'server/src/main.ts',
      'serve',
      '--port',
      values.port,
      '--data-dir',
      dataDir,
      '--log-level',
      'warn',
    ],
    // A group of its own, so that Ctrl-C reaches it through us, after the clusters' users are gone.
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  cleanups.push(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  });
  void ended.then((code) => {
    if (!stopping) {
      console.error(`Sallyport ended with exit code ${code}.`);
      void stop(1);
    }
  });
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    url ??= /^Listening on (https:\S+)/.exec(line)?.[1];
    const setupToken = /^Set up: \S+#token=(\S+)$/.exec(line)?.[1];
    if (url !== undefined && setupToken !== undefined) {
      child.stdout.resume();
      return { url, setupToken, ca: readAuthority(dataDir) };
    }
  }
  throw new Error('Sallyport ended before it listened');
}

/** Signs a person in, and saves the kubeconfig that they would download. @returns its path */
async function download(
  gateway: RunningGateway,
  username: string,
  secret: string,
): Promise<string> {
  const person: Person = createPerson(gateway.url, gateway.ca);
  await person.call('auth.login', { body: { username, password: secret } });
  const file = await person.call('kubeconfigs.download');
  const path = join(folder, `${username}.yaml`);
  writeFileSync(path, await file.text(), { mode: 0o600 });
  await person.close();
  return path;
}

interface Told {
  readonly url: string;
  readonly passwords: Readonly<Record<'admin' | 'dev' | 'viewer', string>>;
  readonly devFile: string;
  readonly viewerFile: string;
  readonly running: boolean;
  readonly lab: Lab;
}

function instructions({ url, passwords, devFile, viewerFile, running, lab }: Told): string {
  const kubectl = lab.systemKubectl === undefined ? (lab.kubectl ?? 'kubectl') : 'kubectl';
  const pods = running
    ? `
  ${kubectl} -n shop logs deploy/storefront --tail 3
  ${kubectl} -n shop exec deploy/storefront -- wget -qO- localhost:8080`
    : '';
  return `
Sallyport   ${url}
            Your browser does not know the CA yet: accept the certificate once.

  admin     ${passwords.admin}    everything, in production and staging
  dev       ${passwords.dev}    edit, in namespace shop
  viewer    ${passwords.viewer}    view, everywhere

To paste, as dev: allowed, and then forbidden by the cluster itself
  export KUBECONFIG=${devFile}
  ${kubectl} -n shop get deployments${pods}
  ${kubectl} -n payments get pods

As viewer: allowed, and then forbidden
  export KUBECONFIG=${viewerFile}
  ${kubectl} get pods --all-namespaces
  ${kubectl} -n shop delete deployment storefront
`;
}

function password(): string {
  return randomBytes(12).toString('base64url');
}

function say(line: string): void {
  if (!stopping) console.log(line);
}

/** Takes down what was started, the last first, once. */
function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    console.log('Taking everything down …');
    for (const cleanup of cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        console.error(`while taking down: ${(error as Error).message}`);
      }
    }
    process.exit(code);
  })();
  return stopping;
}
