import type { Capability } from './judge.ts';
import type { Scene } from './scene.ts';

/** A program of other people, or one of ours on their library. */
export interface Client {
  /** The table in which it is shown. */
  readonly family: string;
  /** What `--only` names, and the title where it cannot be had. */
  readonly name: string;
  /** Gets it. @throws Error in words where this machine cannot have it */
  readonly prepare: () => Promise<Tool>;
  readonly capabilities: ReadonlyArray<Capability<Scene>>;
}

/** A client that is there. */
export interface Tool {
  /** Its name with its version, for people. */
  readonly title: string;
  /** The program, or the folder with what it is run from. */
  readonly path: string;
}
