import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from '../client.ts';
import { expectOk } from '../program.ts';
import type { Person, Scene } from '../scene.ts';
import { goInstall, K9S } from '../tools/builds.ts';
import { onScreen, type Shown } from './screen.ts';
import { inTerminal } from './terminal.ts';

const SIZE = { rows: 45, columns: 160 };
const ENTER = '\r';

/**
 * k9s, driven by its keys as a person does in the first minute.
 *
 * @param kubectl the path of one, which k9s runs for a shell; undefined: the one in PATH
 */
export function k9s(kubectl: () => string | undefined): Client {
  const start = (scene: Scene, as: Person = 'developer'): Shown => {
    const path = kubectl();
    const PATH = [...(path === undefined ? [] : [dirname(path)]), process.env.PATH].join(':');
    const command = [scene.tool, '--namespace', scene.namespace, '--command', 'pods'];
    const env = { PATH, ...home(scene) };
    return onScreen(inTerminal(scene, command, { ...SIZE, env, as }), SIZE);
  };
  /** The list of pods, with that one selected, which is alone in its filter. */
  const atPod = async (scene: Scene, pod = scene.pod): Promise<Shown> => {
    const screen = start(scene);
    await screen.shows(new RegExp(`${pod} .*Running`));
    screen.type(`/${pod}${ENTER}`);
    await screen.shows(new RegExp(`pods\\(${scene.namespace}\\)\\[1\\]`, 'i'));
    return screen;
  };
  return {
    family: 'In a terminal',
    name: 'k9s',
    prepare: async () => ({ title: `k9s ${K9S.version}`, path: await goInstall(K9S) }),
    capabilities: [
      {
        name: 'shows the pods',
        pods: true,
        run: async (scene) => {
          const screen = start(scene);
          await screen.shows(new RegExp(`${scene.pod} .*Running`));
          await screen.shows(new RegExp(`${scene.echoPod} .*Running`));
        },
      },
      {
        name: 'shows a pod as YAML',
        pods: true,
        run: async (scene) => {
          const screen = await atPod(scene);
          screen.type('y');
          await screen.shows(/apiVersion: v1/);
        },
      },
      {
        name: 'describes a pod',
        pods: true,
        run: async (scene) => {
          const screen = await atPod(scene);
          screen.type('d');
          await screen.shows(new RegExp(`Name: +${scene.pod}`));
        },
      },
      {
        name: 'follows the logs of a pod',
        pods: true,
        run: async (scene) => {
          const screen = await atPod(scene);
          screen.type('l');
          const [, number] = await screen.shows(/line (\d+)/);
          await screen.shows(new RegExp(`line ${Number(number) + 3}\\b`));
        },
      },
      {
        name: 'opens a shell in a pod, and comes back from it',
        pods: true,
        run: async (scene) => {
          // The other one may have a container for debugging by now, and k9s would ask which.
          const screen = await atPod(scene, scene.echoPod);
          screen.type('s');
          await screen.shows(/[#$] *$/m);
          // What is typed is shown as well, so the answer differs from the question.
          screen.type(`echo answer-$((40 + 2))${ENTER}`);
          await screen.shows(/answer-42/);
          screen.type(`exit${ENTER}`);
          await screen.shows(new RegExp(`${scene.echoPod} .*Running`));
        },
      },
      {
        name: 'shows what comes while it looks',
        pods: true,
        run: async (scene) => {
          const screen = start(scene);
          await screen.shows(new RegExp(`${scene.pod} .*Running`));
          screen.type(`:configmaps${ENTER}`);
          await screen.shows(new RegExp(`${scene.configMap} `));
          const name = scene.unique('came');
          const create = ['--namespace', scene.namespace, 'create', 'configmap', name];
          const made = await scene.run(kubectl() ?? 'kubectl', create, { env: scene.env() });
          expectOk('kubectl create', made);
          await screen.shows(new RegExp(`${name} `));
        },
      },
      {
        name: 'goes to another namespace by its name',
        pods: true,
        run: async (scene) => {
          const screen = await atPod(scene);
          screen.type(`:configmaps ${scene.bulkNamespace}${ENTER}`);
          await screen.shows(/bulk-\d+ /);
        },
      },
      {
        name: 'lists the namespaces, and goes into one',
        pods: true,
        run: (scene) => throughNamespaces(scene, start(scene, 'clusterAdmin')),
      },
      {
        name: 'lists the namespaces of one’s grants, and goes into one',
        pods: true,
        run: (scene) => throughNamespaces(scene, start(scene)),
      },
      {
        name: 'shows the load of the cluster, from its metrics API',
        pods: true,
        run: async (scene) => {
          const screen = start(scene, 'clusterAdmin');
          await screen.shows(/CPU: +\d+%/);
        },
      },
    ],
  };
}

async function throughNamespaces(scene: Scene, screen: Shown): Promise<void> {
  await screen.shows(new RegExp(`${scene.pod} .*Running`));
  screen.type(`:namespaces${ENTER}`);
  await screen.shows(new RegExp(`${scene.namespace}\\S* .*Active`));
  screen.type(`/${scene.bulkNamespace}${ENTER}`);
  await screen.shows(/namespaces\(all\)\[1\]/i);
  screen.type(ENTER);
  await screen.shows(new RegExp(`pods\\(${scene.bulkNamespace}\\)`, 'i'));
}

/** A home in which k9s asks no server on the internet whether it is the newest. */
function home(scene: Scene): NodeJS.ProcessEnv {
  const folder = join(scene.folder, 'k9s');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'config.yaml'),
    'k9s:\n  skipLatestRevCheck: true\n  ui:\n    splashless: true\n',
  );
  return { K9S_CONFIG_DIR: folder, XDG_STATE_HOME: folder };
}
