import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it, type TestContext } from 'node:test';
import { findPodTools, hasPart } from '@sallyport/lab';
import { which } from '../lab/src/binaries/command.ts';
import { createPerson, readAuthority } from '../scripts/rest.ts';
import { configReference } from '../server/src/config.ts';
import { assemble } from './assemble.ts';
import { startConfined } from './testing/confined.ts';
import { contextFiles, ROOT } from './testing/context.ts';
import { imageConfig, stages } from './testing/dockerfile.ts';
import { environment, INSTALLED, setting, type Unit, unitText } from './testing/unit.ts';

const PASSWORD = 'correct horse battery staple';
/** Of those that systemd gives to services with DynamicUser. */
const DYNAMIC_USER = 61_184;
const UNITS: readonly Unit[] = [
  'sallyport.service',
  'sallyport-backup.service',
  'sallyport-backup.timer',
];

/** What is installed for systemd and in the image, and how both run it. */
describe('an installed Sallyport', () => {
  let folder: string;
  let installed: string;
  before(() => {
    // Not in /tmp, which a service has for its own.
    folder = mkdtempSync('/var/tmp/sallyport-install-');
    chmodSync(folder, 0o755);
    installed = join(folder, 'sallyport');
    assemble(installed, true);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what runs, and neither tests nor tools', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    const own = files.filter((file) => !file.startsWith('node_modules/'));
    assert.deepEqual(
      own.filter((file) => /\.test\.|testing\.ts$|\.md$|\.tsx$/.test(file)),
      [],
    );
    assert.ok(own.includes('web/dist/index.html') && own.includes('LICENSE'));
    const packages = readdirSync(join(installed, 'node_modules'));
    for (const tool of ['typescript', 'vite', 'react', 'playwright-core', '@biomejs', '@types'])
      assert.ok(!packages.includes(tool), tool);
    assert.ok(packages.includes('fastify'));
    assert.ok(!existsSync(join(installed, 'package-lock.json')), 'it names what is not here');
    // Whoever it runs as may read it, and nobody but its owner may change it.
    for (const file of files) {
      const path = join(installed, file);
      const { mode } = statSync(path);
      assert.equal(mode & 0o022, 0, path);
      assert.equal(mode & 0o004, 0o004, path);
    }
  });

  it('is assembled into a new folder only', () => {
    assert.throws(() => assemble(installed, true), /is not empty: assemble into a new folder/);
  });

  it('is started with the options of Node that npm start has, by both', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const [node, ...command] = scripts.start.split(' ');
    assert.equal(node, 'node');
    const { Entrypoint = [], Cmd = [] } = imageConfig();
    assert.deepEqual([...Entrypoint, ...Cmd], [node, ...command]);
    assert.deepEqual(setting('ExecStart').split(' '), [
      `${INSTALLED}/node_modules/.bin/node`,
      ...command.map((word: string) => word.replace(/^server/, `${INSTALLED}/server`)),
    ]);
  });

  it('is in the image what it is everywhere, on the Node that is asked for', () => {
    const [build = [], last = []] = stages();
    const words = (stage: typeof last, name: string) =>
      stage.filter((one) => one.name === name).map((one) => one.words);
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const [, major] = /^>=(\d+)/.exec(engines.node) ?? [];
    assert.deepEqual(words(build, 'FROM'), [`node:${major}-slim AS build`]);
    assert.deepEqual(words(last, 'FROM'), [`node:${major}-slim`]);
    const context = contextFiles();
    for (const file of words(build, 'COPY').flatMap((line) => line.split(' ').slice(0, -1)))
      assert.ok(file === '.' || context.includes(file), `${file} is kept from the build`);
    assert.equal(words(build, 'RUN').at(-1), `node deploy/assemble.ts ${imageConfig().WorkingDir}`);
    assert.deepEqual(words(last, 'COPY'), [`--from=build ${INSTALLED} ${INSTALLED}`]);
    // Kubernetes takes only a number for certain not to be root.
    assert.match(imageConfig().User ?? '', /^[1-9]\d*:[1-9]\d*$/);
  });

  it('gives requests all of their grace before systemd ends it', () => {
    const { default: grace } = configReference().find(({ key }) => key === 'shutdownGrace') ?? {};
    const seconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);
    // What is left is cut off ten seconds after the grace.
    assert.ok(seconds(setting('TimeoutStopSec')) > seconds(grace) + 10);
    // Else systemd would signal the workers too, which are the first process's to end.
    assert.equal(setting('KillMode'), 'mixed');
  });

  it('has units that systemd understands', (t) => {
    if (!which('systemd-analyze')) return t.skip('there is no systemd-analyze here');
    for (const unit of UNITS) writeFileSync(join(folder, unit), unitText(installed, unit));
    for (const unit of UNITS) {
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, unit)], {
        encoding: 'utf8',
      });
      assert.equal(stderr, '', unit);
      assert.equal(status, 0, unit);
    }
  });

  it('confines its backup as it is confined itself, and finds the same settings and data', () => {
    const linesOf = (unit: Unit) =>
      unitText(INSTALLED, unit)
        .split('\n')
        .filter((line) => line.includes('=') && !line.startsWith('#'));
    const backup = linesOf('sallyport-backup.service');
    const words =
      /^(?:Protect|Private|Restrict|System|NoNew|Capability|Ambient|Lock|RemoveIPC|Dynamic|User|UMask|Environment|WorkingD)/;
    const shared = linesOf('sallyport.service').filter((line) => words.test(line));
    assert.ok(shared.length > 20);
    for (const line of shared) assert.ok(backup.includes(line), line);
  });

  /** Starts what the unit starts, as confined as it is there. */
  function start(name: string, ...flags: string[]): { child: ChildProcess; state: string } {
    const state = join(folder, name);
    mkdirSync(state, { mode: 0o700 });
    chownSync(state, DYNAMIC_USER, DYNAMIC_USER);
    const command = setting('ExecStart', unitText(installed)).split(' ');
    const child = startConfined([...command, '--port', '0', ...flags], {
      id: DYNAMIC_USER,
      writable: state,
      env: { ...environment(), SALLYPORT_DATA_DIR: state },
    });
    return { child, state };
  }

  const needsNamespaces = async (t: TestContext) => {
    const tools = await findPodTools(process.env);
    return hasPart(t, 'pods', typeof tools === 'string' ? tools : undefined);
  };

  it('runs as a user without rights who can write nothing but its data, and ends in order', async (t) => {
    if (!(await needsNamespaces(t))) return;
    const { child, state } = start('state', '--workers', '2', '--log-level', 'warn');
    const errors: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    const ended = once(child, 'close') as Promise<[number | null]>;
    try {
      const { url, token } = await listening(child, errors);
      for (const path of [installed, folder, '/var', '/etc'])
        assert.throws(() => writeFileSync(`/proc/${child.pid}/root${path}/x`, ''), {
          code: 'EROFS',
        });
      assert.deepEqual(rightsOf(child), {
        user: String(DYNAMIC_USER),
        capabilities: '0',
        gain: '1',
      });
      const person = createPerson(url, readAuthority(state));
      const credentials = { username: 'admin', password: PASSWORD };
      await person.call('setup.complete', { body: { token, ...credentials } });
      const page = await person.fetch('/');
      assert.match(await page.text(), /<div id="root">/);
      // What takes a temporary folder, and memory besides that SQLite may spill to one.
      const backup = await person.call('system.backup', {
        body: { password: PASSWORD, passphrase: 'a long enough passphrase' },
      });
      assert.ok((await backup.arrayBuffer()).byteLength > 1000);
      await backUpBeside(state);
      await person.close();
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
      // No warning, no error: nothing was missed that could not be written.
      assert.equal(Buffer.concat(errors).toString(), '');
    } finally {
      child.kill('SIGKILL');
    }
  });

  /** Runs what the timer starts, beside the service and as confined. */
  async function backUpBeside(state: string): Promise<void> {
    const text = unitText(installed, 'sallyport-backup.service');
    const credentials = join(state, 'credentials');
    mkdirSync(credentials);
    writeFileSync(join(credentials, 'passphrase'), 'a long enough passphrase\n', { mode: 0o440 });
    const to = join(state, 'backups');
    mkdirSync(to);
    for (const path of [credentials, join(credentials, 'passphrase'), to])
      chownSync(path, DYNAMIC_USER, DYNAMIC_USER);
    const command = setting('ExecStart', text)
      // biome-ignore lint/suspicious/noTemplateCurlyInString: systemd's own
      .replace('${CREDENTIALS_DIRECTORY}', credentials)
      .replace('/var/lib/sallyport-backups', to);
    const child = startConfined(command.split(' '), {
      ...{ id: DYNAMIC_USER, writable: state },
      env: { ...environment(), SALLYPORT_DATA_DIR: state },
    });
    const said: Buffer[] = [];
    for (const output of [child.stdout, child.stderr])
      output?.on('data', (chunk: Buffer) => said.push(chunk));
    const [code] = await once(child, 'close');
    assert.equal(code, 0, Buffer.concat(said).toString());
    const [name = '', ...more] = readdirSync(to);
    assert.deepEqual(more, []);
    assert.match(name, /^sallyport-\w+\.backup$/);
  }

  it('is not started again by systemd where a setting is wrong', async (t) => {
    if (!(await needsNamespaces(t))) return;
    const { child } = start('wrong', '--workers', 'many');
    assert.equal(
      ((await once(child, 'close')) as [number])[0],
      Number(setting('RestartPreventExitStatus')),
    );
  });
});

/** Waits for what the first start says. */
async function listening(
  child: ChildProcess,
  errors: readonly Buffer[],
): Promise<{ url: string; token: string }> {
  let url: string | undefined;
  if (!child.stdout) throw new Error('nobody listens');
  for await (const line of createInterface(child.stdout)) {
    url ??= /^Listening on (https:\S+)/.exec(line)?.[1];
    const token = /^Set up: \S+#token=(\S+)$/.exec(line)?.[1];
    if (url !== undefined && token !== undefined) return { url, token };
  }
  throw new Error(`it ended before it listened: ${Buffer.concat(errors)}`);
}

/** Who a process is and what it could become, as the kernel says (proc(5)). */
function rightsOf(child: ChildProcess) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const of = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const capabilities = `${of('CapEff')}${of('CapPrm')}${of('CapBnd')}`.replace(/^0+(?=.)/, '');
  return { user: of('Uid'), capabilities, gain: of('NoNewPrivs') };
}
