/** `npm run lab -- up|down|status`: a real Kubernetes by itself. See README.md. */
import { parseArgs } from 'node:util';
import { downLab, type LabOptions, listLabs, upLab } from './launch.ts';
import { RELEASES } from './pins.ts';

const USAGE = `npm run lab -- up     [--name NAME] [--pods auto|on|off] [--version ${RELEASES.map((each) => each.name).join('|')}]
npm run lab -- down   [--name NAME | --all]
npm run lab -- status

up starts a cluster that runs on until down; its last line is the path of an admin kubeconfig.
NAME is "default" where none is given; several can run side by side.`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  const { command, options, all } = parsed;
  try {
    if (command === 'up') await up(options);
    else if (command === 'down') await down(options.name, all);
    else await status();
    return 0;
  } catch (error) {
    process.stderr.write(`lab: ${(error as Error).message}\n`);
    return 1;
  }
}

function parse(args: string[]): { command: string; options: LabOptions; all: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      pods: { type: 'string', default: 'auto' },
      version: { type: 'string' },
      all: { type: 'boolean', default: false },
    },
  });
  const [command = '', ...more] = positionals;
  if (!['up', 'down', 'status'].includes(command) || more.length > 0) {
    throw new Error('lab: say up, down or status');
  }
  const pods = (['auto', 'on', 'off'] as const).find((each) => each === values.pods);
  if (!pods) throw new Error('lab: --pods takes auto, on or off');
  const version = RELEASES.find((each) => each.name === values.version)?.name;
  if (values.version && !version) throw new Error(`lab: no release ${values.version} is pinned`);
  const name = values.name ? { name: values.name } : {};
  const options = { ...name, ...(version ? { version } : {}), pods };
  return { command, options, all: values.all };
}

async function up(options: LabOptions): Promise<void> {
  const start = Date.now();
  const lab = await upLab({ ...options, onProgress: (line) => print(`… ${line}`) });
  print(`Kubernetes ${lab.version} at ${lab.server} (lab "${lab.name}", ${seconds(start)} s)`);
  const byOrigin = Map.groupBy(Object.entries(lab.sources), ([, source]) => source);
  for (const [source, parts] of byOrigin) {
    print(`  ${parts.map(([part]) => part).join(', ')}: ${source}`);
  }
  for (const [part, why] of Object.entries(lab.missing)) print(`  without ${part}:\n${why}`);
  print(
    lab.pods ? '  pods: yes, image docker.io/local/busybox:1' : `  pods: no; ${lab.podsReason}`,
  );
  print(`  kubectl: ${lab.kubectl ?? 'none found; set KUBECTL or install one'}`);
  print(lab.adminKubeconfigPath);
}

async function down(name: string | undefined, all: boolean): Promise<void> {
  const names = all ? (await listLabs()).map((lab) => lab.name) : [name ?? 'default'];
  for (const each of names) {
    print((await downLab(each)) ? `lab "${each}" is down` : `no lab "${each}" runs`);
  }
}

async function status(): Promise<void> {
  const labs = await listLabs();
  if (labs.length === 0) print('no lab runs');
  for (const { name, status: state, version, server, pods, folder } of labs) {
    print(
      `${name}: ${state} ${version} ${server} ${pods ? 'with pods' : 'without pods'} ${folder}`,
    );
  }
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
