/**
 * Builds the page into web/dist: `node web/build.ts [--if-stale]`. With `--if-stale` it does nothing
 * where the earlier build was made from the same files. A build that fails leaves that one whole.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip as gzipCompress } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WEB = join(ROOT, 'web');
const DIST = join(WEB, 'dist');
const STAMP = join(DIST, '.stamp');

/** Smaller files, in bytes, fit into one packet either way. */
const WORTH_COMPRESSING = 1024;

const brotli = promisify(brotliCompress);
const gzip = promisify(gzipCompress);

/** Everything that the page is made from. */
const INPUTS = [
  'contract/src',
  'package-lock.json',
  'web/build.ts',
  'web/index.html',
  'web/patternfly-css.ts',
  'web/public',
  'web/sfnt.ts',
  'web/src',
  'web/typeface.ts',
  'web/vite.config.ts',
];

async function filesUnder(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null);
  if (!entries) return [path];
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}

/** One digest over the names and contents of all inputs; tests make no difference to the page. */
async function inputStamp(): Promise<string> {
  const files = (await Promise.all(INPUTS.map((input) => filesUnder(join(ROOT, input))))).flat();
  const hash = createHash('sha256');
  for (const file of files.filter((name) => !name.includes('.test.')).sort()) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Builds beside the earlier build, then puts the new one in its place. */
async function build(stamp: string): Promise<void> {
  // Imported late: a page that is up to date shall not cost the start of Vite.
  const [vite, { config }] = await Promise.all([import('vite'), import('./vite.config.ts')]);
  const work = join(WEB, '.build', 'dist');
  const next = join(work, `next-${process.pid}`);
  const earlier = join(work, `earlier-${process.pid}`);
  try {
    await mkdir(work, { recursive: true });
    await vite.build({
      ...config,
      logLevel: 'warn',
      build: { ...config.build, outDir: next, emptyOutDir: true },
    });
    await compress(next);
    await writeFile(join(next, '.stamp'), stamp);
    if (existsSync(DIST)) await rename(DIST, earlier);
    await rename(next, DIST);
  } finally {
    await Promise.all([next, earlier].map((path) => rm(path, { recursive: true, force: true })));
    // Another build may still be at work there; it then tidies up itself.
    await rmdir(work)
      .then(() => rmdir(join(WEB, '.build')))
      .catch(() => undefined);
  }
}

/** Puts a `.br` and a `.gz` beside each file that gains by it; the server sends what a browser takes. */
async function compress(folder: string): Promise<void> {
  const files = (await filesUnder(folder)).filter((name) => /\.(css|html|js|svg)$/.test(name));
  await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file);
      if (content.length < WORTH_COMPRESSING) return;
      await writeFile(`${file}.br`, await brotli(content));
      await writeFile(`${file}.gz`, await gzip(content, { level: 9 }));
    }),
  );
}

const stamp = await inputStamp();
const current = await readFile(STAMP, 'utf8').catch(() => undefined);
if (!process.argv.includes('--if-stale') || current !== stamp) {
  const start = performance.now();
  process.stdout.write('Building the page…');
  try {
    await build(stamp);
    process.stdout.write(` ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  } catch (error) {
    process.stdout.write(' it failed.\n');
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
