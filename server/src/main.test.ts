import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { connect } from 'node:tls';

const MAIN = join(import.meta.dirname, 'main.ts');
const PASSWORD = 'correct horse battery staple';

let folder: string;
let running: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-main-'));
  running = [];
});
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

function run(args: readonly string[], { env = {}, node = [] as string[] } = {}): Run {
  const child = spawn(process.execPath, [...node, MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Starts the program and waits until it listens. */
async function start(args: readonly string[] = [], options = {}): Promise<Run & { url: string }> {
  const place = ['--port=0', '--host=127.0.0.1', '--workers=1'];
  const program = run(['serve', ...place, ...args], options);
  await until(program, () => /^Listening on https:.*\n/m.test(program.stdout()));
  const url = /^Listening on (https:\S+)$/m.exec(program.stdout())?.[1] ?? '';
  return { ...program, url };
}

async function until(program: Run, condition: () => boolean): Promise<void> {
  while (!condition()) {
    const event = await Promise.race([
      once(program.child.stdout ?? assert.fail(), 'data'),
      once(program.child.stderr ?? assert.fail(), 'data'),
      program.ended.then(() => 'ended' as const),
    ]);
    if (event === 'ended' && !condition())
      assert.fail(`The program ended: ${program.stdout()}${program.stderr()}`);
  }
}

async function call(
  url: string,
  method: string,
  path: string,
  { body, cookie }: { body?: unknown; cookie?: string } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; json: Record<string, unknown> }> {
  const ca = readFileSync(join(folder, 'data/tls/ca.crt'));
  const req = request(new URL(path, url), {
    method,
    ca,
    agent: false,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(cookie === undefined ? {} : { cookie }),
    },
  });
  req.end(body === undefined ? undefined : JSON.stringify(body));
  const [res] = await once(req, 'response');
  let text = '';
  for await (const chunk of res) text += chunk;
  return {
    status: res.statusCode,
    headers: res.headers,
    json: text === '' ? {} : JSON.parse(text),
  };
}

async function signIn(url: string): Promise<string> {
  const body = { username: 'admin', password: PASSWORD };
  const { status, headers } = await call(url, 'POST', '/api/auth/login', { body });
  assert.equal(status, 200);
  return (headers['set-cookie'] ?? []).map((line: string) => line.split(';')[0]).join('; ');
}

function passwordFile(): string {
  const file = join(folder, 'password');
  writeFileSync(file, PASSWORD);
  return `--admin-password-file=${file}`;
}

describe('the command line', () => {
  test('--help and --version are answered on stdout', async () => {
    const help = run(['--help']);
    assert.equal(await help.ended, 0);
    assert.match(help.stdout(), /--data-dir FOLDER/);
    const version = run(['--version']);
    assert.equal(await version.ended, 0);
    assert.match(version.stdout(), /^\d+\.\d+\.\d+\n$/);
  });

  test('wrong values end the start with a line each and exit code 2', async () => {
    const program = run(['--port=x', '--nope'], { env: { DATABASE_URL: 'mysql://u:hunter2@h' } });
    assert.equal(await program.ended, 2);
    assert.deepEqual(program.stderr().trimEnd().split('\n'), [
      'sallyport: --nope is no flag of Sallyport',
      'sallyport: --port: "x" is no port: write a number from 0 to 65535',
      'sallyport: DATABASE_URL is no database URL: write it like postgres://user:password@host/database',
      'sallyport: --help lists every setting.',
    ]);
    assert.equal(program.stdout(), '');
  });
});

describe('a start that cannot be', () => {
  async function refusal(args: string[], options = {}): Promise<string> {
    const program = run(['--host=127.0.0.1', '--workers=1', ...args], options);
    assert.equal(await program.ended, 1, program.stderr());
    assert.equal(program.stdout(), '');
    const told = program
      .stderr()
      .split('\n')
      .filter((line) => !line.startsWith('{'))
      .join('\n');
    assert.doesNotMatch(told, /\n\s+at /);
    return told;
  }

  test('since the port is taken says so, and by which flag to choose another', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    assert.equal(
      await refusal([`--port=${port}`]),
      `sallyport: Port ${port} of 127.0.0.1 is taken by another program.\n` +
        'sallyport: Stop that program, or choose another port with --port.\n',
    );
    other.close();
  });

  test('since nothing can be written to the data folder says where', async () => {
    const blocker = join(folder, 'file');
    writeFileSync(blocker, '');
    // Tests may run as root, whom permissions do not stop: a folder below a file stops everybody.
    for (const path of [join(blocker, 'data'), '/proc/sallyport'])
      assert.match(
        await refusal(['--port=0', `--data-dir=${path}`]),
        new RegExp(`^sallyport: .*${path}.*\n`),
      );
  });

  test('since the database is no database, the CA is damaged, or a certificate is missing, says so', async () => {
    const program = await start();
    program.child.kill('SIGTERM');
    await program.ended;
    const authority = join(folder, 'data/tls/ca.pem');
    const whole = readFileSync(authority);
    writeFileSync(authority, '');
    assert.match(
      await refusal(['--port=0']),
      /ca\.pem holds Sallyport's own CA, and is not usable/,
    );
    writeFileSync(authority, whole);
    assert.match(
      await refusal(['--port=0', '--tls-cert=a.crt', '--tls-key=a.key']),
      /The certificate in .*a\.crt is not usable: there is no such file or folder\./,
    );
    writeFileSync(join(folder, 'data/sallyport.db'), 'x'.repeat(10_000));
    assert.match(await refusal(['--port=0']), /The database .*sallyport\.db cannot be opened/);
  });

  test('shows a stack only where the log is at debug', async () => {
    const program = run(['--data-dir=/proc/sallyport', '--log-level=debug', '--port=0']);
    assert.equal(await program.ended, 1);
    assert.match(program.stderr(), /"stack":".*at /);
  });
});

describe('a running Sallyport', () => {
  test('prints where it listens and how to set it up, and no token into its log', async () => {
    const program = await start(['--http-port=0', '--log-level=debug']);
    await until(program, () => program.stdout().includes('Set up: '));
    assert.match(program.stdout(), /^Listening on http:\/\/localhost:\d+$/m);
    const token = /^Set up: https:\/\/localhost:\d+\/setup#token=(\S+)$/m.exec(
      program.stdout(),
    )?.[1];
    assert.ok(token);
    assert.ok(!program.stderr().includes(token));
    for (const line of program.stderr().trimEnd().split('\n')) JSON.parse(line);
    assert.equal((await call(program.url, 'GET', '/api/system/status')).status, 200);
  });

  test('makes the admin from a password file, and prints no set-up URL then', async () => {
    const program = await start([passwordFile()]);
    await signIn(program.url);
    program.child.kill('SIGTERM');
    assert.equal(await program.ended, 0);
    assert.doesNotMatch(program.stdout(), /Set up/);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`ends with 0 on ${signal}`, async () => {
      const program = await start();
      program.child.kill(signal);
      assert.equal(await program.ended, 0, program.stderr());
    });

  test('waits for a request that is under way, and a second signal ends it at once', async () => {
    const program = await start(['--shutdown-grace=1h']);
    const { port } = new URL(program.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => {});
    socket.write(
      'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        'Expect: 100-continue\r\nContent-Length: 100\r\n\r\n',
    );
    await once(socket, 'data');
    program.child.kill('SIGTERM');
    await until(program, () => program.stderr().includes('Stopping.'));
    program.child.kill('SIGTERM');
    assert.equal(await program.ended, 143);
    socket.destroy();
  });

  for (const [what, fault] of [
    ['an error that nothing caught', 'throw new Error("planted")'],
    ['a rejection that nobody handled', 'Promise.reject(new Error("planted"))'],
  ])
    test(`ends with 1 after ${what}, and logs it`, async () => {
      const preload = `data:text/javascript,process.on('SIGUSR2',()=>{${fault}})`;
      const program = await start([], { node: ['--import', preload] });
      program.child.kill('SIGUSR2');
      assert.equal(await program.ended, 1);
      assert.match(program.stderr(), /"level":"error".*planted/);
    });
});

test('kill -9 during writes loses nothing that was answered, and the next start needs no repair', async () => {
  const answered: string[] = [];
  for (let round = 0; round < 3; round++) {
    const program = await start([passwordFile()]);
    const cookie = await signIn(program.url);
    const enough = answered.length + 5;
    // Requests until the program is gone: some are in the middle of their write when it happens.
    const writers = [1, 2, 3].map(async (writer) => {
      for (let n = 0; ; n++) {
        const username = `u-${round}-${writer}-${n}`;
        const body = { username, password: PASSWORD };
        const { status } = await call(program.url, 'POST', '/api/users', { body, cookie });
        if (status === 201) answered.push(username);
        if (answered.length === enough) program.child.kill('SIGKILL');
      }
    });
    const outcomes = await Promise.allSettled(writers);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    assert.equal(await program.ended, 'SIGKILL');
  }
  const ca = readFileSync(join(folder, 'data/tls/ca.crt'), 'utf8');
  const program = await start();
  assert.equal(readFileSync(join(folder, 'data/tls/ca.crt'), 'utf8'), ca);
  const cookie = await signIn(program.url);
  const { json } = await call(program.url, 'GET', '/api/users?limit=1000', { cookie });
  const names = new Set(
    (json.items as Array<{ username: string }>).map(({ username }) => username),
  );
  assert.ok(answered.length >= 15);
  assert.deepEqual(
    answered.filter((name) => !names.has(name)),
    [],
  );
});
