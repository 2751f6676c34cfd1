/**
 * The conformance matrix: real clients through the real gateway, against a real Kubernetes.
 *
 *   node conformance/run.ts [--only NAME,...] [--kubernetes 1.36,1.20] [--named] [--write]
 *
 * `--only` takes the starts of clients' names (`kubectl`, `helm 3`, `go`, ...); `--write` makes
 * docs/compatibility.md, from a whole run; with `--named` all kubeconfigs name their environment in
 * TLS, where else only those of the rows that say so do. Ends with 1 where something fails that is not known to.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ReleaseName } from '@sallyport/lab';
import type { Client, Tool } from './client.ts';
import { judge, type Roads, toReason } from './judge.ts';
import { KNOWN_FAILURES } from './known.ts';
import { knownFailure, type Result, toLine, toMarkdown, toSummary } from './matrix.ts';
import { onStage, type Scene } from './scene.ts';
import { type Stage, startStage } from './stage.ts';
import { gitops } from './suites/gitops.ts';
import { h2spec } from './suites/h2spec.ts';
import { helms } from './suites/helm.ts';
import { k9s } from './suites/k9s.ts';
import { kubectls } from './suites/kubectl.ts';
import { libraries } from './suites/libraries.ts';
import { terminals } from './suites/terminals.ts';

const RELEASES: readonly ReleaseName[] = ['1.36', '1.20'];
const PAGE = join(import.meta.dirname, '..', 'docs', 'compatibility.md');

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    kubernetes: { type: 'string' },
    named: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
if (
  values.write &&
  (values.only ?? values.kubernetes ?? (values.named || undefined)) !== undefined
) {
  exitWith('--write makes the page from a whole run: leave out --only, --kubernetes and --named');
}

let labKubectl: string | undefined;
const clients = select([
  ...kubectls(() => labKubectl),
  ...helms,
  ...libraries,
  ...terminals,
  k9s(() => labKubectl),
  ...gitops,
  h2spec,
]);
const releases = values.kubernetes?.split(',') ?? RELEASES;
const results: Result[] = [];
const versions: string[] = [];
let stage: Stage | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void close().then(() => process.exit(130)));
}

try {
  for (const release of releases) {
    console.log(`\nKubernetes ${release}: starting`);
    const say = (line: string) => console.log(`  ${line}`);
    stage = await startStage(release as ReleaseName, say, values.named);
    versions.push(stage.lab.version);
    // The newest one's, for all versions: the client is what is compared here.
    labKubectl ??= stage.lab.kubectl;
    for (const client of clients) await tryClient(client, stage);
    await close();
  }
} finally {
  await close();
}

const unknown = results.filter(
  (result) => result.outcome.state === 'fail' && !knownFailure(result, KNOWN_FAILURES),
);
console.log(`\n${toSummary(results, KNOWN_FAILURES)}`);
for (const result of unknown) console.log(toLine(result));
if (values.write) {
  const { version } = JSON.parse(readFileSync(join(PAGE, '..', '..', 'package.json'), 'utf8'));
  const facts = {
    date: new Date().toISOString(),
    command: 'npm run conformance -- --write',
    sallyport: version,
    node: process.version,
    kubernetes: versions,
  };
  writeFileSync(PAGE, toMarkdown(results, KNOWN_FAILURES, facts));
  console.log(`wrote ${PAGE}`);
}
process.exit(unknown.length === 0 ? 0 : 1);

/** Tries everything that a client can do on this stage. */
async function tryClient(client: Client, { lab, gateway, direct }: Stage): Promise<void> {
  let tool: Tool | { lacking: string };
  try {
    tool = await client.prepare();
  } catch (error) {
    tool = { lacking: toReason(error) };
  }
  for (const capability of client.capabilities) {
    const path = 'path' in tool ? tool.path : '';
    const roads: Roads<Scene> = {
      gateway: (work) => onStage(gateway, path, work),
      direct: (work) => onStage(direct, path, work),
      podsReason: lab.pods ? undefined : (lab.podsReason ?? 'no reason was given'),
    };
    const lacking = 'lacking' in tool ? { lacking: tool.lacking } : {};
    const outcome = await judge({ ...capability, ...lacking }, roads);
    const result = {
      family: client.family,
      client: 'title' in tool ? tool.title : client.name,
      capability: capability.name,
      kubernetes: lab.version,
      outcome,
    };
    results.push(result);
    console.log(toLine(result));
  }
}

function select(all: readonly Client[]): Client[] {
  const wanted = values.only?.toLowerCase().split(',');
  if (!wanted) return [...all];
  for (const word of wanted) {
    if (!all.some(({ name }) => name.toLowerCase().startsWith(word))) {
      exitWith(`--only: there is no ${word}; there are ${all.map(({ name }) => name).join(', ')}`);
    }
  }
  return all.filter(({ name }) => wanted.some((word) => name.toLowerCase().startsWith(word)));
}

async function close(): Promise<void> {
  const open = stage;
  stage = undefined;
  await open?.close();
}

function exitWith(message: string): never {
  console.error(message);
  process.exit(2);
}
