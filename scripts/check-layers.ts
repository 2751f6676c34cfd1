/**
 * Holds the arrows between the rooms: each imports only what stands below it, so that any one can
 * be read, tested and changed without those above; and no file imports itself by way of others.
 * Prints every import that breaks a rule.
 *
 *   node scripts/check-layers.ts
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { findCircles } from './circles.ts';

/**
 * What every room may use: words, not behaviour. `http2` is one of them: the protocol's frames and
 * fields, which the listener speaks to clients and the proxy to API servers.
 */
const COMMON = [
  ...['channel', 'coalesce', 'errors', 'gather', 'http2', 'limit', 'log', 'tokens', 'version'],
];

/**
 * The rooms of the server from the top down, and what each may import besides COMMON. A room can
 * name only rooms that come after it, so there are no circles. `api` and `proxy` never meet.
 */
const ROOMS: ReadonlyArray<readonly [room: string, mayImport: readonly string[]]> = [
  ['main', ['workers', 'gateway', 'backup', 'config']],
  ['workers', ['gateway', 'config']],
  [
    'gateway',
    [
      ...['api', 'proxy', 'listener', 'tls', 'config'],
      ...['settings', 'live', 'metrics', 'backup', 'certificate', 'clock', 'audit'],
      ...['kubeconfigs', 'access', 'environments', 'identity', 'store'],
    ],
  ],
  [
    'api',
    [
      ...['settings', 'live', 'metrics', 'backup', 'certificate', 'clock', 'audit'],
      ...['kubeconfigs', 'access', 'environments', 'identity', 'store'],
    ],
  ],
  ['proxy', ['audit', 'kubeconfigs', 'access', 'environments']],
  ['listener', []],
  ['config', []],
  ['settings', ['store', 'tls']],
  ['certificate', ['tls', 'environments']],
  ['tls', []],
  ['live', []],
  ['backup', []],
  ['clock', ['store']],
  ['metrics', ['store']],
  ['audit', ['store']],
  ['kubeconfigs', ['access', 'store']],
  ['access', ['environments', 'store']],
  ['environments', ['store']],
  ['identity', ['store']],
  ['store', []],
  ...COMMON.map((room) => [room, []] as const),
];

/** What a workspace may import besides itself and the packages it declares. */
const WORKSPACES: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  server: ['contract'],
  web: ['contract'],
  lab: [],
};

/** Files of tests may reach anywhere, and what is shipped may not reach them. All of lab is for tests. */
export const TEST_FILE =
  /\.(?:test|fixture)\.tsx?$|\/(?:testing|fixtures|(?:test|fake)[A-Z]\w*)\.ts$/;

/**
 * Finds what breaks a rule.
 *
 * @param root the folder of the repository
 * @returns one line each, empty where all is well
 */
export function checkLayers(root: string): string[] {
  const problems = tableProblems();
  for (const [workspace, allowed] of Object.entries(WORKSPACES)) {
    const source = join(root, workspace, 'src');
    const imports = new Map<string, string[]>();
    for (const file of sourceFiles(source)) {
      if (TEST_FILE.test(file)) continue;
      const text = readFileSync(file, 'utf8');
      const where = relative(root, file);
      const specifiers = importsOf(text);
      const own = specifiers.filter((specifier) => specifier.startsWith('.'));
      imports.set(
        where,
        own.map((specifier) => relative(root, resolve(dirname(file), specifier))),
      );
      for (const specifier of specifiers) {
        const why = specifier.startsWith('.')
          ? relativeProblem(source, file, specifier, workspace)
          : packageProblem(specifier, workspace, allowed);
        if (why) problems.push(`${where} → ${specifier}: ${why}`);
      }
      if (workspace === 'server' && roomOf(source, file) !== 'main' && READS_PROCESS.test(text))
        problems.push(`${where}: only main.ts reads process.argv and process.env`);
    }
    for (const circle of findCircles(imports)) problems.push(`a circle: ${circle.join(' → ')}`);
  }
  return problems;
}

const READS_PROCESS = /\bprocess\.(?:argv|env)\b/;

function relativeProblem(
  source: string,
  file: string,
  specifier: string,
  workspace: string,
): string | undefined {
  const target = resolve(dirname(file), specifier);
  if (relative(source, target).startsWith('..'))
    return `${workspace} reaches outside of its own sources`;
  if (TEST_FILE.test(target) && workspace !== 'lab')
    return 'what is shipped does not use what is for tests';
  if (workspace !== 'server') return undefined;
  const from = roomOf(source, file);
  const to = roomOf(source, target);
  if (from === to || COMMON.includes(to)) return undefined;
  const row = ROOMS.find(([room]) => room === from);
  if (!row) return `the room ${from} is not in the table of scripts/check-layers.ts`;
  return row[1].includes(to) ? undefined : `${from} may not import ${to}`;
}

function packageProblem(
  specifier: string,
  workspace: string,
  allowed: readonly string[],
): string | undefined {
  const other = /^@sallyport\/([^/]+)/.exec(specifier)?.[1];
  if (other !== undefined && !allowed.includes(other))
    return `${workspace} may not import ${other}`;
  if (workspace === 'contract' && other === undefined && specifier !== 'zod')
    return 'contract may import zod only: it runs in browsers too';
  return undefined;
}

/** `listener.ts` and `listener/` are one room. */
function roomOf(source: string, file: string): string {
  return (relative(source, file).split('/')[0] ?? '').replace(/\.ts$/, '');
}

function importsOf(text: string): string[] {
  const statements = /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].flatMap(
    ([, specifier]) => specifier ?? [],
  );
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The table itself must run downwards. */
function tableProblems(): string[] {
  const order = ROOMS.map(([room]) => room);
  return ROOMS.flatMap(([room, mayImport]) =>
    mayImport
      .filter((other) => order.indexOf(other) <= order.indexOf(room))
      .map((other) => `The table lets ${room} import ${other}, which does not stand below it.`),
  );
}

if (import.meta.main) {
  const problems = checkLayers(join(import.meta.dirname, '..'));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
