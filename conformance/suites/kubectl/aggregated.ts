import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capability } from '../../judge.ts';
import type { Scene } from '../../scene.ts';
import { says } from '../says.ts';
import { background, ok } from './kubectl.ts';

const KIND = 'flunders.wardle.example.com';

/** What other API servers answer by way of the cluster's: metrics-server, and the sample one. */
export function aggregated(): Array<Capability<Scene>> {
  return [
    {
      name: 'top nodes',
      pods: true,
      run: async (scene) => {
        const table = await ok(scene, ['top', 'nodes'], { as: 'clusterAdmin' });
        assert.match(table, /^lab-node +\d+m +\d+% +\d+Mi +\d+%/m);
      },
    },
    {
      name: 'top pods',
      pods: true,
      run: async (scene) => {
        const table = await ok(scene, ['top', 'pods', '--containers']);
        // The other one may have had a container for debugging, of which there are no figures any more,
        // and metrics-server tells of whole pods only.
        assert.match(table, new RegExp(`^${scene.echoPod} +main +\\d+m +\\d+Mi`, 'm'));
      },
    },
    {
      name: 'an aggregated API: discovery',
      pods: true,
      sameAsDirect: true,
      run: async (scene) => {
        const said = [];
        for (const group of ['wardle.example.com', 'metrics.k8s.io']) {
          const args = ['api-resources', '--no-headers', '--sort-by=name', `--api-group=${group}`];
          const table = await ok(scene, args);
          assert.match(table, new RegExp(` ${group}/v1`));
          said.push(table);
        }
        return said.join('');
      },
    },
    {
      name: 'an aggregated API: create, get, list, change, delete',
      pods: true,
      run: async (scene) => {
        const name = scene.unique('flunder');
        await ok(scene, ['create', '-f', manifest(scene, name)]);
        const one = await ok(scene, ['get', KIND, name, '-o', 'jsonpath={.spec.reference}']);
        assert.equal(one, 'nobody');
        assert.match(await ok(scene, ['get', KIND]), new RegExp(`^${name} `, 'm'));
        await ok(scene, ['label', KIND, name, 'mark=yes']);
        assert.equal(await ok(scene, ['get', KIND, '-l', 'mark=yes', '-o', 'name']), path(name));
        await ok(scene, ['delete', KIND, name]);
      },
    },
    {
      name: 'an aggregated API: get -w',
      pods: true,
      run: async (scene) => {
        const [first, second] = [scene.unique('before'), scene.unique('watched')];
        await ok(scene, ['create', '-f', manifest(scene, first)]);
        const watch = background(scene, ['get', KIND, '-w', '-o', 'name']);
        await says(watch, new RegExp(path(first)));
        const seen = says(watch, new RegExp(path(second)));
        await ok(scene, ['create', '-f', manifest(scene, second)]);
        await seen;
        await ok(scene, ['delete', KIND, first, second]);
      },
    },
  ];
}

function path(name: string): string {
  return `flunder.wardle.example.com/${name}\n`;
}

/** @returns the path of a file with an object of the sample API */
function manifest(scene: Scene, name: string): string {
  const file = join(scene.folder, `${name}.yaml`);
  const object = {
    apiVersion: 'wardle.example.com/v1alpha1',
    kind: 'Flunder',
    metadata: { name },
    spec: { reference: 'nobody', referenceType: 'Flunder' },
  };
  writeFileSync(file, JSON.stringify(object));
  return file;
}
