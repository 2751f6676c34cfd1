import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { createPerson } from '../../scripts/rest.ts';
import type { Contender, Running, Surroundings } from './contender.ts';

/** What `npm start` runs: Node's own options, and the program with its command. */
const START = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string };
  }
).scripts.start
  .split(' ')
  .slice(1)
  .map((word) =>
    word.endsWith('.ts') ? fileURLToPath(new URL(`../../${word}`, import.meta.url)) : word,
  );

/** One kubeconfig may have 5,000 streams open at once, so ten thousand need some more. */
const KUBECONFIGS = 4;

/** A cluster to register. */
export type Cluster =
  | { readonly server: string; readonly caData: string; readonly token: string }
  | { readonly kubeconfig: string };

/** The gateway itself, with the bench's upstream as its environment; all others have one process too. */
export const sallyport = contender('sallyport', 'Sallyport', 1);
export const oneWorker = contender('one-worker', 'Sallyport, one worker', 1);
export const twoWorkers = contender('two-workers', 'Sallyport, two workers', 2);

function contender(name: string, title: string, workers: number): Contender {
  return {
    name,
    title,
    needs: [],
    start: (surroundings, offer) => {
      const cluster = {
        server: `https://127.0.0.1:${surroundings.upstream.port(offer)}`,
        caData: readFileSync(surroundings.certificates.ca, 'utf8'),
        token: 'bench',
      };
      return startGateway(surroundings, cluster, workers);
    },
  };
}

export interface Gateway extends Running {
  /** A kubeconfig as it was downloaded, YAML. */
  readonly kubeconfig: string;
}

/**
 * Starts the very program that `npm start` starts, with a data folder of its own, and goes the way
 * of a first admin: set up, register the cluster, grant, download.
 */
export async function startGateway(
  { machine, children, folder }: Omit<Surroundings, 'upstream' | 'certificates' | 'programs'>,
  cluster: Cluster,
  workers = 1,
): Promise<Gateway> {
  const dataDir = mkdtempSync(join(folder, 'sallyport-'));
  const options = ['--host', '127.0.0.1', '--port', '0', '--log-level', 'warn'];
  const child = children.start(
    process.execPath,
    [...START, ...options, '--data-dir', dataDir, '--workers', String(workers)],
    { cpu: machine.pins?.proxy },
  );
  const found = { port: '', setupToken: '' };
  await child.line((line) => {
    found.port ||= /^Listening on https:\/\/\S*:(\d+)/.exec(line)?.[1] ?? '';
    found.setupToken ||= /^Set up: \S+#token=(\S+)$/.exec(line)?.[1] ?? '';
    return found.port && found.setupToken ? true : undefined;
  });
  const url = `https://127.0.0.1:${found.port}`;
  const ca = join(dataDir, 'tls', 'ca.crt');
  const admin = createPerson(url, readFileSync(ca, 'utf8'));
  try {
    const password = randomBytes(18).toString('base64url');
    const { id: userId } = await admin.call('setup.complete', {
      body: { token: found.setupToken, username: 'bench', password },
    });
    const rbac = 'kubeconfig' in cluster ? 'managed' : 'external';
    const { id } = await admin.call('environments.create', {
      body: { name: 'bench', rbac, ...cluster },
    });
    await admin.call('grants.create', {
      body: { userId, role: 'cluster-admin', environmentIds: [id] },
    });
    const files: string[] = [];
    for (let n = 0; n < KUBECONFIGS; n += 1) {
      const file = await admin.call('kubeconfigs.create', { body: { environmentIds: [id] } });
      files.push(await file.text());
    }
    return {
      pid: child.pid,
      url: (path) => `${url}/api/endpoints/${id}/kubernetes${path}`,
      ca,
      tokens: files.map(tokenOf),
      kubeconfig: files[0] ?? '',
      stop: child.stop,
    };
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    await admin.close();
  }
}

function tokenOf(kubeconfig: string): string {
  const { users } = parse(kubeconfig) as { users: Array<{ user: { token: string } }> };
  const token = users[0]?.user.token;
  if (token === undefined) throw new Error('the kubeconfig holds no token');
  return token;
}
