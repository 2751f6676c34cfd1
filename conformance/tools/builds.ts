import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, which } from '../../lab/src/binaries/command.ts';
import { cached, sourceKey } from './cache.ts';

const CLIENTS = join(import.meta.dirname, '..', 'clients');

/** A program that its authors publish as a Go module. */
export interface GoProgram {
  readonly name: string;
  readonly package: string;
  readonly version: string;
}

/** The newest of each that Go 1.26 compiles. */
export const HELM_3: GoProgram = {
  name: 'helm',
  package: 'helm.sh/helm/v3/cmd/helm',
  version: 'v3.22.0',
};
export const HELM_4: GoProgram = {
  name: 'helm',
  package: 'helm.sh/helm/v4/cmd/helm',
  version: 'v4.3.1',
};
export const STERN: GoProgram = {
  name: 'stern',
  package: 'github.com/stern/stern',
  version: 'v1.34.0',
};
export const K9S: GoProgram = {
  name: 'k9s',
  package: 'github.com/derailed/k9s',
  version: 'v0.50.16',
};
/** The metrics API that nearly all clusters have. */
export const METRICS_SERVER: GoProgram = {
  name: 'metrics-server',
  package: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
  version: 'v0.8.0',
};
/** Kubernetes' own example of an API server that is asked by way of the cluster's. */
export const SAMPLE_API_SERVER: GoProgram = {
  name: 'sample-apiserver',
  package: 'k8s.io/sample-apiserver',
  version: 'v0.36.3',
};

/** The newest that Go's module proxy has. */
export const H2SPEC: GoProgram = {
  name: 'h2spec',
  package: 'github.com/summerwind/h2spec/cmd/h2spec',
  version: 'v2.2.1+incompatible',
};

/**
 * Builds a program as `go install` does, checked against Go's checksum database.
 *
 * @returns its path
 * @throws Error in words where it cannot be built
 */
export async function goInstall(program: GoProgram): Promise<string> {
  need('go', 'it is built from Go modules');
  const folder = await cached(`${program.name}-${program.version}`, async (work) => {
    await nice('go', ['install', '-trimpath', `${program.package}@${program.version}`], {
      env: { ...process.env, GOBIN: work, GOTOOLCHAIN: 'local' },
    });
  });
  return join(folder, program.name);
}

/**
 * Builds the programs of a Go module of ours.
 *
 * @param module its folder in `clients`
 * @param packages the programs in it, such as `./client`
 * @returns the folder of the programs, each under the name of its package's folder
 */
export async function goBuild(module: string, packages: readonly string[]): Promise<string> {
  need('go', 'it is built from Go modules');
  const source = join(CLIENTS, module);
  return cached(`${module}-${sourceKey(source)}`, async (work) => {
    await nice('go', ['build', '-trimpath', '-o', `${work}/`, ...packages], {
      cwd: source,
      env: { ...process.env, GOTOOLCHAIN: 'local' },
    });
  });
}

/** Installs the Python client library beside our program. @returns the folder with both */
export async function pythonClient(): Promise<string> {
  need('python3', 'it is a Python program');
  const source = join(CLIENTS, 'python');
  return cached(`python-${sourceKey(source)}`, async (work) => {
    const requirements = join(source, 'requirements.txt');
    await nice('python3', [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
      ...['--target', join(work, 'lib'), '--requirement', requirements],
    ]);
    cpSync(join(source, 'client.py'), join(work, 'client.py'));
  });
}

/** Installs the JavaScript client library beside our program. @returns the folder with both */
export async function javascriptClient(): Promise<string> {
  need('npm', 'its library is an npm package');
  const source = join(CLIENTS, 'javascript');
  return cached(`javascript-${sourceKey(source)}`, async (work) => {
    cpSync(source, work, { recursive: true });
    await nice('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: work });
  });
}

/** Compiles our Java program against its library. @returns the folder with `lib` and `classes` */
export async function javaClient(): Promise<string> {
  need('mvn', 'its library is a Maven package');
  need('javac', 'it is a Java program');
  const source = join(CLIENTS, 'java');
  return cached(`java-${sourceKey(source)}`, async (work) => {
    const [lib, classes] = [join(work, 'lib'), join(work, 'classes')];
    mkdirSync(classes);
    await nice('mvn', [
      ...['-q', '-B', '-f', join(source, 'pom.xml')],
      ...['dependency:copy-dependencies', `-DoutputDirectory=${lib}`],
    ]);
    const main = join(source, 'src', 'main', 'java', 'Client.java');
    await nice('javac', ['-d', classes, '-cp', `${lib}/*`, main]);
  });
}

/** Builds take minutes: others on this machine go first. */
async function nice(program: string, args: string[], options: Parameters<typeof run>[2] = {}) {
  await run('nice', ['-n', '10', program, ...args], { ...options, bound: true });
}

function need(program: string, why: string): void {
  if (!which(program)) throw new Error(`${why}, and there is no ${program} here`);
}
