import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Capability } from '../../judge.ts';
import type { Scene } from '../../scene.ts';
import { says } from '../says.ts';
import { inTerminal } from '../terminal.ts';
import { background, kubectl, ok } from './kubectl.ts';

const EXEC_BY_SPDY = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' };
const FORWARD_BY_SPDY = { KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };
const ONLY_SPDY = 'kubectl 1.20 has SPDY only; see the other row';
const CP_BYTES = 20 * 1024 * 1024;

/**
 * What stays open: logs, commands in pods, files, ports. All need running pods.
 *
 * @param minor kubectl's minor version
 */
export function streams(minor: number): Array<Capability<Scene>> {
  const old = minor <= 20;
  const newer = old ? { lacking: ONLY_SPDY } : {};
  const capabilities: Array<Capability<Scene>> = [
    {
      name: 'logs',
      run: async (scene) => {
        assert.match(await ok(scene, ['logs', scene.pod]), /^line 1\nline 2\n/);
      },
    },
    {
      name: 'logs -f',
      run: async (scene) => {
        const logs = background(scene, ['logs', '-f', '--tail=1', scene.pod]);
        const [, first] = await says(logs, /line (\d+)\n/);
        await says(logs, new RegExp(`line ${Number(first) + 2}\n`));
      },
    },
    { name: 'exec (WebSocket)', ...newer, run: (scene) => execute(scene, {}, old) },
    { name: 'exec (SPDY)', run: (scene) => execute(scene, EXEC_BY_SPDY, old) },
    {
      name: 'exec -i, 1 MB in and back (WebSocket)',
      ...newer,
      run: (scene) => echoed(scene, {}, old),
    },
    { name: 'exec -i, 1 MB in and back (SPDY)', run: (scene) => echoed(scene, EXEC_BY_SPDY, old) },
    { name: 'exec -it (WebSocket)', ...newer, run: (scene) => terminal(scene, {}, old) },
    { name: 'exec -it (SPDY)', run: (scene) => terminal(scene, EXEC_BY_SPDY, old) },
    {
      name: 'attach',
      run: async (scene) => {
        const attached = background(scene, ['attach', '-i', scene.echoPod]);
        const word = scene.unique('hello');
        const answer = says(attached, new RegExp(`got ${word}\n`));
        attached.stdin?.write(`${word}\n`);
        await answer;
      },
    },
    {
      name: 'cp both ways, 20 MB',
      run: async (scene) => {
        const [there, back] = [join(scene.folder, 'there'), join(scene.folder, 'back')];
        writeFileSync(there, randomBytes(CP_BYTES));
        const remote = `${scene.namespace}/${scene.pod}:/tmp/${scene.unique('file')}`;
        await ok(scene, ['cp', there, remote]);
        await ok(scene, ['cp', remote, back]);
        assert.ok(readFileSync(there).equals(readFileSync(back)), 'the file came back different');
      },
    },
    {
      name: 'port-forward, 20 connections (WebSocket)',
      ...newer,
      run: (scene) => forwarded(scene, {}, old),
    },
    {
      name: 'port-forward, 20 connections (SPDY)',
      run: (scene) => forwarded(scene, FORWARD_BY_SPDY, old),
    },
    {
      name: 'debug (ephemeral container)',
      run: async (scene) => {
        const args = [
          ...['debug', '-i', scene.pod, `--container=${scene.unique('debug')}`],
          ...['--image=docker.io/local/busybox:1', '--image-pull-policy=IfNotPresent'],
          ...['--', 'sh', '-c', 'while true; do echo it is debugged; sleep 1; done'],
        ];
        // The cluster's own role `admin` lets nobody add containers to a pod.
        const debug = background(scene, args, { as: 'clusterAdmin' });
        await says(debug, /it is debugged/);
      },
    },
  ];
  return capabilities.map((capability) => ({ ...capability, pods: true }));
}

/**
 * Where kubectl did not take the protocol that is asked about, but fell back to the other one. Its
 * log tells: a WebSocket begins with GET, SPDY with POST.
 */
