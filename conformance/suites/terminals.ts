import type { Client } from '../client.ts';
import type { Scene } from '../scene.ts';
import { goInstall, STERN } from '../tools/builds.ts';
import { says } from './says.ts';
import { inTerminal } from './terminal.ts';

const SCREEN = { rows: 45, columns: 160 };

/** Programs that people look at, in a pseudo-terminal. */
export const terminals: readonly Client[] = [
  {
    family: 'In a terminal',
    name: 'stern',
    prepare: async () => ({ title: `stern ${STERN.version}`, path: await goInstall(STERN) }),
    capabilities: [
      {
        name: 'follows the logs of pods',
        pods: true,
        run: async (scene) => {
          const stern = inTerminal(scene, command(scene, ['--tail=1', scene.pod]), SCREEN);
          const [, number] = await says(stern, /line (\d+)\r?\n/);
          await says(stern, new RegExp(`line ${Number(number) + 2}\r?\n`));
        },
      },
    ],
  },
];

function command(scene: Scene, args: readonly string[]): string[] {
  return [scene.tool, '--namespace', scene.namespace, ...args];
}
