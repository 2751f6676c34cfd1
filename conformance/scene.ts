import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createPrograms, type Programs } from './program.ts';

/** Who a program works as; `named` is the developer, whose file names the environment in TLS too. */
export type Person = 'developer' | 'clusterAdmin' | 'named';

/** What is in the cluster for the programs to work on. */
export interface Fixtures {
  /** The namespace in which the developer has the role `admin`. */
  readonly namespace: string;
  /** A namespace with `bulkCount` ConfigMaps labelled `bulk=yes`, also the developer's. */
  readonly bulkNamespace: string;
  readonly bulkCount: number;
  /** The ConfigMap in `namespace` that nothing changes. */
  readonly configMap: string;
  /** A pod that serves `page` at / and `bigPage` at /big on port 8080 and logs `line N` for ever. */
  readonly pod: string;
  readonly page: string;
  readonly bigPage: string;
  /** A pod that answers each line of its standard input with `got LINE`. */
  readonly echoPod: string;
}

/** One try of one client on one way to the cluster. */
export interface Scene extends Fixtures, Programs {
  readonly road: 'gateway' | 'direct';
  /** The client's program, or the folder with what it is run from. */
  readonly tool: string;
  /** The API server's version, such as `v1.36.3`. */
  readonly kubernetes: string;
  /** The path of a person's kubeconfig. */
  readonly kubeconfig: (person?: Person) => string;
  /** An environment in which programs find that kubeconfig, and none of this machine's settings. */
  readonly env: (person?: Person, more?: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
  /** A name for an object that nobody else uses. */
  readonly unique: (word: string) => string;
  /** A folder for this try's files. */
  readonly folder: string;
}

export interface Road {
  readonly name: 'gateway' | 'direct';
  readonly kubernetes: string;
  readonly kubeconfigs: Readonly<Record<Person, string>>;
  readonly fixtures: Fixtures;
  readonly folder: string;
}

let scenes = 0;

/**
 * Gives `work` a scene and ends what it started, also when it takes longer than `limitMs`.
 *
 * @throws what `work` throws; Error where its time is over
 */
export async function onStage<T>(
  road: Road,
  tool: string,
  work: (scene: Scene) => Promise<T>,
  limitMs = 150_000,
): Promise<T> {
  scenes += 1;
  const number = scenes;
  const folder = join(road.folder, `${road.name}-${number}`);
  mkdirSync(folder, { recursive: true });
  const programs = createPrograms();
  const kubeconfig = (person: Person = 'developer') => road.kubeconfigs[person];
  const scene: Scene = {
    ...road.fixtures,
    ...programs,
    road: road.name,
    tool,
    kubernetes: road.kubernetes,
    kubeconfig,
    env: (person, more) => ({
      PATH: process.env.PATH,
      // One home for each try: what a client keeps of one cluster is not taken for another's.
      HOME: folder,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      KUBECONFIG: kubeconfig(person),
      ...more,
    }),
    unique: (word) => `${word}-${road.name}-${number}`,
    folder,
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it was not done after ${limitMs / 1000} s`));
    }, limitMs);
  });
  const working = work(scene);
  // Where time is over, its programs are killed and it fails as well; that says nothing new.
  working.catch(() => {});
  try {
    return await Promise.race([working, late]);
  } catch (error) {
    throw new Error(withoutNames(error instanceof Error ? error.message : String(error), scene), {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    await programs.close();
  }
}

/** A failure's words without the names of this try alone, so that the same failure reads the same. */
function withoutNames(text: string, { bulkNamespace, namespace, folder, road }: Scene): string {
  return text
    .replaceAll(bulkNamespace, 'NAMESPACE')
    .replaceAll(namespace, 'NAMESPACE')
    .replaceAll(folder, 'FOLDER')
    .replace(new RegExp(`-${road}-\\d+`, 'g'), '');
}
