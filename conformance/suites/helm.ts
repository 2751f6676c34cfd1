import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Client } from '../client.ts';
import type { Capability } from '../judge.ts';
import { expectOk } from '../program.ts';
import type { Scene } from '../scene.ts';
import { type GoProgram, goInstall, HELM_3, HELM_4 } from '../tools/builds.ts';

const CHART = join(import.meta.dirname, '..', 'chart');
const PATIENCE = ['--wait', '--timeout', '90s'];

const CAPABILITIES: ReadonlyArray<Capability<Scene>> = [
  {
    name: 'install --wait (with a hook)',
    pods: true,
    run: async (scene) => {
      const release = scene.unique('helm');
      await helm(scene, ['install', release, CHART, ...PATIENCE]);
      assert.equal(await status(scene, release), 'deployed 1');
      await helm(scene, ['uninstall', release]);
    },
  },
  {
    name: 'upgrade --wait',
    pods: true,
    run: async (scene) => {
      const release = scene.unique('helm');
      await helm(scene, ['install', release, CHART]);
      await helm(scene, ['upgrade', release, CHART, '--set', 'message=second', ...PATIENCE]);
      assert.equal(await status(scene, release), 'deployed 2');
      assert.match(await helm(scene, ['get', 'manifest', release]), /message: "?second/);
      await helm(scene, ['uninstall', release]);
    },
  },
  {
    name: 'rollback --wait',
    pods: true,
    run: async (scene) => {
      const release = scene.unique('helm');
      await helm(scene, ['install', release, CHART]);
      await helm(scene, ['upgrade', release, CHART, '--set', 'message=second']);
      await helm(scene, ['rollback', release, '1', ...PATIENCE]);
      assert.equal(await status(scene, release), 'deployed 3');
      assert.match(await helm(scene, ['get', 'manifest', release]), /message: "?first/);
      await helm(scene, ['uninstall', release]);
    },
  },
  {
    name: 'list, history',
    run: async (scene) => {
      const release = scene.unique('helm');
      await helm(scene, ['install', release, CHART, '--no-hooks']);
      const listed = JSON.parse(await helm(scene, ['list', '-o', 'json']));
      assert.ok(listed.some(({ name }: { name: string }) => name === release));
      const history = JSON.parse(await helm(scene, ['history', release, '-o', 'json']));
      assert.equal(history.length, 1);
      await helm(scene, ['uninstall', release]);
    },
  },
  {
    name: 'uninstall --wait',
    pods: true,
    run: async (scene) => {
      const release = scene.unique('helm');
      await helm(scene, ['install', release, CHART, ...PATIENCE]);
      await helm(scene, ['uninstall', release, ...PATIENCE]);
      await assert.rejects(status(scene, release), /not found/);
    },
  },
];

/** The two Helms that are in use; their `--wait` differs: the older polls, the newer watches. */
export const helms: readonly Client[] = [client('Helm 3', HELM_3), client('Helm 4', HELM_4)];

function client(name: string, program: GoProgram): Client {
  return {
    family: 'Helm',
    name,
    prepare: async () => ({ title: `Helm ${program.version}`, path: await goInstall(program) }),
    capabilities: CAPABILITIES,
  };
}

async function helm(scene: Scene, args: readonly string[]): Promise<string> {
  const all = ['--namespace', scene.namespace, ...args];
  return expectOk(`helm ${args[0]}`, await scene.run(scene.tool, all, { env: scene.env() }));
}

async function status(scene: Scene, release: string): Promise<string> {
  const { info, version } = JSON.parse(await helm(scene, ['status', release, '-o', 'json']));
  return `${info.status} ${version}`;
}
