import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Client } from '../client.ts';
import type { Capability } from '../judge.ts';
import { expectOk } from '../program.ts';
import type { Scene } from '../scene.ts';
import { goBuild, javaClient, javascriptClient, pythonClient } from '../tools/builds.ts';

/** How a program on a library is called, and what is special of it. */
interface Library {
  readonly name: string;
  readonly title: string;
  readonly prepare: () => Promise<string>;
  /** The command line for a capability. */
  readonly command: (scene: Scene, capability: string, flags: readonly string[]) => string[];
  readonly env?: (scene: Scene) => NodeJS.ProcessEnv;
}

const LIBRARIES: readonly Library[] = [
  {
    name: 'Python',
    title: 'kubernetes (Python) 37.0.2',
    prepare: pythonClient,
    command: (scene, capability) => [
      ...['python3', join(scene.tool, 'client.py'), capability],
      ...place(scene, capability),
    ],
    env: (scene) => ({ PYTHONPATH: join(scene.tool, 'lib') }),
  },
  {
    name: 'Java',
    title: 'client-java 27.0.0',
    prepare: javaClient,
    command: (scene, capability) => [
      ...['java', '-cp', `${join(scene.tool, 'classes')}:${join(scene.tool, 'lib')}/*`, 'Client'],
      capability,
      ...place(scene, capability),
    ],
  },
  {
    name: 'JavaScript',
    title: '@kubernetes/client-node 2.0.1',
    prepare: javascriptClient,
    command: (scene, capability) => [
      ...[process.execPath, join(scene.tool, 'client.mjs'), capability],
      ...place(scene, capability),
    ],
  },
];

const GO: Library = {
  name: 'Go',
  title: 'client-go v0.37.0',
  prepare: async () => join(await goBuild('go', ['./client', './flux']), 'client'),
  command: (scene, capability, flags) => {
    const [namespace, pod] = place(scene, capability);
    return [scene.tool, ...flags, `--namespace=${namespace}`, `--pod=${pod}`, capability];
  },
};

const CBOR: readonly string[] = ['--encoding=cbor'];

/** The client libraries, each by a small program of ours that uses it as its documentation says. */
export const libraries: readonly Client[] = [
  client(GO, [
    list(GO, 'list (JSON)', ['--encoding=json']),
    list(GO, 'list (protobuf)', ['--encoding=protobuf']),
    list(GO, 'list (CBOR)', CBOR),
    watch(GO, 'watch (JSON)', ['--encoding=json']),
    watch(GO, 'watch (protobuf)', ['--encoding=protobuf']),
    watch(GO, 'watch (CBOR)', CBOR),
    namespaces(GO, 'namespaces (JSON)', ['--encoding=json']),
    namespaces(GO, 'namespaces (protobuf)', ['--encoding=protobuf']),
    exec(GO, 'exec (WebSocket)', ['--protocol=websocket']),
    exec(GO, 'exec (SPDY)', ['--protocol=spdy']),
    forward(GO, 'port-forward (WebSocket)', ['--protocol=websocket']),
    forward(GO, 'port-forward (SPDY)', ['--protocol=spdy']),
  ]),
  ...LIBRARIES.map((library) =>
    client(library, [
      list(library, 'list (JSON)'),
      watch(library, 'watch (JSON)'),
      ...(library.name === 'Java' ? [] : [namespaces(library, 'namespaces (JSON)')]),
      exec(library, 'exec (WebSocket)'),
      forward(library, 'port-forward (WebSocket)'),
    ]),
  ),
];

function client(library: Library, capabilities: ReadonlyArray<Capability<Scene>>): Client {
  const { name, title, prepare } = library;
  return {
    family: 'Client libraries',
    name,
    prepare: async () => ({ title, path: await prepare() }),
    capabilities,
  };
}

function list(library: Library, name: string, flags: readonly string[] = []): Capability<Scene> {
  return {
    name,
    sameAsDirect: true,
    run: async (scene) => {
      const report = await use(library, scene, 'list', flags);
      // One more than were made: each namespace has the cluster's CA.
      assert.deepEqual(report, { count: scene.bulkCount + 1, pages: 7 });
      return report;
    },
  };
}

function watch(library: Library, name: string, flags: readonly string[] = []): Capability<Scene> {
  return {
    name,
    run: async (scene) => {
      const { events } = await use(library, scene, 'watch', flags);
      assert.deepEqual(events, ['ADDED', 'MODIFIED', 'DELETED']);
    },
  };
}

/** Of all that there are, those of the developer's grant, and no other one. */
function namespaces(
  library: Library,
  name: string,
  flags: readonly string[] = [],
): Capability<Scene> {
  return {
    name,
    run: async (scene) => {
      const { names } = await use(library, scene, 'namespaces', flags);
      const own = [scene.bulkNamespace, scene.namespace].sort();
      if (scene.road === 'gateway') assert.deepEqual(names, own);
    },
  };
}

function exec(library: Library, name: string, flags: readonly string[] = []): Capability<Scene> {
  return {
    name,
    pods: true,
    run: async (scene) => {
      const report = await use(library, scene, 'exec', flags);
      assert.deepEqual(report, { stdout: 'got hello\n', stderr: 'oops\n', code: 7 });
    },
  };
}

function forward(library: Library, name: string, flags: readonly string[] = []): Capability<Scene> {
  return {
    name,
    pods: true,
    run: async (scene) => {
      const report = await use(library, scene, 'port-forward', flags);
      assert.deepEqual(report, { status: 200, body: scene.page });
    },
  };
}

/** Runs the program. @returns the report that it prints */
async function use(
  library: Library,
  scene: Scene,
  capability: string,
  flags: readonly string[],
): Promise<Record<string, unknown>> {
  const [program = '', ...args] = library.command(scene, capability, flags);
  const ended = await scene.run(program, args, {
    env: scene.env('developer', {
      ...library.env?.(scene),
      // An alpha feature of client-go, which is off otherwise.
      ...(flags === CBOR ? { KUBE_FEATURE_ClientsAllowCBOR: 'true' } : {}),
    }),
  });
  const text = expectOk(`the ${library.name} program`, lastLines(ended));
  return JSON.parse(text);
}

/** Of a stack trace's many lines, those that say what went wrong: all languages but Java end with it. */
function lastLines<T extends { code: number | null; stderr: string }>(ended: T): T {
  if (ended.code === 0) return ended;
  const lines = ended.stderr.trim().split('\n');
  const thrown = lines.filter((line) => /^\S*(Error|Exception|Caused by)\b/.test(line.trim()));
  return { ...ended, stderr: (thrown.length > 0 ? thrown : lines.slice(-3)).join('; ') };
}

function place(scene: Scene, capability: string): [namespace: string, pod: string] {
  return [capability === 'list' ? scene.bulkNamespace : scene.namespace, scene.pod];
}
