import type { Capability } from './judge.ts';
import type { Scene } from './scene.ts';

/** A program of other people, or one of ours on their library. */
export interface Client {
  /** The table in which it is shown. */
  readonly family: string;
  /** What `--only` names. */
  readonly name: string;
  /** What it can do in words; all are `not available` where it cannot be had. */
  readonly capabilities: readonly string[];
  /** Gets it. @throws Error in words where this machine cannot have it */
  readonly prepare: () => Promise<Prepared>;
}

export interface Prepared {
  /** With the version, for people. */
  readonly title: string;
  readonly capabilities: ReadonlyArray<Capability<Scene>>;
}
