/**
 * Assembles an installed Sallyport in a new folder: the sources that run, the page as it is built,
 * the packages that the server needs. The image and an installation for systemd are made of it, and
 * so are those that the tests run: this is the one list of what is shipped.
 *
 *   npm ci && npm run assemble -- [--with-node] FOLDER
 *
 * `--with-node` adds the Node of this platform that package.json pins, as node_modules/.bin/node. The
 * image does without: its base brings one.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TEST_FILE } from '../scripts/check-layers.ts';

const ROOT = join(import.meta.dirname, '..');

/** Files, and folders with all that is below. */
const SHIPPED = [
  'LICENSE',
  'contract/package.json',
  'contract/src',
  'server/package.json',
  'server/src',
  'web/dist',
];

/** npm reads what to install from these; an installation needs them no more. */
const FOR_NPM = ['.npmrc', 'package.json', 'package-lock.json'];

/**
 * @param folder is made; all users may read it, as it holds no secret
 * @param withNode whether Node is part of it
 * @throws Error in words where the folder is not empty, or the page or the packages cannot be had
 */
export function assemble(folder: string, withNode: boolean): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty: assemble into a new folder, then put it in place`);
  run(process.execPath, [join(ROOT, 'web', 'build.ts'), '--if-stale']);
  for (const path of [...FOR_NPM, ...SHIPPED].flatMap(filesAt)) {
    const target = join(folder, path);
    // Not as they lie here: a strict umask must not lock out the user that the service runs as.
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(ROOT, path), target);
    chmodSync(target, 0o644);
  }
  // No package may need an install script (docs/decisions/0005), so none is run.
  run('npm', [
    ...['ci', '--prefix', folder, '--omit=dev', '--ignore-scripts', '--prefer-offline'],
    ...['--no-audit', '--no-fund', '--loglevel=error', '--workspace=@sallyport/server'],
    ...(withNode ? ['--include-workspace-root'] : []),
  ]);
  for (const path of FOR_NPM) rmSync(join(folder, path));
}

/** The files to ship at a path of the repository, relative to it. */
function filesAt(path: string): string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !TEST_FILE.test(file) && !file.endsWith('.md'))
    .sort();
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${error?.message ?? status}`);
}

if (import.meta.main) {
  process.umask(0o022);
  const { values, positionals } = parseArgs({
    options: { 'with-node': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [folder, ...more] = positionals;
  try {
    if (folder === undefined || more.length > 0)
      throw new Error('say where: npm run assemble -- [--with-node] FOLDER');
    assemble(resolve(folder), values['with-node']);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
