import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../client.ts';
import { expectOk } from '../program.ts';
import type { Person, Scene } from '../scene.ts';
import { goBuild } from '../tools/builds.ts';

const MANIFEST = join(import.meta.dirname, 'gitops.yaml');
const OBJECTS = 3;

/**
 * How Argo CD and Flux use a cluster: their own libraries, in programs of ours that hold the cluster
 * as their controllers do. The controllers themselves are images, and no registry is reachable here.
 */
export const gitops: readonly Client[] = [
  {
    family: 'GitOps',
    name: 'Argo CD',
    prepare: async () => ({
      title: 'Argo CD’s gitops-engine, 14 September 2026',
      path: join(await goBuild('argocd', ['.']), 'argocd'),
    }),
    capabilities: [
      {
        name: 'keeps a cache of all resources, syncs and prunes (client-side apply)',
        pods: true,
        run: (scene) => argo(scene, []),
      },
      {
        name: 'keeps a cache of all resources, syncs and prunes (server-side apply)',
        pods: true,
        run: (scene) => argo(scene, ['--server-side']),
      },
    ],
  },
  {
    family: 'GitOps',
    name: 'Flux',
    prepare: async () => ({
      title: 'Flux’s library ssa v0.78.0',
      path: join(await goBuild('go', ['./client', './flux']), 'flux'),
    }),
    capabilities: [
      {
        name: 'applies in stages, waits, finds no drift, prunes',
        pods: true,
        run: async (scene) => {
          const { first, second, gone } = await use(scene, 'developer', []);
          assert.deepEqual(first, { created: OBJECTS });
          assert.deepEqual(second, { unchanged: OBJECTS });
          assert.deepEqual(gone, { deleted: OBJECTS });
        },
      },
    ],
  },
];

/** As Argo CD's documentation has it: with all rights, since it lists and watches everything. */
async function argo(scene: Scene, flags: readonly string[]): Promise<void> {
  const report = await use(scene, 'clusterAdmin', flags);
  assert.ok(Number(report.resources) > scene.bulkCount, `it saw ${report.resources} resources`);
  assert.deepEqual(report.synced, Array(OBJECTS).fill('Synced'));
  assert.ok(Number(report.seen) >= OBJECTS, `its watches saw ${report.seen} objects`);
  assert.ok((report.pruned as string[]).filter((each) => each === 'Pruned').length >= OBJECTS);
}

async function use(
  scene: Scene,
  person: Person,
  flags: readonly string[],
): Promise<Record<string, unknown>> {
  const name = scene.unique('gitops');
  const manifest = join(scene.folder, 'manifest.yaml');
  writeFileSync(manifest, readFileSync(MANIFEST, 'utf8').replaceAll('NAME', name));
  const args = [`--namespace=${scene.namespace}`, `--manifest=${manifest}`, ...flags];
  const ended = await scene.run(scene.tool, args, { env: scene.env(person) });
  return JSON.parse(expectOk('the program', ended));
}
