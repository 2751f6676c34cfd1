import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capability } from '../../judge.ts';
import type { Scene } from '../../scene.ts';
import { says } from '../says.ts';
import { background, kubectl, ok } from './kubectl.ts';

/** What kubectl makes, changes and removes, and waiting for it. */
export function changes(): Array<Capability<Scene>> {
  return [
    {
      name: 'create',
      run: async (scene) => {
        const name = await made(scene);
        assert.equal(await value(scene, name), 'first');
      },
    },
    {
      name: 'apply',
      run: (scene) => applied(scene, []),
    },
    {
      name: 'apply --server-side',
      run: (scene) => applied(scene, ['--server-side']),
    },
    {
      name: 'diff',
      run: async (scene) => {
        const name = await made(scene);
        const ended = await kubectl(scene, ['diff', '-f', manifest(scene, name, 'second')]);
        assert.equal(ended.code, 1, ended.stderr);
        assert.match(ended.stdout.toString(), /^-\s+value: first\n\+\s+value: second$/m);
      },
    },
    {
      name: 'patch',
      run: async (scene) => {
        const name = await made(scene);
        for (const [type, patch, expected] of [
          ['strategic', '{"data":{"value":"a"}}', 'a'],
          ['merge', '{"data":{"value":"b"}}', 'b'],
          ['json', '[{"op":"replace","path":"/data/value","value":"c"}]', 'c'],
        ] as const) {
          await ok(scene, ['patch', 'configmap', name, `--type=${type}`, '-p', patch]);
          assert.equal(await value(scene, name), expected);
        }
      },
    },
    {
      name: 'label',
      run: async (scene) => {
        const name = await made(scene);
        await ok(scene, ['label', 'configmap', name, `mark=${name}`]);
        const found = await ok(scene, ['get', 'configmaps', '-l', `mark=${name}`, '-o', 'name']);
        assert.equal(found, `configmap/${name}\n`);
      },
    },
    {
      name: 'delete',
      run: async (scene) => {
        const name = await made(scene);
        await ok(scene, ['delete', 'configmap', name]);
        const after = await kubectl(scene, ['get', 'configmap', name]);
        assert.match(after.stderr, /NotFound/);
      },
    },
    {
      name: 'wait',
      pods: true,
      run: async (scene) => {
        await ok(scene, ['wait', '--for=condition=Ready', `pod/${scene.pod}`, '--timeout=60s']);
        const name = await made(scene);
        const forDelete = ['wait', '--for=delete', `configmap/${name}`, '--timeout=60s'];
        const waiting = background(scene, ['-v=6', ...forDelete]);
        const ended = new Promise((resolve) => waiting.once('close', resolve));
        // Logged once its watch is open: kubectl 1.20 fails where nothing is there any more.
        await says(waiting, /watch=true/);
        await ok(scene, ['delete', 'configmap', name]);
        assert.equal(await ended, 0);
      },
    },
    {
      name: 'scale',
      pods: true,
      run: async (scene) => {
        const name = await deployed(scene);
        await ok(scene, ['scale', `deployment/${name}`, '--replicas=2']);
        await rolledOut(scene, name);
        assert.equal(await ready(scene, name), '2');
        await ok(scene, ['delete', 'deployment', name]);
      },
    },
    {
      name: 'rollout status, restart, undo',
      pods: true,
      run: async (scene) => {
        const name = await deployed(scene);
        await rolledOut(scene, name);
        await ok(scene, ['rollout', 'restart', `deployment/${name}`]);
        await rolledOut(scene, name);
        await ok(scene, ['rollout', 'undo', `deployment/${name}`]);
        await rolledOut(scene, name);
        const history = await ok(scene, ['rollout', 'history', `deployment/${name}`]);
        // Undoing to revision 1 makes it revision 3.
        assert.match(history, /^2\s.*\n3\s/m);
        await ok(scene, ['delete', 'deployment', name]);
      },
    },
  ];
}

/** Makes a ConfigMap with the value `first`. @returns its name */
async function made(scene: Scene): Promise<string> {
  const name = scene.unique('made');
  await ok(scene, ['create', '-f', manifest(scene, name, 'first')]);
  return name;
}

async function applied(scene: Scene, flags: readonly string[]): Promise<void> {
  const name = scene.unique('applied');
  for (const expected of ['first', 'second']) {
    await ok(scene, ['apply', '-f', manifest(scene, name, expected), ...flags]);
    assert.equal(await value(scene, name), expected);
  }
}

function value(scene: Scene, name: string): Promise<string> {
  return ok(scene, ['get', 'configmap', name, '-o', 'jsonpath={.data.value}']);
}

/** @returns the path of a file with a ConfigMap */
function manifest(scene: Scene, name: string, text: string): string {
  const path = join(scene.folder, `${name}-${text}.yaml`);
  const data = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: text } };
  writeFileSync(path, JSON.stringify(data));
  return path;
}

/** Makes a Deployment of one pod that does nothing. @returns its name */
async function deployed(scene: Scene): Promise<string> {
  const name = scene.unique('deployed');
  const path = join(scene.folder, `${name}.yaml`);
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'main',
                image: 'docker.io/local/busybox:1',
                imagePullPolicy: 'IfNotPresent',
                command: ['sleep', '3600'],
              },
            ],
          },
        },
      },
    }),
  );
  await ok(scene, ['create', '-f', path]);
  return name;
}

async function rolledOut(scene: Scene, name: string): Promise<void> {
  await ok(scene, ['rollout', 'status', `deployment/${name}`, '--timeout=90s']);
}

function ready(scene: Scene, name: string): Promise<string> {
  return ok(scene, ['get', 'deployment', name, '-o', 'jsonpath={.status.readyReplicas}']);
}
