import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianSourcePin } from '../pins.ts';
import { install, withWorkFolder } from './cache.ts';
import { run, which } from './command.ts';
import { counted, linkerFlags } from './gomod.ts';
import type { Answer, Component, Found, Source, Want } from './source.ts';

const ALL: readonly Component[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kubectl',
  'kube-scheduler',
  'kubelet',
];

/**
 * A build from Debian's source package, which holds its dependencies, with Debian's Go compiler of
 * that time. Packages are unpacked into the work folder; nothing is installed on the system.
 */
export const debianSource: Source = {
  name: "a build from Debian's source package",
  needsLock: true,
  find: async (want): Promise<Answer> => {
    const pin = want.release.debianSource;
    if (!pin) return { found: [], refused: `Debian has no ${want.release.version} that fits` };
    const components = want.components.filter((component) => component !== 'etcd');
    if (components.length === 0) return { found: [], refused: 'holds no etcd' };
    for (const [program, from] of [
      ['apt-get', 'this is no Debian'],
      ['dpkg-source', 'the package dpkg-dev is missing'],
      ['dpkg-deb', 'this is no Debian'],
    ] as const) {
      if (!which(program, want.env)) return { found: [], refused: `no ${program}: ${from}` };
    }
    try {
      const found = await build(want, pin, components);
      return want.components.includes('etcd') ? { found, refused: 'holds no etcd' } : { found };
    } catch (error) {
      return { found: [], refused: (error as Error).message };
    }
  },
};

function build(want: Want, pin: DebianSourcePin, components: Component[]): Promise<Found[]> {
  return withWorkFolder(want, components.join('+'), async (folder) => {
    const apt = aptWithSources(folder);
    want.progress(`fetching Debian's source package ${pin.package} ${pin.version}`);
    await run('apt-get', [...apt, '-q', 'update'], { cwd: folder });
    await run(
      'apt-get',
      [...apt, '-q', 'source', '--download-only', `${pin.package}=${pin.version}`],
      { cwd: folder },
    );
    for (const [file, sha256] of Object.entries(pin.sha256)) checkSum(join(folder, file), sha256);
    const tree = join(folder, 'gopath', 'src', 'k8s.io', 'kubernetes');
    mkdirSync(join(tree, '..'), { recursive: true });
    const dsc = readdirSync(folder).find((name) => name.endsWith('.dsc'));
    await run('dpkg-source', ['--no-check', '-x', dsc ?? '', tree], { cwd: folder });
    const goRoot = await unpackGo(folder, apt, pin);
    const env = {
      ...want.env,
      GOROOT: goRoot,
      GOPATH: join(folder, 'gopath'),
      GO111MODULE: 'off',
      GOFLAGS: '',
      CGO_ENABLED: '0',
      GOTMPDIR: folder,
      GOCACHE: join(folder, 'go-build'),
    };
    const go = join(goRoot, 'bin', 'go');
    await generateOpenApi(go, folder, tree, env, want);
    const out = join(folder, 'out');
    mkdirSync(out);
    // All at once, also what is not wanted yet: most of the work is getting here.
    const said = counted(`building ${ALL.join(', ')} ${want.release.version}`, want.progress);
    const flags = linkerFlags(want.release, 'k8s.io/kubernetes/vendor/');
    const packages = ALL.map((component) => `k8s.io/kubernetes/cmd/${component}`);
    await run(go, ['build', '-v', '-trimpath', '-ldflags', flags, '-o', `${out}/`, ...packages], {
      cwd: tree,
      env,
      onLine: said,
      bound: true,
    });
    const source = `built from Debian's source package ${pin.package} ${pin.version}`;
    return ALL.map((component) => ({
      component,
      path: install(want, component, join(out, component), source),
      source,
    })).filter(({ component }) => components.includes(component));
  });
}

/**
 * apt's arguments for package lists of our own in `folder`: the system's sources, with source
 * packages switched on and the suite of that version, so that the system's own state stays as it
 * is. Signatures are checked as apt is set up to.
 */