function expectUpgrade(log: string, subresource: string, env: NodeJS.ProcessEnv): void {
  const [method, protocol] =
    Object.keys(env).length === 0 ? ['GET', 'WebSocket'] : ['POST', 'SPDY'];
  if (new RegExp(`${method}.*/${subresource}\\b.*101 Switching Protocols`).test(log)) return;
  throw new Error(`it works, but not by ${protocol}: that was refused, and kubectl took the other`);
}

/**
 * The flag for the log that expectUpgrade() reads. kubectl 1.20 has one protocol only, does not log
 * it, and with this flag ends with 255 and its goroutines instead of the command's exit code.
 */
function logged(old: boolean): string[] {
  return old ? [] : ['-v=6'];
}

/** Output, error output and exit code of a command that needs no input. */
async function execute(scene: Scene, env: NodeJS.ProcessEnv, old: boolean): Promise<void> {
  const command = ['sh', '-c', 'echo out; echo err >&2; exit 7'];
  const args = [...logged(old), 'exec', scene.pod, '--', ...command];
  const ended = await kubectl(scene, args, { env });
  assert.equal(ended.stdout.toString(), 'out\n', lastLine(ended.stderr));
  assert.match(ended.stderr, /^err$/m);
  assert.equal(ended.code, 7, lastLine(ended.stderr));
  if (!old) expectUpgrade(ended.stderr, 'exec', env);
}

/** The log comes first, what went wrong last. */
function lastLine(stderr: string): string {
  return stderr.trim().split('\n').at(-1) ?? '';
}

/** The command sees the end of its input (half-close), and its output arrives whole after that. */
async function echoed(scene: Scene, env: NodeJS.ProcessEnv, old: boolean): Promise<void> {
  const input = randomBytes(1024 * 1024);
  const args = [
    ...logged(old),
    'exec',
    '-i',
    scene.pod,
    '--',
    'sh',
    '-c',
    'cat > /tmp/in.$$; cat /tmp/in.$$; rm /tmp/in.$$',
  ];
  const ended = await kubectl(scene, args, { env, input });
  assert.equal(ended.code, 0, lastLine(ended.stderr));
  const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  assert.equal(sum(ended.stdout), sum(input), 'the bytes came back different');
  if (!old) expectUpgrade(ended.stderr, 'exec', env);
}

/** A shell in a terminal of a certain size, which is typed to. */
async function terminal(scene: Scene, env: NodeJS.ProcessEnv, old: boolean): Promise<void> {
  const shell = inTerminal(
    scene,
    [
      ...[scene.tool, ...logged(old), '--namespace', scene.namespace],
      ...['exec', '-it', scene.pod, '--', 'sh'],
    ],
    { rows: 45, columns: 123, env },
  );
  const log: Buffer[] = [];
  shell.stdout?.on('data', (chunk: Buffer) => log.push(chunk));
  await says(shell, /# /);
  // What is typed is shown as well, so the answer differs from the question.
  const size = says(shell, /size-45 123-size/);
  shell.stdin?.write('echo size-$(stty size)-size\n');
  await size;
  const exit = new Promise<number | null>((resolve) => shell.once('close', resolve));
  shell.stdin?.write('exit 3\n');
  assert.equal(await exit, 3);
  if (!old) expectUpgrade(Buffer.concat(log).toString(), 'exec', env);
}

async function forwarded(scene: Scene, env: NodeJS.ProcessEnv, old: boolean): Promise<void> {
  const args = [...logged(old), 'port-forward', `pod/${scene.pod}`, ':8080'];
  const forward = background(scene, args, { env });
  const log: Buffer[] = [];
  forward.stderr?.on('data', (chunk: Buffer) => log.push(chunk));
  const [, port] = await says(forward, /Forwarding from 127\.0\.0\.1:(\d+)/);
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => page(`http://127.0.0.1:${port}/big`)),
  );
  for (const each of pages) assert.ok(each === scene.bigPage, `${each.length} bytes, not the page`);
  if (!old) expectUpgrade(Buffer.concat(log).toString(), 'portforward', env);
}

/** Fetches on a connection of its own. */
function page(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve(Buffer.concat(chunks).toString()));
      response.once('error', reject);
    }).once('error', reject);
  });
}
