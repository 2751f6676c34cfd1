/**
 * `npm run bench`: Sallyport beside direct access, nginx and Go's ReverseProxy, in one run.
 *
 *   npm run bench -- [--quick | --thorough] [--only NAME[,NAME…]] [--write]
 *
 * --quick     under a minute, to see that everything works; its figures mean nothing
 * --thorough  some twenty minutes: more rounds, each longer
 * --only      the scenarios whose names begin so
 * --write     make docs/benchmarks.md of a whole run, of the usual pace or thorough
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bench, type Lack, reasonOf, type Scenario } from './bench.ts';
import { makeCertificates } from './certificates.ts';
import { createChildren } from './children.ts';
import { type Sample, withAddedLatency } from './figures.ts';
import { inspectMachine, type Machine } from './machine.ts';
import { planOf } from './plan.ts';
import { inWords, type Report, toMarkdown, toText } from './report.ts';
import { connect } from './scenarios/connect.ts';
import { gets } from './scenarios/get.ts';
import { kubectl } from './scenarios/kubectl.ts';
import { lists } from './scenarios/list.ts';
import { splices } from './scenarios/splice.ts';
import { watches } from './scenarios/watch.ts';
import { workers } from './scenarios/workers.ts';
import { startUpstream } from './upstream.ts';

const SCENARIOS: readonly Scenario[] = [
  ...gets,
  connect,
  ...lists,
  ...splices,
  ...watches,
  workers,
  kubectl,
];
const GO_SOURCES = fileURLToPath(new URL('go', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    thorough: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const wanted = options.only?.split(',') ?? [''];
const scenarios = SCENARIOS.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
if (scenarios.length === 0) {
  exitWith(`--only takes beginnings of ${SCENARIOS.map(({ name }) => name).join(', ')}`);
}
if (options.quick && options.thorough) exitWith('--quick and --thorough do not go together');
if (options.write && (options.quick || options.only !== undefined)) {
  exitWith('--write takes a whole run: neither --quick nor --only goes with it');
}

const pace = options.quick ? 'quick' : options.thorough ? 'thorough' : 'usual';

const began = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const children = createChildren();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}
try {
  const report = await main(inspectMachine(process.env));
  console.log(toText(report));
  if (options.write) writeFileSync(PAGE, toMarkdown(report));
  console.log(`\nTook ${Math.round((Date.now() - began) / 1000)} s.`);
} finally {
  await cleanUp();
}

async function main(machine: Machine): Promise<Report> {
  if (machine.tools.go === undefined) {
    exitWith('nothing can be measured without go: the upstream is compiled with it');
  }
  // What is started without a CPU of its own inherits this one.
  if (machine.pins !== undefined) {
    execFileSync('taskset', ['-a', '-p', '-c', String(machine.pins.load), String(process.pid)]);
  }
  say('compiling bench/go');
  execFileSync(machine.tools.go, ['build', '-o', `${folder}/`, './...'], { cwd: GO_SOURCES });
  const certificates = await makeCertificates(folder);
  const upstream = await startUpstream(children, folder, certificates);
  const samples: Sample[] = [];
  const lacks: Lack[] = [];
  const bench: Bench = {
    ...{ machine, children, upstream, certificates, folder, say },
    programs: folder,
    plan: planOf(pace),
    record: (sample) => {
      // Told at once, so that a run that is broken off was not for nothing.
      say(`${sample.scenario}, ${sample.contender}: ${inWords(sample.figures)}`);
      samples.push(sample);
    },
    lack: (lack) => {
      say(`${lack.scenario}${lack.contender ? `, ${lack.contender}` : ''}: ${lack.reason}`);
      lacks.push(lack);
    },
  };
  for (const scenario of scenarios) await runScenario(scenario, bench);
  return {
    scenarios,
    lacks,
    samples: withAddedLatency(samples, 'direct'),
    facts: [
      ...machine.facts,
      ['Date', new Date().toISOString().slice(0, 16).replace('T', ' ')],
      ['Command', `npm run bench -- ${pace === 'thorough' ? '--thorough ' : ''}--write`],
      ['Duration', `${Math.round((Date.now() - began) / 60_000)} min`],
    ],
  };
}

async function runScenario(scenario: Scenario, bench: Bench): Promise<void> {
  // Whoever names a scenario wants it, whatever it takes.
  if (scenario.long && pace !== 'thorough' && options.only === undefined) {
    bench.lack({ scenario: scenario.name, reason: 'only with --thorough' });
    return;
  }
  if (bench.plan.quick && !scenario.quick) {
    bench.lack({ scenario: scenario.name, reason: 'left out by --quick' });
    return;
  }
  const missing = scenario.needs.filter((tool) => bench.machine.tools[tool] === undefined);
  if (missing.length > 0) {
    bench.lack({ scenario: scenario.name, reason: `${missing.join(' and ')} not found` });
    return;
  }
  try {
    await scenario.run(bench);
  } catch (error) {
    bench.lack({ scenario: scenario.name, reason: reasonOf(error) });
  }
}

async function cleanUp(): Promise<void> {
  await children.stopAll();
  rmSync(folder, { recursive: true, force: true });
}

function say(line: string): void {
  console.error(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}

function exitWith(message: string): never {
  console.error(message);
  process.exit(2);
}
