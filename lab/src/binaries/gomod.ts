import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ETCD, type GoModulePin } from '../pins.ts';
import { install, withWorkFolder } from './cache.ts';
import { run, which } from './command.ts';
import type { Answer, Component, Found, Source, Want } from './source.ts';

/** A build from Go modules: needs `go` and that its module proxy answers. */
export const goModules: Source = {
  name: 'a build from Go modules',
  needsLock: true,
  find: async (want): Promise<Answer> => {
    const go = which('go', want.env, ['/usr/local/go/bin', '/usr/lib/go/bin']);
    if (!go) return { found: [], refused: 'there is no go in PATH' };
    const found: Found[] = [];
    const refusals: string[] = [];
    const etcd = want.components.filter((component) => component === 'etcd');
    const kubernetes = want.components.filter((component) => component !== 'etcd');
    for (const [pin, components] of [
      [ETCD, etcd],
      [want.release.goModule, kubernetes],
    ] as const) {
      if (components.length === 0) continue;
      if (!pin) {
        refusals.push(`Kubernetes ${want.release.version} is too old to be built as a Go module`);
        continue;
      }
      try {
        found.push(...(await build(go, want, pin, components)));
      } catch (error) {
        refusals.push((error as Error).message);
      }
    }
    return refusals.length === 0 ? { found } : { found, refused: refusals.join('; ') };
  },
};

function build(
  go: string,
  want: Want,
  pin: GoModulePin,
  components: readonly Component[],
): Promise<Found[]> {
  return withWorkFolder(want, components.join('+'), async (folder) => {
    // Nothing of the caller's settings may change what is built; the proxy and the caches stay.
    const env = {
      ...want.env,
      GOFLAGS: '-mod=readonly',
      GOWORK: 'off',
      GO111MODULE: 'on',
      CGO_ENABLED: '0',
      // A build that is killed leaves its files there, and the next removes the folder.
      GOTMPDIR: folder,
    };
    const packages = components.map((component) => goPackage(pin, component));
    want.progress(`fetching the Go module ${pin.path} ${pin.version}`);
    const origin = await fetchModule(go, folder, env, pin);
    writeFileSync(join(folder, 'go.mod'), renderGoMod(readFileSync(origin.goMod, 'utf8'), pin));
    writeFileSync(join(folder, 'tools.go'), renderTools(packages));
    copyFileSync(join(origin.dir, 'go.sum'), join(folder, 'go.sum'));
    chmodSync(join(folder, 'go.sum'), 0o644);
    writeFileSync(join(folder, 'go.sum'), `${pin.sums.trim()}\n`, { flag: 'a' });
    const out = join(folder, 'out');
    mkdirSync(out);
    const said = counted(`building ${components.join(', ')} ${pin.version}`, want.progress);
    await run(
      go,
      ['build', '-v', '-trimpath', '-ldflags', linkerFlags(pin), '-o', `${out}/`, ...packages],
      { cwd: folder, env, onLine: said, bound: true },
    );
    const source = `built from Go modules, ${pin.path} ${pin.version}`;
    return components.map((component) => {
      const built = join(out, pin === ETCD ? 'server' : component);
      return { component, path: install(want, component, built, source), source };
    });
  });
}

/** Downloads the module alone, checked against its pinned sums. */
async function fetchModule(
  go: string,
  folder: string,
  env: NodeJS.ProcessEnv,
  pin: GoModulePin,
): Promise<{ goMod: string; dir: string }> {
  writeFileSync(join(folder, 'go.mod'), 'module sallyport/lab\n');
  // With its sums in go.sum, no checksum database needs to be reached.
  writeFileSync(join(folder, 'go.sum'), `${pin.sums.trim()}\n`);
  const wanted = `${pin.path}@${pin.version}`;
  const json = await run(go, ['mod', 'download', '-json', wanted], { cwd: folder, env });
  const { GoMod, Dir } = JSON.parse(json) as { GoMod?: string; Dir?: string };
  if (!GoMod || !Dir) throw new Error(`go mod download gave no folder for ${pin.path}`);
  return { goMod: GoMod, dir: Dir };
}

/**
 * Makes the go.mod of a module that builds `pin`'s commands from outside. A module's own `replace`
 * directives do not count there (Go Modules Reference, "replace directive"), and Kubernetes and
 * etcd replace their staging modules by folders that the module does not hold; so all of its
 * requirements are taken over, and each such folder is replaced by the module's published version.
 * @param own the module's own go.mod
 */
export function renderGoMod(own: string, pin: GoModulePin): string {
  const required = new Set(
    [...own.matchAll(/^[\t ]*(?:require )?(\S+) v\S+/gm)].map((match) => match[1]),
  );
  return own
    .replace(/^module .*$/m, 'module sallyport/lab')
    .replace(/^toolchain .*\n/m, '')
    .replace(/^([\t ]*|replace )(\S+)(?: v\S+)? => \.\S*$/gm, (_, start: string, module: string) =>
      required.has(module) ? `${start}${module} => ${module} ${pin.localVersion}` : '',
    )
    .replace(/^require \(/m, `require (\n\t${pin.path} ${pin.version}`);
}

/** A file that imports the commands, as a module must that builds what it does not hold. */
function renderTools(packages: string[]): string {
  const imports = packages.map((path) => `\t_ "${path}"\n`).join('');
  return `//go:build tools\n\npackage tools\n\nimport (\n${imports})\n`;
}

function goPackage(pin: GoModulePin, component: Component): string {
  return pin === ETCD ? pin.path : `${pin.path}/cmd/${component}`;
}

/**
 * Strips, and stamps the version: without it the server reports v0.0.0 and clients complain. The
 * names are those that Kubernetes' own hack/lib/version.sh sets; the date is fixed so that a build
 * can be repeated.
 * @param prefix of the packages' import paths: GOPATH mode has them below vendor/
 */
export function linkerFlags(pin: { version: string }, prefix = ''): string {
  const [major, minor] = pin.version.slice(1).split('.');
  const values = {
    gitVersion: pin.version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
  };
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${prefix}${path}.${name}=${value}`),
  );
  return ['-s', '-w', ...stamps].join(' ');
}

/** Turns `go build -v`, which says one package a line, into a line every ten seconds. */
export function counted(title: string, progress: (line: string) => void): () => void {
  progress(title);
  let count = 0;
  let last = Date.now();
  const start = last;
  return () => {
    count += 1;
    if (Date.now() - last < 10_000) return;
    last = Date.now();
    progress(`${title}: ${count} packages in ${Math.round((last - start) / 1000)} s`);
  };
}
