/**
 * The process that keeps one lab: it starts all others, answers on the control socket, and clears
 * everything away when it is told to stop, when its owner's pipe closes (the owner ended, however),
 * or when it is signalled. Started by launch.ts with the path of the lab's spec.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAccess, callApi } from './api.ts';
import { type Child, Children } from './children.ts';
import { type ControlCommand, serveControl } from './control.ts';
import {
  apiServer,
  type CommandLine,
  controllerManager,
  type Endpoints,
  etcd,
  scheduler,
  writeIdentity,
} from './controlplane.ts';
import { NodeParts } from './node/node.ts';
import { freePorts } from './ports.ts';
import { self } from './process.ts';
import type { Report, Spec } from './spec.ts';
import { files, removeLeftovers, writeState } from './state.ts';

const READY_MS = 120_000;

const spec = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Spec;
const { state } = spec;
const paths = files(state.folder);
const children = new Children(paths.logs, (processes) => {
  state.processes = processes;
  // While everything is being cleared away the folder may be gone already.
  if (!stopping) writeState(state);
});

let stopping: Promise<void> | undefined;
let node: NodeParts | undefined;
let apiChild: Child | undefined;
let apiCommand: string[] = [];
let enter: string[] = [];
let access: ApiAccess | undefined;

process.stdout.on('error', () => {});
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(name, () => void stop().then(() => process.exit(0)));
}
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (error) => void fail(error as Error));

if (spec.owned) {
  // The owner holds the other end and never writes: the end of input is the owner's end.
  process.stdin.resume();
  process.stdin.once('close', () => void stop().then(() => process.exit(0)));
}

try {
  await start();
  report({ ready: true });
} catch (error) {
  await fail(error as Error);
}

async function start(): Promise<void> {
  state.supervisor = self();
  writeState(state);
  await serveControl(paths.control, control);
  if (spec.pods) {
    report({ progress: 'making the namespaces for the node' });
    node = new NodeParts(spec, children);
    await node.open();
    enter = node.enter;
    writeState(state);
  }
  report({ progress: 'starting the control plane' });
  access = await startControlPlane();
  const version = await callApi(access, 'GET', '/version');
  state.version = (version.body as { gitVersion: string }).gitVersion;
  run(controllerManager(state.folder, spec.release));
  if (node) {
    run(scheduler(state.folder, spec.release));
    report({ progress: 'waiting for the node to be ready' });
    await node.ready(access);
  }
  state.status = 'ready';
  writeState(state);
}

/** Starts etcd and the API server; again with other ports where one was taken in between. */
async function startControlPlane(): Promise<ApiAccess> {
  for (let tries = 1; ; tries += 1) {
    const at = await endpoints();
    const identity = await writeIdentity(state.folder, at);
    const reached: ApiAccess = {
      server: identity.server,
      caData: identity.authority.cert,
      cert: identity.admin.cert,
      key: identity.admin.key,
    };
    state.server = identity.server;
    writeState(state);
    const database = run(etcd(state.folder, at));
    const api = apiServer(state.folder, at, spec.release, spec.apiServerFlags);
    apiCommand = [spec.paths['kube-apiserver'], ...api.args];
    apiChild = children.start(api.role, apiCommand, enter);
    try {
      await apiReady(reached, database ? [database, apiChild] : [apiChild]);
      return reached;
    } catch (error) {
      const logs = children.logTail('etcd') + children.logTail('kube-apiserver');
      if (tries === 3 || !/address already in use/.test(logs)) throw error;
      for (const child of [apiChild, database]) {
        child?.kill('SIGKILL');
        await child?.ended;
      }
      rmSync(paths.etcd, { recursive: true, force: true });
    }
  }
}

async function endpoints(): Promise<Endpoints> {
  if (node) {
    return { address: node.address, apiPort: 6443, etcdPort: 2379, etcdPeerPort: 2380 };
  }
  const [apiPort = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3);
  return { address: '127.0.0.1', apiPort, etcdPort, etcdPeerPort };
}

function run(line: CommandLine): Child | undefined {
  const program = spec.paths[line.program];
  return program ? children.start(line.role, [program, ...line.args], enter) : undefined;
}

async function apiReady(reached: ApiAccess, needed: Child[]): Promise<void> {
  const end = Date.now() + READY_MS;
  for (;;) {
    const dead = needed.find((child) => child.hasEnded());
    if (dead) {
      throw new Error(`${dead.role} ended (${await dead.ended}):\n${children.logTail(dead.role)}`);
    }
    const answer = await callApi(reached, 'GET', '/readyz', undefined, 3_000).catch(
      () => undefined,
    );
    if (answer?.status === 200) return;
    if (Date.now() > end) {
      throw new Error(`the API server is not ready:\n${children.logTail('kube-apiserver')}`);
    }
    await sleep(100);
  }
}

async function control(command: ControlCommand): Promise<void> {
  const archive = /^import-images (.+)$/.exec(command)?.[1];
  if (archive !== undefined) {
    if (!node) throw new Error('this lab is without pods');
    await node.importImages(archive);
    return;
  }
  switch (command) {
    case 'stop':
      await stop();
      setImmediate(() => process.exit(0));
      return;
    case 'stop-api-server':
      apiChild?.kill('SIGKILL');
      await apiChild?.ended;
      return;
    case 'start-api-server': {
      if (!access) throw new Error('the lab is still starting');
      if (apiChild?.hasEnded()) apiChild = children.start('kube-apiserver', apiCommand, enter);
      if (apiChild) await apiReady(access, [apiChild]);
      return;
    }
    case 'pause-api-server':
      apiChild?.kill('SIGSTOP');
      return;
    case 'resume-api-server':
      apiChild?.kill('SIGCONT');
      return;
    default:
      throw new Error(`no such command: ${String(command)}`);
  }
}

/** Ends and removes everything; the second caller waits for the first. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    children.close();
    await node?.close();
    await children.killAll();
    await removeLeftovers(state.folder, { ...state, processes: [] });
  })();
  return stopping;
}

async function fail(error: Error): Promise<void> {
  if (stopping) return;
  report({ failed: error.message });
  await stop().catch(() => {});
  process.exit(1);
}

function report(message: Report): void {
  if (existsSync(paths.state)) process.stdout.write(`${JSON.stringify(message)}\n`);
}
