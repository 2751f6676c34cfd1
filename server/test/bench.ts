import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, type LabOptions, useLab } from '@sallyport/lab';
import type { Person } from '../../scripts/rest.ts';
import { type RunningServer, startServer } from './server.ts';

export const PASSWORD = 'correct horse battery staple';

/** What one run of kubectl printed, and its exit code. */
export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One test file's cluster, Sallyport in front of it, and its signed-in admin. */
export interface Bench {
  readonly lab: Lab;
  readonly folder: string;
  readonly server: () => RunningServer;
  readonly admin: Person;
  /** Adds a user and signs them in. */
  readonly join: (username: string) => Promise<{ id: number; person: Person }>;
  /** Saves a downloaded kubeconfig. @returns its path */
  readonly save: (file: Response | string) => Promise<string>;
  /** Runs the real kubectl to its end. */
  readonly kubectl: (kubeconfig: string, ...args: string[]) => Promise<KubectlResult>;
  /** Starts the real kubectl and leaves it running; ended with the bench at the latest. */
  readonly background: (kubeconfig: string, ...args: string[]) => ChildProcess;
  /** Makes a namespace in the cluster; it goes with the bench. */
  readonly namespace: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface BenchOptions {
  readonly lab?: LabOptions;
  readonly serverArgs?: readonly string[];
}

/** Starts everything a test of the whole way needs, and sets Sallyport up by its one-time token. */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const lab = await useLab(options.lab);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const server = await startServer(join(folder, 'data'), options.serverArgs);
  const admin = server.person();
  const people: Person[] = [admin];
  const children: ChildProcess[] = [];
  const namespaces: string[] = [];
  let files = 0;

  const body = { token: server.setupToken ?? '', username: 'admin', password: PASSWORD };
  await admin.call('setup.complete', { body }).catch(async (error: unknown) => {
    await server.kill('SIGKILL');
    await lab.stop();
    throw error;
  });

  function start(kubeconfig: string, args: readonly string[]): ChildProcess {
    const child = spawn(lab.kubectl ?? 'kubectl', args, {
      // As for a new user: what was discovered by another file's leave is not known to this one.
      env: { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

  return {
    lab,
    folder,
    server: () => server,
    admin,

    join: async (username) => {
      const { id } = await admin.call('users.create', { body: { username, password: PASSWORD } });
      const person = server.person();
      people.push(person);
      await person.call('auth.login', { body: { username, password: PASSWORD } });
      return { id, person };
    },

    save: async (file) => {
      files += 1;
      const path = join(folder, `kubeconfig-${files}.yaml`);
      writeFileSync(path, typeof file === 'string' ? file : await file.text(), { mode: 0o600 });
      return path;
    },

    kubectl: async (kubeconfig, ...args) => {
      const child = start(kubeconfig, args);
      const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      return { code, stdout: stdout(), stderr: stderr() };
    },

    background: (kubeconfig, ...args) => start(kubeconfig, args),

    namespace: async (name) => {
      const { status, body } = await lab.call('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
      if (status !== 201) throw new Error(`no namespace ${name}: ${JSON.stringify(body)}`);
      namespaces.push(name);
    },

    close: async () => {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      await Promise.all(people.map((person) => person.close()));
      await server.kill('SIGTERM');
      for (const name of namespaces) await lab.call('DELETE', `/api/v1/namespaces/${name}`);
      await lab.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** Waits until a child's output holds a text. @throws where it ends without it */
export async function says(child: ChildProcess, pattern: RegExp): Promise<string> {
  return await new Promise((resolve, reject) => {
    let seen = '';
    const look = (chunk: Buffer) => {
      seen += chunk.toString();
      if (pattern.test(seen)) resolve(seen);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`never said ${pattern}; it said: ${seen}`)));
  });
}
