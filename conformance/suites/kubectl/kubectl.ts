import type { ChildProcess } from 'node:child_process';
import { type Ended, expectOk } from '../../program.ts';
import type { Person, Scene } from '../../scene.ts';

export interface KubectlOptions {
  readonly as?: Person;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
}

/** Runs kubectl in the developer's namespace, or as the cluster admin. */
export function kubectl(
  scene: Scene,
  args: readonly string[],
  { as, env, input }: KubectlOptions = {},
): Promise<Ended> {
  return scene.run(scene.tool, inNamespace(scene, args), {
    env: scene.env(as, env),
    ...(input === undefined ? {} : { input }),
  });
}

/** The same, for what must succeed. @returns its standard output */
export async function ok(
  scene: Scene,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  return expectOk(`kubectl ${args[0]}`, await kubectl(scene, args, options));
}

/** Starts kubectl and leaves it running; it ends with the scene at the latest. */
export function background(
  scene: Scene,
  args: readonly string[],
  { as, env }: Pick<KubectlOptions, 'as' | 'env'> = {},
): ChildProcess {
  return scene.start(scene.tool, inNamespace(scene, args), { env: scene.env(as, env) });
}

/** First, since what follows `--` is another program's. */
function inNamespace(scene: Scene, args: readonly string[]): string[] {
  return ['--namespace', scene.namespace, ...args];
}
