/**
 * `npm test`: the static checks, then every test file, against one real cluster and one PostgreSQL
 * that are started once for all of them.
 *
 *   node scripts/test.ts [--only static,unit,cluster,e2e] [FILE ...]
 *
 * A part that this machine cannot test (no pods, no browser, ...) is named with its reason at the
 * end; with SALLYPORT_TEST_REQUIRE=cluster,pods,browser,postgres,helm,nginx,haproxy it
 * fails instead.
 */
import { spawn, spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startLab } from '../lab/src/index.ts';
import { startTestPostgres } from '../server/src/store/testPostgres.ts';

/**
 * What hangs is to fail with its name, not to use up the time of whoever runs it all. A file of the
 * browser's is one test, which takes some minutes on a machine that has other work.
 */
const TEST_LIMIT_MS = 10 * 60_000;
/** A test that failed may leave its file running: the runner then names the file. */
const GROUP_LIMIT_MS = 25 * 60_000;

type Group = 'static' | 'unit' | 'cluster' | 'e2e';
const GROUPS: readonly Group[] = ['static', 'unit', 'cluster', 'e2e'];

/** The checks that read the code; each a program and its arguments. */
const STATIC: ReadonlyArray<readonly [name: string, ...command: string[]]> = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['arrows between rooms', 'node', 'scripts/check-layers.ts'],
  ['generated documents', 'node', 'scripts/docs.ts', '--check'],
  ...[
    'contract',
    'server',
    'server/test',
    'web',
    'web/e2e',
    'lab',
    'scripts',
    'bench',
    'conformance',
    'deploy',
  ].map((project) => [`types of ${project}`, 'tsc', '-p', project] as const),
];

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' } },
  allowPositionals: true,
});
const groups = (values.only?.split(',') ?? GROUPS) as Group[];
for (const group of groups) {
  if (!GROUPS.includes(group))
    exitWith(`--only takes ${GROUPS.join(', ')}; ${group} is none of them`);
}

const required = (process.env.SALLYPORT_TEST_REQUIRE ?? '').split(',').filter(Boolean);
const failures: string[] = [];
const untested: string[] = [];
const cleanups: Array<() => Promise<void>> = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
}

try {
  await main();
} finally {
  await cleanUp();
}
for (const reason of untested) console.log(`NOT TESTED: ${reason}`);
for (const name of failures) console.log(`FAILED: ${name}`);
process.exit(failures.length === 0 ? 0 : 1);

async function main(): Promise<void> {
  if (groups.includes('static') && positionals.length === 0) {
    for (const [name, command, ...args] of STATIC) {
      const began = Date.now();
      const { status } = spawnSync(command as string, args, { stdio: 'inherit' });
      console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name} (${Date.now() - began} ms)`);
      if (status !== 0) failures.push(name);
    }
  }
  const files = positionals.length > 0 ? positionals : testFiles();
  const env = { ...process.env };
  if (files.some((file) => needsPostgres(groupOf(file)))) await offerPostgres(env);
  if (groups.some((group) => group === 'cluster' || group === 'e2e')) {
    if (files.some((file) => groupOf(file) !== 'unit')) await offerLab(env);
  }
  for (const group of groups.filter((one) => one !== 'static')) {
    const own = files.filter((file) => groupOf(file) === group);
    if (own.length > 0) await runTests(group, own, env);
  }
}

/** Every test file that git knows or would take. */
function testFiles(): string[] {
  const list = spawnSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts', '*.test.tsx'],
    { encoding: 'utf8' },
  );
  return [...new Set(list.stdout.split('\n').filter(Boolean))].sort();
}

function groupOf(file: string): Group {
  if (file.startsWith('web/e2e/')) return 'e2e';
  return file.startsWith('lab/') || file.endsWith('.cluster.test.ts') ? 'cluster' : 'unit';
}

function needsPostgres(group: Group): boolean {
  return groups.includes(group) && group === 'unit';
}

async function offerPostgres(env: NodeJS.ProcessEnv): Promise<void> {
  if (env.SALLYPORT_TEST_POSTGRES_URL) return;
  try {
    const postgres = await startTestPostgres();
    cleanups.push(() => postgres.stop());
    env.SALLYPORT_TEST_POSTGRES_URL = postgres.url;
  } catch (error) {
    lack('postgres', `queries on PostgreSQL: ${(error as Error).message}`);
  }
}

/** One cluster for all files; a file that is run alone starts its own. */
async function offerLab(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const lab = await startLab({
      name: `test-${process.pid}`,
      pods: 'auto',
      onProgress: console.log,
    });
    cleanups.push(() => lab.stop());
    env.SALLYPORT_LAB_STATE = lab.statePath;
    if (!lab.pods) lack('pods', `what needs running pods: ${lab.podsReason}`);
  } catch (error) {
    lack('cluster', `what needs a real API server: ${(error as Error).message}`);
  }
}

function lack(part: string, reason: string): void {
  if (required.includes(part)) failures.push(`required but missing: ${reason}`);
  else untested.push(reason);
}

async function runTests(group: Group, files: string[], env: NodeJS.ProcessEnv): Promise<void> {
  console.log(`\n${group}: ${files.length} files`);
  // Browsers and clusters share two cores badly; a test that waits for its turn is not a faster one.
  const concurrency = group === 'unit' ? 2 : 1;
  const status = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--test',
        `--test-concurrency=${concurrency}`,
        `--test-timeout=${TEST_LIMIT_MS}`,
        '--test-reporter=spec',
        ...files,
      ],
      { stdio: 'inherit', env },
    );
    const limit = setTimeout(() => {
      failures.push(`tests: ${group} did not end in ${GROUP_LIMIT_MS} ms`);
      child.kill('SIGINT');
    }, GROUP_LIMIT_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve(code);
    });
  });
  if (status !== 0) failures.push(`tests: ${group}`);
}

async function cleanUp(): Promise<void> {
  for (const stop of cleanups.splice(0).reverse()) {
    await stop().catch((error: unknown) => console.error('while cleaning up:', error));
  }
}

function exitWith(message: string): never {
  console.error(message);
  process.exit(2);
}