function aptWithSources(folder: string): string[] {
  const parts = join(folder, 'apt', 'sources');
  for (const each of [
    parts,
    join(folder, 'apt', 'lists', 'partial'),
    join(folder, 'apt', 'cache'),
  ]) {
    mkdirSync(each, { recursive: true });
  }
  let count = 0;
  const system = '/etc/apt/sources.list.d';
  const files = existsSync(system) ? readdirSync(system).map((name) => join(system, name)) : [];
  for (const file of ['/etc/apt/sources.list', ...files]) {
    if (!existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.sources') && /debian/i.test(text)) {
      writeFileSync(
        join(parts, `${count++}.sources`),
        text.replace(/^Types:.*$/gim, 'Types: deb deb-src'),
      );
    } else if (file.endsWith('.list') && /^deb /m.test(text)) {
      const lines = text.split('\n').filter((line) => /^deb .*debian/i.test(line));
      const both = lines.flatMap((line) => [line, line.replace(/^deb /, 'deb-src ')]);
      writeFileSync(join(parts, `${count++}.list`), `${both.join('\n')}\n`);
    }
  }
  if (count === 0) throw new Error('apt has no Debian sources here');
  return [
    ['Dir::Etc::SourceList', '/dev/null'],
    ['Dir::Etc::SourceParts', parts],
    ['Dir::State::Lists', join(folder, 'apt', 'lists')],
    ['Dir::Cache', join(folder, 'apt', 'cache')],
    // As root apt would fetch as user _apt, who may not write to this folder, and warn about it.
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

async function unpackGo(folder: string, apt: string[], pin: DebianSourcePin): Promise<string> {
  const debs = join(folder, 'debs');
  mkdirSync(debs);
  const packages = [`golang-${pin.golang}-go`, `golang-${pin.golang}-src`];
  await run('apt-get', [...apt, '-q', 'download', ...packages], { cwd: debs });
  for (const deb of readdirSync(debs)) {
    await run('dpkg-deb', ['-x', join(debs, deb), join(folder, 'golang')]);
  }
  return join(folder, 'golang', 'usr', 'lib', `go-${pin.golang}`);
}

/**
 * Makes pkg/generated/openapi, the one generated file that the tree does not hold, as its own
 * Makefile.generated_files does: over all packages tagged +k8s:openapi-gen.
 */
async function generateOpenApi(
  go: string,
  folder: string,
  tree: string,
  env: NodeJS.ProcessEnv,
  want: Want,
): Promise<void> {
  want.progress('generating the OpenAPI definitions');
  const generator = join(folder, 'openapi-gen');
  const source = 'k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen';
  await run(go, ['build', '-o', generator, source], { cwd: tree, env });
  const tagged = await run(
    'grep',
    ['-rl', '+k8s:openapi-gen=', '--include=*.go', 'pkg', 'cmd', 'plugin', 'staging/src/k8s.io'],
    { cwd: tree },
  );
  await run(
    generator,
    [
      ...['--logtostderr', '-i', openApiPackages(tagged.split('\n')).join(',')],
      ...['-p', 'k8s.io/kubernetes/pkg/generated/openapi', '-O', 'zz_generated.openapi'],
      ...['-h', 'vendor/k8s.io/code-generator/hack/boilerplate.go.txt'],
      ...['-r', join(folder, 'violations')],
    ],
    { cwd: tree, env },
  );
}

/** The import paths of the packages that hold these tagged files, as the tree's Makefile picks. */
export function openApiPackages(files: string[]): string[] {
  const left =
    /(^$|_test\.go$|zz_generated|\/_examples\/|k8s\.io\/(code-generator|sample-apiserver)\/)/;
  const folders = files
    .filter((file) => !left.test(file))
    .map((file) => file.slice(0, file.lastIndexOf('/')).replace(/^staging\/src\//, 'vendor/'));
  return [...new Set(folders)].sort().map((path) => `k8s.io/kubernetes/${path}`);
}

function checkSum(file: string, sha256: string): void {
  const got = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (got === sha256) return;
  throw new Error(`${file} has SHA-256 ${got.slice(0, 16)}…, not the pinned one`);
}
